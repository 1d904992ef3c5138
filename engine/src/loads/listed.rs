//! Loads as a system table.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use huitong_catalog::Result;
use huitong_catalog::names::TableName;
use huitong_catalog::state::LoadRow;

use crate::engine::Engine;
use crate::guard::access::{Access, Right};
use crate::system::{NEWEST, batch, numbers, text, time};

pub const LOADS: &str = "loads";

/// One's own loads, and all into tables of which one sees everything: how many rows came, and when, tells of rows that are hidden.
pub async fn loads(engine: &Engine, access: &Access) -> Result<RecordBatch> {
    let names = engine.names();
    let tables: HashMap<&str, (&TableName, bool)> = names
        .objects()
        .filter(|object| access.sees(object))
        .map(|object| {
            let is_whole = matches!(access.right(object), Right::Whole);
            (object.definition.as_str(), (&object.name, is_whole))
        })
        .collect();
    let whole: Vec<&str> = tables.iter().filter(|(_, (_, is_whole))| *is_whole).map(|(place, _)| *place).collect();
    let loads = engine.state().loads(&whole, &access.principal().name, NEWEST).await?;
    let table = |load: &LoadRow| tables.get(load.location.as_str()).copied();
    let is_seen = |load: &&LoadRow| {
        table(load).is_some_and(|(_, is_whole)| is_whole || load.loaded_by == access.principal().name)
    };
    let rows: Vec<(&TableName, &LoadRow)> =
        loads.iter().filter(is_seen).filter_map(|load| Some((table(load)?.0, load))).collect();
    let state = |load: &LoadRow| if load.error_code.is_none() { "done" } else { "failed" };
    batch(vec![
        ("schema", text(rows.iter().map(|(table, _)| Some(table.schema())))),
        ("table", text(rows.iter().map(|(table, _)| Some(table.table())))),
        ("command", text(rows.iter().map(|(_, load)| Some(&*load.command)))),
        ("state", text(rows.iter().map(|(_, load)| Some(state(load))))),
        ("rows", numbers(rows.iter().map(|(_, load)| load.rows))),
        ("error_code", text(rows.iter().map(|(_, load)| load.error_code.as_deref()))),
        ("started", time(rows.iter().map(|(_, load)| Some(load.started_at.ms())))),
        ("ended", time(rows.iter().map(|(_, load)| Some(load.ended_at.ms())))),
        ("user", text(rows.iter().map(|(_, load)| Some(&*load.loaded_by)))),
        ("door", text(rows.iter().map(|(_, load)| Some(&*load.door)))),
        ("query_id", text(rows.iter().map(|(_, load)| Some(&*load.query_id)))),
    ])
}
