//! System tables: the schema `huitong`.
//!
//! Each table is made anew when a statement opens it, so one statement sees one moment.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DfResult};
use huitong_catalog::Result;
use huitong_catalog::identity::Principal;

use crate::engine::Engine;
use crate::error::into_datafusion;

/// The schema's name.
pub const SCHEMA: &str = "huitong";

const EXECUTORS: &str = "executors";
const JOBS: &str = "jobs";

/// The system tables as a principal sees them: how the cluster is doing is the administrators' business.
#[derive(Debug)]
pub struct SystemSchema {
    engine: Arc<Engine>,
    principal: Principal,
}

impl SystemSchema {
    pub fn new(engine: Arc<Engine>, principal: Principal) -> Self {
        Self { engine, principal }
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        tables_for(&self.principal).iter().map(|table| (*table).to_owned()).collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if !self.table_exist(name) {
            return Ok(None);
        }
        let rows = match name {
            EXECUTORS => executors(&self.engine).await,
            _ => jobs(&self.engine).await,
        };
        let rows = rows.map_err(into_datafusion)?;
        Ok(Some(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|table| table == name)
    }
}

/// The system tables that a principal may know of.
pub fn tables_for(principal: &Principal) -> &'static [&'static str] {
    if principal.admin { &[EXECUTORS, JOBS] } else { &[] }
}

async fn executors(engine: &Engine) -> Result<RecordBatch> {
    let rows = match engine.cluster() {
        Some(cluster) => cluster.executors().await?,
        None => Vec::new(),
    };
    batch(vec![
        ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
        ("host", text(rows.iter().map(|row| Some(row.host.as_str())))),
        ("port", Arc::new(rows.iter().map(|row| Some(u32::from(row.port))).collect::<UInt32Array>())),
        ("slots", Arc::new(rows.iter().map(|row| Some(row.slots)).collect::<UInt32Array>())),
        ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
        ("last_seen", time(rows.iter().map(|row| Some(row.last_seen_ms)))),
    ])
}

async fn jobs(engine: &Engine) -> Result<RecordBatch> {
    let rows = match engine.cluster() {
        Some(cluster) => cluster.jobs().await?,
        None => Vec::new(),
    };
    let span = |row: &crate::backend::JobInfo| Some(row.ended_ms? - row.started_ms?);
    batch(vec![
        ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
        ("query_id", text(rows.iter().map(|row| Some(row.query_id.as_str())))),
        ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
        ("stages", Arc::new(rows.iter().map(|row| Some(row.stages)).collect::<UInt32Array>())),
        ("stages_done", Arc::new(rows.iter().map(|row| Some(row.stages_done)).collect::<UInt32Array>())),
        ("started", time(rows.iter().map(|row| row.started_ms))),
        ("ended", time(rows.iter().map(|row| row.ended_ms))),
        ("elapsed_ms", Arc::new(rows.iter().map(span).collect::<Int64Array>())),
        ("error", text(rows.iter().map(|row| row.error.as_deref()))),
    ])
}

fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn time(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| crate::error::of_datafusion(DataFusionError::from(e)))
}
