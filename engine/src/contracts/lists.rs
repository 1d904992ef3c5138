//! The contracts as system tables.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray};
use arrow::datatypes::Date32Type;
use chrono::NaiveDate;
use huitong_catalog::Result;
use huitong_catalog::contracts::{CodeRow, Dataset, Field, Labels, Open, Share, Snapshot};
use huitong_catalog::state::{AppliedModel, CheckResult};

use super::asked::may_know;
use crate::guard::access::Access;
use crate::namespace::Names;
use crate::system::{batch, numbers, text, time};

pub const DATASETS: &str = "datasets";
pub const FIELDS: &str = "fields";
pub const CHECKS: &str = "checks";
pub const ELEMENTS: &str = "elements";
pub const CODE_TABLES: &str = "code_tables";
pub const CODES: &str = "codes";
pub const DEPARTMENTS: &str = "departments";
pub const ROLES: &str = "roles";
pub const VERSIONS: &str = "contract_versions";

/// One of these tables; of datasets and their fields only those that may be read. None for another name.
pub fn table(snapshot: &Snapshot, name: &str, access: &Access) -> Option<Result<RecordBatch>> {
    let seen = seen(snapshot, access);
    let seen: Vec<&Dataset> = seen.iter().collect();
    Some(match name {
        DATASETS => datasets(&seen),
        FIELDS => fields(&seen),
        ELEMENTS => elements(snapshot),
        CODE_TABLES => code_tables(snapshot),
        CODES => codes(snapshot),
        DEPARTMENTS => departments(snapshot),
        ROLES => roles(snapshot),
        _ => return None,
    })
}

/// The datasets that may be read, as far as they may.
fn seen(snapshot: &Snapshot, access: &Access) -> Vec<Dataset> {
    let known = snapshot.datasets().values().filter(|dataset| access.knows(&dataset.name));
    known.map(|dataset| in_part(dataset, access)).collect()
}

/// A dataset as somebody may know it: without the fields that are not there for them, and without the checks that name any of these.
fn in_part(dataset: &Dataset, access: &Access) -> Dataset {
    let mut dataset = dataset.clone();
    if let Some(columns) = access.columns(&dataset.name) {
        dataset.fields.retain(|field| columns.contains(field.name.as_str()));
        dataset.key.retain(|column| columns.contains(column.as_str()));
        // What a condition of SQL names is in its text.
        dataset.checks.clear();
    }
    dataset
}

/// The models of the city that were in force, the newest first.
pub fn versions(models: &[AppliedModel]) -> Result<RecordBatch> {
    batch(vec![
        ("number", numbers(models.iter().map(|model| Some(model.number)))),
        ("hash", text(models.iter().map(|model| Some(&*model.hash)))),
        ("applied_by", text(models.iter().map(|model| Some(&*model.applied_by)))),
        ("applied_at", time(models.iter().map(|model| Some(model.applied_at.ms())))),
    ])
}

fn datasets(datasets: &[&Dataset]) -> Result<RecordBatch> {
    let of = |value: fn(&Dataset) -> Option<String>| column(datasets.iter().map(|dataset| value(dataset)));
    batch(vec![
        ("schema", of(|dataset| Some(dataset.name.schema().to_owned()))),
        ("name", of(|dataset| Some(dataset.name.table().to_owned()))),
        ("zh", of(|dataset| Some(dataset.labels.zh.clone()))),
        ("en", of(|dataset| Some(dataset.labels.en.clone()))),
        ("summary_zh", of(|dataset| dataset.summary.as_ref().map(|summary| summary.zh.clone()))),
        ("summary_en", of(|dataset| dataset.summary.as_ref().map(|summary| summary.en.clone()))),
        ("owner", of(|dataset| Some(dataset.owner.clone()))),
        ("share", of(|dataset| Some(dataset.share.sharing().to_string()))),
        ("share_note", of(|dataset| share_note(&dataset.share))),
        ("open", of(|dataset| Some(open(&dataset.open).to_owned()))),
        ("open_note", of(|dataset| open_note(&dataset.open))),
        ("cycle", of(|dataset| Some(dataset.cycle.to_string()))),
        ("basis", of(|dataset| Some(dataset.basis.clone()))),
        ("grade", of(|dataset| Some(dataset.grade.to_string()))),
        ("key", of(|dataset| joined(&dataset.key))),
        ("retention", of(|dataset| dataset.retention.clone())),
        ("contact", of(|dataset| dataset.contact.clone())),
    ])
}

fn fields(datasets: &[&Dataset]) -> Result<RecordBatch> {
    let rows: Vec<_> = datasets
        .iter()
        .flat_map(|dataset| dataset.fields.iter().zip(1i64..).map(|(field, at)| (*dataset, field, at)))
        .collect();
    macro_rules! of {
        ($value:expr) => {
            column(rows.iter().map(|(_, field, _)| $value(field)))
        };
    }
    batch(vec![
        ("schema", text(rows.iter().map(|(dataset, ..)| Some(dataset.name.schema())))),
        ("dataset", text(rows.iter().map(|(dataset, ..)| Some(dataset.name.table())))),
        ("position", numbers(rows.iter().map(|(.., at)| Some(*at)))),
        ("name", text(rows.iter().map(|(_, field, _)| Some(&*field.name)))),
        ("zh", text(rows.iter().map(|(_, field, _)| Some(&*field.labels.zh)))),
        ("en", text(rows.iter().map(|(_, field, _)| Some(&*field.labels.en)))),
        ("description", text(rows.iter().map(|(_, field, _)| field.description.as_deref()))),
        ("element", text(rows.iter().map(|(_, field, _)| field.element.as_deref()))),
        ("type", of!(|field: &Field| shown(&field.column_type))),
        ("required", booleans(rows.iter().map(|(_, field, _)| field.required))),
        ("owner", text(rows.iter().map(|(_, field, _)| Some(&*field.owner)))),
        ("share", of!(|field: &Field| shown(&field.share.sharing()))),
        ("share_note", of!(|field: &Field| share_note(&field.share))),
        ("open", text(rows.iter().map(|(_, field, _)| Some(open(&field.open))))),
        ("open_note", of!(|field: &Field| open_note(&field.open))),
        ("cycle", of!(|field: &Field| shown(&field.cycle))),
        ("grade", of!(|field: &Field| shown(&field.grade))),
        ("tags", of!(|field: &Field| joined(&field.tags))),
        ("mask", of!(|field: &Field| field.mask.as_ref().map(ToString::to_string))),
        ("code_table", text(rows.iter().map(|(_, field, _)| field.code.as_deref()))),
        ("format", of!(|field: &Field| field.format.as_ref().map(ToString::to_string))),
        ("range", of!(|field: &Field| field.range.as_ref().map(ToString::to_string))),
        ("release", text(rows.iter().map(|(_, field, _)| field.release.as_deref()))),
    ])
}

/// The checks of datasets of which all may be read, with what each found last.
pub fn checks(snapshot: &Snapshot, access: &Access, names: &Names, results: &[CheckResult]) -> Result<RecordBatch> {
    let datasets = seen(snapshot, access);
    let rows: Vec<_> =
        datasets.iter().flat_map(|dataset| dataset.rules().into_iter().map(move |check| (dataset, check))).collect();
    let of: HashMap<(&str, &str), &CheckResult> =
        results.iter().map(|result| ((result.location.as_str(), result.name.as_str()), result)).collect();
    let found: Vec<Option<&CheckResult>> = rows
        .iter()
        .map(|(dataset, check)| {
            let location = names.object(&dataset.name)?.definition.as_str();
            of.get(&(location, check.name.as_str()))
                .copied()
                .filter(|_| access.sees_all(&dataset.name) && may_know(access, check))
        })
        .collect();
    batch(vec![
        ("schema", text(rows.iter().map(|(dataset, _)| Some(dataset.name.schema())))),
        ("dataset", text(rows.iter().map(|(dataset, _)| Some(dataset.name.table())))),
        ("name", text(rows.iter().map(|(_, check)| Some(&*check.name)))),
        ("kind", text(rows.iter().map(|(_, check)| Some(check.rule.kind())))),
        ("rule", column(rows.iter().map(|(_, check)| shown(&check.rule)))),
        ("severity", column(rows.iter().map(|(_, check)| shown(&check.severity)))),
        ("tolerance", column(rows.iter().map(|(_, check)| check.tolerance.as_ref().map(ToString::to_string)))),
        ("dimension", column(rows.iter().map(|(_, check)| shown(&check.dimension)))),
        ("violations", numbers(found.iter().map(|found| found.and_then(|found| found.violations)))),
        ("checked", time(found.iter().map(|found| found.map(|found| found.checked_at.ms())))),
        ("checked_by", text(found.iter().map(|found| found.map(|found| &*found.checked_by)))),
    ])
}

fn elements(snapshot: &Snapshot) -> Result<RecordBatch> {
    let rows = snapshot.elements();
    macro_rules! of {
        ($value:expr) => {
            column(rows.values().map($value))
        };
    }
    batch(vec![
        ("name", text(rows.keys().map(|name| Some(&**name)))),
        ("zh", of!(|element| Some(element.labels.zh.clone()))),
        ("en", of!(|element| Some(element.labels.en.clone()))),
        ("description", of!(|element| element.description.clone())),
        ("type", of!(|element| shown(&element.column_type))),
        ("format", of!(|element| element.format.as_ref().map(ToString::to_string))),
        ("code_table", of!(|element| element.code.clone())),
        ("range", of!(|element| element.range.as_ref().map(ToString::to_string))),
        ("grade", of!(|element| shown(&element.grade))),
        ("tags", of!(|element| joined(&element.tags))),
        ("mask", of!(|element| element.mask.as_ref().map(ToString::to_string))),
        ("comparator", of!(|element| element.comparator.as_ref().map(ToString::to_string))),
        ("standard", of!(|element| element.standard.clone())),
        ("origin", of!(|element| shown(&element.origin))),
    ])
}

fn code_tables(snapshot: &Snapshot) -> Result<RecordBatch> {
    let rows = snapshot.code_tables();
    macro_rules! of {
        ($value:expr) => {
            column(rows.values().map($value))
        };
    }
    batch(vec![
        ("name", text(rows.keys().map(|name| Some(&**name)))),
        ("zh", of!(|table| Some(table.labels.zh.clone()))),
        ("en", of!(|table| Some(table.labels.en.clone()))),
        ("standard", of!(|table| Some(table.standard.clone()))),
        ("source", of!(|table| Some(table.source.clone()))),
        ("licence", of!(|table| Some(table.licence.clone()))),
        ("complete", booleans(rows.values().map(|table| table.complete))),
        ("missing", of!(|table| table.missing.clone())),
        ("rows", numbers(rows.values().map(|table| i64::try_from(table.rows.len()).ok()))),
        ("origin", of!(|table| shown(&table.origin))),
    ])
}

fn codes(snapshot: &Snapshot) -> Result<RecordBatch> {
    let rows: Vec<(&str, &CodeRow)> = snapshot
        .code_tables()
        .iter()
        .flat_map(|(name, table)| table.rows.iter().map(|row| (name.as_str(), row)))
        .collect();
    batch(vec![
        ("code_table", text(rows.iter().map(|(name, _)| Some(*name)))),
        ("code", text(rows.iter().map(|(_, row)| Some(&*row.code)))),
        ("name", text(rows.iter().map(|(_, row)| Some(&*row.name)))),
        ("en", text(rows.iter().map(|(_, row)| row.en.as_deref()))),
        ("parent", text(rows.iter().map(|(_, row)| row.parent.as_deref()))),
        ("valid_from", days(rows.iter().map(|(_, row)| row.valid_from))),
        ("valid_to", days(rows.iter().map(|(_, row)| row.valid_to))),
        ("successors", column(rows.iter().map(|(_, row)| joined(&row.successors)))),
    ])
}

fn departments(snapshot: &Snapshot) -> Result<RecordBatch> {
    let rows = snapshot.departments();
    batch(vec![
        ("name", text(rows.keys().map(|name| Some(&**name)))),
        ("zh", text(rows.values().map(|department| Some(&*department.labels.zh)))),
        ("en", text(rows.values().map(|department| Some(&*department.labels.en)))),
        ("code", text(rows.values().map(|department| department.code.as_deref()))),
        ("parent", text(rows.values().map(|department| department.parent.as_deref()))),
        ("approvers", column(rows.values().map(|department| joined(&department.approvers)))),
    ])
}

fn roles(snapshot: &Snapshot) -> Result<RecordBatch> {
    let rows = snapshot.roles();
    let labels = |of: fn(&Labels) -> &str| text(rows.values().map(|role| Some(of(&role.labels))));
    batch(vec![
        ("name", text(rows.keys().map(|name| Some(&**name)))),
        ("zh", labels(|labels| &labels.zh)),
        ("en", labels(|labels| &labels.en)),
        ("description", text(rows.values().map(|role| role.description.as_deref()))),
    ])
}

fn open(open: &Open) -> &'static str {
    match open {
        Open::No => "no",
        Open::When(_) => "when",
        Open::Yes => "yes",
    }
}

fn open_note(open: &Open) -> Option<String> {
    match open {
        Open::When(when) => Some(when.clone()),
        Open::No | Open::Yes => None,
    }
}

/// On what condition, or why not.
fn share_note(share: &Share) -> Option<String> {
    match share {
        Share::Unconditional => None,
        Share::Conditional { when } => Some(when.clone()),
        Share::None { reason } => Some(reason.clone()),
    }
}

fn shown(value: &impl Display) -> Option<String> {
    Some(value.to_string())
}

/// None for an empty list.
fn joined(values: impl IntoIterator<Item = impl Display>) -> Option<String> {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn column(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn booleans(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn days(values: impl Iterator<Item = Option<NaiveDate>>) -> ArrayRef {
    Arc::new(values.map(|day| day.map(Date32Type::from_naive_date)).collect::<Date32Array>())
}
