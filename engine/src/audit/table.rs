//! The audit as a table: all records, the newest first.
//!
//! Segments are read while rows are asked for, so a statement that has enough after some reads no more, and one that counts all keeps
//! none. What is asked about numbers and times of records says which segments need not be read at all.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Column;
use datafusion::datasource::TableType;
use datafusion::error::Result as DfResult;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, SortExpr, TableProviderFilterPushDown};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::Result;
use huitong_catalog::audit::{Record, Window};

use super::newest::{Row, newest};
use super::wanted::{self, wanted};
use crate::engine::Engine;
use crate::error::into_datafusion;
use crate::system::{batch, numbers, text, time};

/// All records. Whoever needs them elsewhere reads the segments, which are lines of JSON.
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
        let (engine, schema) = (self.engine.clone(), self.schema.clone());
        let rows = Rows { engine, schema: schema.clone(), window: wanted(filters) };
        // As they come, so that the newest are had without the others.
        let order = vec![SortExpr::new(Expr::Column(Column::from_name("seq")), false, true)];
        let table = StreamingTable::try_new(schema, vec![Arc::new(rows)])?.with_sort_order(order);
        table.scan(state, projection, filters, limit).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        let is_used = |filter: &&Expr| match wanted::of(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(is_used).collect())
    }
}

/// The records of a window.
#[derive(Debug)]
struct Rows {
    engine: Arc<Engine>,
    schema: SchemaRef,
    window: Window,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = newest(self.engine.audit().clone(), self.window);
        let batches = rows.and_then(async |rows| columns(&rows)).map(|batch| batch.map_err(into_datafusion));
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
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
        ("parameters", texts!(|r| r.event.parameters.clone())),
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
