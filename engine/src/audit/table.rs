//! The audit as a table: the newest records, from the state database and from segments.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use huitong_catalog::audit::{Line, Record};
use huitong_catalog::{Code, Error, Result};

use super::Audit;
use crate::engine::Engine;
use crate::error::into_datafusion;
use crate::system::{batch, numbers, text, time};

/// Records that the table shows.
const NEWEST: usize = 100_000;
/// Bytes of lines after which it shows no older ones.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// A record, and the segment that it is in.
struct Row {
    segment: Option<u64>,
    record: Record,
}

/// The newest records, the newest first. Whoever needs older ones reads the segments, which are lines of JSON.
#[derive(Debug)]
pub struct Listed {
    engine: Arc<Engine>,
    schema: SchemaRef,
}

impl Listed {
    pub fn new(engine: Arc<Engine>) -> Result<Self> {
        Ok(Self { engine, schema: columns(&[])?.schema() })
    }
}

/// Segments are read when rows are asked for, and not when somebody asks for its columns.
#[async_trait]
impl TableProvider for Listed {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let rows = table(&self.engine).await.map_err(into_datafusion)?;
        MemTable::try_new(rows.schema(), vec![vec![rows]])?.scan(state, projection, filters, limit).await
    }
}

async fn table(engine: &Engine) -> Result<RecordBatch> {
    columns(&rows(engine.audit(), NEWEST, BYTES_MAX).await?)
}

fn columns(rows: &[Row]) -> Result<RecordBatch> {
    macro_rules! texts {
        ($value:expr) => {{
            let value: fn(&Record) -> Option<String> = $value;
            let values: Vec<_> = rows.iter().map(|row| value(&row.record)).collect();
            text(values.iter().map(|value| value.as_deref()))
        }};
    }
    let whole = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
    let allowed: ArrayRef = Arc::new(rows.iter().map(|row| row.record.event.allowed).collect::<BooleanArray>());
    batch(vec![
        ("seq", numbers(rows.iter().map(|row| whole(Some(row.record.seq))))),
        ("time", time(rows.iter().map(|row| Some(row.record.event.time)))),
        ("actor", texts!(|r| Some(r.event.actor.clone()))),
        ("via", texts!(|r| r.event.via.clone())),
        ("door", texts!(|r| r.event.door.clone())),
        ("session_id", texts!(|r| r.event.session.clone())),
        ("client", texts!(|r| r.event.client.clone())),
        ("address", texts!(|r| r.event.address.clone())),
        ("action", texts!(|r| Some(r.event.action.as_str().to_owned()))),
        ("outcome", texts!(|r| Some(r.event.outcome.as_str().to_owned()))),
        ("query_id", texts!(|r| r.event.query.clone())),
        ("fingerprint", texts!(|r| r.event.fingerprint.clone())),
        ("statement", texts!(|r| r.event.statement.clone())),
        ("objects", texts!(|r| joined(&r.event.objects))),
        ("purpose", texts!(|r| r.event.purpose.clone())),
        ("model", numbers(rows.iter().map(|row| row.record.event.model))),
        ("model_hash", texts!(|r| r.event.model_hash.clone())),
        ("allowed", allowed),
        ("policies", texts!(|r| joined(&r.event.policies))),
        ("rows", numbers(rows.iter().map(|row| whole(row.record.event.rows)))),
        ("bytes", numbers(rows.iter().map(|row| whole(row.record.event.bytes)))),
        ("error_code", texts!(|r| r.event.error.clone())),
        ("segment", numbers(rows.iter().map(|row| whole(row.segment)))),
        ("hash", texts!(|r| Some(r.hash.to_string()))),
    ])
}

fn joined(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// First what is in no segment: what is put into one meanwhile is not taken again.
async fn rows(audit: &Audit, records_max: usize, bytes_max: usize) -> Result<Vec<Row>> {
    let state = &audit.inner.state;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for line in state.newest_audit_tail(records_max).await? {
        bytes += line.text.len();
        rows.push(Row { segment: None, record: Line::read(&line.text)? });
    }
    let mut number = state.audit_sealed().await?.segment;
    while number > 0 && rows.len() < records_max && bytes < bytes_max {
        let text = String::from_utf8(audit.inner.get(number).await?).map_err(|e| damaged(number).caused_by(e))?;
        let lines: Vec<&str> = text.lines().collect();
        // Without the header and the footer.
        let lines = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        for line in lines.iter().rev() {
            let record = Line::read(line).map_err(|e| damaged(number).caused_by(e))?;
            if rows.last().is_some_and(|row: &Row| record.seq >= row.record.seq) {
                continue;
            }
            bytes += line.len();
            rows.push(Row { segment: Some(number), record });
            if rows.len() == records_max {
                break;
            }
        }
        number -= 1;
    }
    Ok(rows)
}

fn damaged(segment: u64) -> Error {
    Error::new(Code::AUDIT_BROKEN, format!("segment {segment} of the audit cannot be read"))
        .with_hint("`huitong audit verify` names the first record that is not as it was written")
}
