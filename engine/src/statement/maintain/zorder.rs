//! `OPTIMIZE t ZORDER BY (a, b)`: rows that are near in several columns come into the same files, so that a filter on any of these
//! columns reads few of them. Rows stay as they are.
//!
//! A sample cuts each column into ranges of about equally many rows, and the curve through them into files of about equal
//! size. Executors compute each row's place from these cuts alone, so the answer does not depend on how many there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::{Expr, ScalarUDF, cast, col, lit};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_udfs::zorder::{self, COLUMNS_MAX, Key, Range};

use super::super::replace::{self, Change, Target};
use super::super::{table_name, write};
use super::optimize::{by_partition, operation};
use super::rewrite::rewrite;
use crate::error::of_datafusion;
use crate::session::{Done, Session, StatementContext};
use crate::tables::sample;
use crate::tables::version::TableVersion;
use crate::write::node::Layout;

/// Column with the number of files that a row's partition of the table is to have.
const FILES: &str = "__huitong_files";
/// Column with the number of a row's file in its partition.
const FILE: &str = "__huitong_bin";
/// Column with a row's place on the curve.
const PLACE: &str = "__huitong_place";
/// Ranges that a column, or the curve, is cut into. A sample of thirty thousand rows has some dozens for each.
const CUTS: usize = 1000;
/// Files that a partition is cut into at most, so that each has some of these ranges.
const FILES_MAX: u64 = 256;

/// Rewrites all files in one commit that changes no row.
pub async fn run(session: &Session, table: &TableReference, by: &[String]) -> Result<Done> {
    let name = table_name(session, table)?;
    replace::repeat("OPTIMIZE", session, || async {
        let context = session.upkeep_context()?;
        let target = Target::newest(session, &name, table).await?;
        let fields = fields(target.version(), &name, by)?;
        let change = reorder(session, &context, target, &fields).await?;
        Ok((change, write::provenance(session, &context.id)))
    })
    .await
}

/// The columns that are named, if a table can be ordered by them.
fn fields(version: &TableVersion, table: &TableName, by: &[String]) -> Result<Vec<FieldRef>> {
    if by.len() > COLUMNS_MAX {
        let text = format!("ZORDER BY takes {COLUMNS_MAX} columns and not {}", by.len());
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text)
            .with_hint("take the two or three that queries filter by most"));
    }
    let mut chosen: Vec<FieldRef> = Vec::new();
    for name in by {
        let names = || version.schema.fields().iter().map(|field| field.name().as_str());
        let Some((_, field)) = version.schema.fields().find(name) else {
            return Err(Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{name}` after ZORDER BY"))
                .with_suggestion(name, names()));
        };
        if version.partition_columns.contains(name) {
            let text = format!("`{table}` is partitioned by `{name}`, so its files are apart by that column already");
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("leave it out of ZORDER BY"));
        }
        if !has_order(field.data_type()) {
            let text = format!("column `{name}` has type {}, which ZORDER BY does not take", field.data_type());
            return Err(Error::new(Code::TYPE_MISMATCH, text)
                .with_hint("take columns of numbers, texts, dates, times or truth values"));
        }
        if chosen.iter().any(|known| known.name() == name) {
            return Err(Error::new(Code::AMBIGUOUS_NAME, format!("column `{name}` is twice after ZORDER BY")));
        }
        chosen.push(field.clone());
    }
    Ok(chosen)
}

/// Types whose least and greatest values the log keeps.
fn has_order(data_type: &DataType) -> bool {
    data_type.is_numeric()
        || matches!(data_type, DataType::Boolean | DataType::Utf8 | DataType::Date32 | DataType::Timestamp(_, _))
}

async fn reorder(session: &Session, context: &StatementContext, target: Target, fields: &[FieldRef]) -> Result<Change> {
    let version = target.version().clone();
    let operation = operation(&version);
    let known = version.files.iter().enumerate().filter_map(|(number, file)| Some((number, file.rows()?)));
    let files: BTreeMap<usize, u64> = known.collect();
    if files.values().all(|rows| *rows == 0) {
        return Ok(Change { target, touched: BTreeMap::new(), added: Default::default(), rows: 0, operation });
    }
    let lake = session.engine().lake();
    let sample = sample::columns(lake.store(), &version, &files, fields, &target.name.to_string()).await?;
    let curve = Curve::of(fields, &sample)?;
    let scan = target.scan.labelled(FILES, files_of_partitions(&version, &files));
    let layout = Layout { file: Some(FILE.to_owned()), order: vec![PLACE.to_owned()] };
    let columns = vec![curve.file().alias(FILE), curve.place().alias(PLACE)];
    let added = rewrite(session, context, &target, scan, &files, columns, Some(layout)).await?;
    Ok(Change { target, touched: files, added, rows: 0, operation })
}

/// For each file how many its partition is to have.
fn files_of_partitions(version: &TableVersion, files: &BTreeMap<usize, u64>) -> Vec<u32> {
    let mut counts = vec![1; version.files.len()];
    let file_bytes = write::file_bytes_target(version);
    for files in by_partition(version, files.keys().copied()).into_values() {
        let bytes: u64 = files.iter().map(|number| version.files[*number].size_bytes).sum();
        let count = u32::try_from(bytes.div_ceil(file_bytes).clamp(1, FILES_MAX)).unwrap_or(1);
        files.iter().for_each(|number| counts[*number] = count);
    }
    counts
}

/// A curve through some columns.
struct Curve {
    /// A row's place on it.
    place: Expr,
    /// Where it is cut.
    cuts: ArrayRef,
}

impl Curve {
    /// The curve that a sample of the columns' values asks for.
    fn of(fields: &[FieldRef], sample: &[ArrayRef]) -> Result<Self> {
        let told = |e: arrow::error::ArrowError| of_datafusion(e.into());
        let (mut ranges, mut expressions) = (Vec::new(), Vec::new());
        for (field, values) in fields.iter().zip(sample) {
            let cuts = zorder::boundaries(values, CUTS).map_err(told)?;
            ranges.push(zorder::ranges(values, &cuts).map_err(told)?);
            expressions.push(range(Expr::Column(Column::from_name(field.name())), cuts));
        }
        let rows = ranges.first().map_or(0, Array::len);
        let place = |row: usize| zorder::interleave(&ranges.iter().map(|column| column.value(row)).collect::<Vec<_>>());
        let places: ArrayRef = Arc::new(UInt64Array::from_iter_values((0..rows).map(place)));
        let cuts = zorder::boundaries(&places, CUTS).map_err(told)?;
        Ok(Self { place: ScalarUDF::from(Key::new()).call(expressions), cuts })
    }

    fn place(&self) -> Expr {
        self.place.clone()
    }

    /// The number of a row's file among those of its partition: the ranges of the curve, shared out.
    fn file(&self) -> Expr {
        let range = cast(range(self.place(), self.cuts.clone()), DataType::Int64);
        range * cast(col(FILES), DataType::Int64) / lit(1i64 << u16::BITS)
    }
}

/// The range of a value among `cuts`.
fn range(value: Expr, cuts: ArrayRef) -> Expr {
    let cuts = SingleRowListArrayBuilder::new(cuts).build_list_scalar();
    ScalarUDF::from(Range::new()).call(vec![value, lit(cuts)])
}
