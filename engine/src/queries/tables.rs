//! The statements as tables of the schema `huitong`: those that run, all, and the sessions that they come from.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column as Name, ScalarValue, TableReference};
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, cast, col, lit, when};
use huitong_catalog::Result;
use huitong_catalog::identity::{Office, Principal};
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{Action, Column, Grant, RowRule, Way};

use super::record::{self, Record};
use super::redact;
use super::sessions::Seat;
use super::trace::Trace;
use crate::engine::Engine;
use crate::error::of_datafusion;
use crate::functions::outline;
use crate::guard::access::Access;
use crate::guard::governed::{Governed, Keys};
use crate::planning::Target;
use crate::system::{SCHEMA, batch, numbers, text, time};

pub const QUERIES: &str = "queries";

/// Statements that run or wait. It is made from memory alone, so it can be read whatever the lake does.
pub fn running(engine: &Engine, principal: &Principal) -> Result<RecordBatch> {
    let rows = records(engine, principal);
    batch(vec![
        ("query_id", text(rows.iter().map(|row| Some(row.query_id.as_str())))),
        ("session_id", text(rows.iter().map(|row| Some(row.session_id.as_str())))),
        ("user", text(rows.iter().map(|row| Some(row.user.as_str())))),
        ("door", text(rows.iter().map(|row| Some(row.door.as_str())))),
        ("client", text(rows.iter().map(|row| row.client.as_deref()))),
        ("address", text(rows.iter().map(|row| row.address.as_deref()))),
        ("group", text(rows.iter().map(|row| Some(row.group.as_str())))),
        ("backend", text(rows.iter().map(|row| row.backend.as_deref()))),
        ("state", text(rows.iter().map(|row| Some(row.state.as_str())))),
        ("waited_ms", spans(rows.iter().map(|row| row.queue_ms))),
        ("running_ms", spans(rows.iter().map(|row| row.run_ms))),
        ("statement", text(rows.iter().map(|row| Some(row.statement.as_str())))),
    ])
}

fn spans(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Float64Array>())
}

fn records(engine: &Engine, principal: &Principal) -> Vec<Record> {
    let running = engine.queries().running.all();
    let seen = running.iter().filter(|trace: &&Arc<Trace>| sees(principal, &trace.seat.user));
    seen.map(|trace| shown(principal, Record::running(trace))).collect()
}

/// One's own statements, and for those who run the platform or look after it those of all.
fn sees(principal: &Principal, user: &str) -> bool {
    sees_all(principal) || principal.name == user
}

/// Who runs the platform need not know of whom its users ask: of others' statements it sees what they are about.
fn sees_outlines(principal: &Principal) -> bool {
    principal.office == Some(Office::System) && !principal.is_operator()
}

/// Whether the values in somebody's statements, and in messages about them, are shown.
pub fn shows_values(principal: &Principal, user: &str) -> bool {
    !sees_outlines(principal) || principal.name == user
}

fn shown(principal: &Principal, record: Record) -> Record {
    let record = Record { backend: record.backend.filter(|_| sees_all(principal)), ..record };
    match shows_values(principal, &record.user) {
        true => record,
        false => Record { statement: redact::outline(&record.statement), error: None, ..record },
    }
}

/// Sessions that are open.
pub fn sessions(engine: &Engine, sees: impl Fn(&str) -> bool) -> Result<RecordBatch> {
    let mut seats = engine.queries().sessions.all();
    seats.retain(|seat| sees(&seat.user) && seat.door.is_recorded());
    let running = engine.queries().running.all();
    let count = |seat: &Seat| running.iter().filter(|trace| trace.seat.id == seat.id).count();
    let clients: Vec<_> = seats.iter().map(|seat| seat.client()).collect();
    batch(vec![
        ("session_id", text(seats.iter().map(|seat| Some(seat.id.as_str())))),
        ("user", text(seats.iter().map(|seat| Some(seat.user.as_str())))),
        ("door", text(seats.iter().map(|seat| Some(seat.door.name())))),
        ("client", text(clients.iter().map(|client| client.name.as_deref()))),
        ("address", text(clients.iter().map(|client| client.address.as_deref()))),
        ("since", time(seats.iter().map(|seat| Some(seat.since.ms())))),
        ("last_used", time(seats.iter().map(|seat| Some(seat.used_ms())))),
        ("statements", numbers(seats.iter().map(|seat| i64::try_from(seat.statements()).ok()))),
        ("running", Arc::new(seats.iter().map(|seat| i64::try_from(count(seat)).ok()).collect::<Int64Array>())),
    ])
}

/// All statements that a principal may see: those that run, those that have just ended, and those in the table.
pub async fn queries(engine: &Engine, access: &Access) -> Result<Arc<dyn TableProvider>> {
    let principal = access.principal();
    let history = &engine.queries().history;
    // From here on until the table is opened, no record goes from the journal into the table.
    let _opening = history.table.read().await;
    // First those that run: one that ends meanwhile is shown twice rather than not at all, so it is left out below.
    let mut rows = records(engine, principal);
    let recent = history.recent();
    let ended: std::collections::HashSet<&str> = recent.iter().map(|record| record.query_id.as_str()).collect();
    rows.retain(|row| !ended.contains(row.query_id.as_str()));
    let seen = recent.iter().filter(|record| sees(principal, &record.user));
    rows.extend(seen.map(|record| shown(principal, record.as_ref().clone())));
    let rows = record::batch(&rows)?;
    let rows = Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]]).map_err(of_datafusion)?);
    match in_table(engine, access).await? {
        None => Ok(rows),
        Some(table) => {
            let name = TableReference::partial(SCHEMA, QUERIES);
            let rows =
                LogicalPlanBuilder::scan(name, provider_as_source(rows), None).and_then(LogicalPlanBuilder::build);
            let all = LogicalPlanBuilder::from(table).union(rows.map_err(of_datafusion)?);
            let all = all.and_then(LogicalPlanBuilder::build).map_err(of_datafusion)?;
            Ok(Arc::new(ViewTable::new(all, None)))
        }
    }
}

/// Who runs the platform, and who looks after it, sees the statements of all. They alone see where a statement ran: that depends on the
/// size of tables, hidden rows included.
fn sees_all(principal: &Principal) -> bool {
    principal.holds(Office::System) || principal.holds(Office::Audit)
}

/// That of the table only the statements of whoever asks are there: closed as the tables of the city are, since a filter alone would not
/// keep conditions of theirs off the statements of others.
fn own_rows(table: &TableName) -> Grant {
    let rule = || RowRule { sql: "\"user\" = principal.name".to_owned(), policy: "own statements".to_owned() };
    let way = || Way { rows: Some(rule()), mask: None, policy: "own statements".to_owned(), masked_by: None };
    let schema = record::schema();
    let columns = schema.fields().iter().map(|field| Column { name: field.name().clone(), ways: vec![way()] });
    Grant {
        dataset: table.clone(),
        action: Action::Read,
        columns: columns.collect(),
        hidden: Vec::new(),
        withheld: Vec::new(),
    }
}

/// What is in the table; none if there is no table yet.
async fn in_table(engine: &Engine, access: &Access) -> Result<Option<LogicalPlan>> {
    let names = engine.names();
    let Some(object) = names.object(&TableName::new(SCHEMA, QUERIES)?) else { return Ok(None) };
    let (lake, shown) = (engine.lake(), object.name.to_string());
    let version = lake.newest(&object.definition, &shown).await?;
    let table = lake.provider(&object.definition, &shown, version).await?;
    let table = match sees_all(access.principal()) {
        true => table,
        false => {
            let (words, keys) = (access.words(), Keys(&|| Vec::new()));
            let state = engine.template(Target::Local);
            Arc::new(Governed::new(table, &object.name, &own_rows(&object.name), &words, &keys, state)?)
        }
    };
    let name = TableReference::partial(SCHEMA, QUERIES);
    let (outlines, places) = (sees_outlines(access.principal()), sees_all(access.principal()));
    let plan = || {
        let scan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?;
        let schema = record::schema();
        let columns = schema.fields().iter().map(|field| {
            let column = cast(col(Name::from_name(field.name())), field.data_type().clone());
            let told = match field.name().as_str() {
                "backend" if !places => return Ok(lit(ScalarValue::try_from(field.data_type())?).alias(field.name())),
                "statement" if outlines => outline::of(column.clone()),
                "error" if outlines => lit(ScalarValue::try_from(field.data_type())?),
                _ => return Ok(column.alias(field.name())),
            };
            let is_own = col(Name::from_name("user")).eq(lit(access.principal().name.clone()));
            Ok(when(is_own, column).otherwise(told)?.alias(field.name()))
        });
        scan.project(columns.collect::<DfResult<Vec<_>>>()?)?.build()
    };
    plan().map(Some).map_err(of_datafusion)
}
