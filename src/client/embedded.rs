//! An engine in this process.

use arrow::datatypes::Schema;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::identity::Principal;
use huitong_catalog::{Error, Result};
use huitong_engine::error::{into_datafusion, of_datafusion};
use huitong_engine::statement::{Ingest, IngestMode};
use huitong_engine::{Answer, Door, Session};
use huitong_terminal::{ClientError, Connection, Name, Statement};

use super::{Client, Load, shown};
use crate::node::Node;

/// A session of an engine that this process holds.
pub struct Embedded {
    session: Session,
    /// The open data directory.
    _node: Node,
}

impl Embedded {
    /// As the administrator of an open directory.
    pub fn operator(node: Node) -> Self {
        Self { session: node.engine.session(Principal::operator(), Door::Direct), _node: node }
    }
}

#[async_trait]
impl Connection for Embedded {
    async fn execute(&self, sql: &str) -> Result<Statement, ClientError> {
        let answer = self.session.execute(sql).await.map_err(|e| shown(&e, sql))?;
        match answer {
            Answer::Done(done) => Ok(Statement {
                schema: Schema::empty().into(),
                batches: stream::empty().boxed(),
                affected: done.rows,
                progress: None,
            }),
            Answer::Rows(rows) => {
                let sql = sql.to_owned();
                let batches = rows.stream.map_err(move |e| shown(&of_datafusion(e), &sql));
                Ok(Statement { schema: rows.schema, batches: batches.boxed(), affected: None, progress: None })
            }
        }
    }

    async fn cancel(&self) -> Result<(), ClientError> {
        // The statement is dropped by whoever cancels, which ends its work.
        Ok(())
    }

    async fn names(&self) -> Result<Vec<Name>, ClientError> {
        let names = self.session.names();
        let mut all: Vec<Name> =
            names.schemas().map(|name| Name::Schema { name: name.to_owned(), comment: None }).collect();
        for object in names.objects() {
            let (schema, table) = (object.name.schema(), object.name.table());
            let kind = object.kind.as_str().to_owned();
            all.push(Name::Table { schema: schema.to_owned(), name: table.to_owned(), kind, comment: None });
            // A table that cannot be opened still has a name.
            if let Ok(columns) = self.session.table_schema(schema, table).await {
                all.extend(super::flight::columns(schema, table, &columns));
            }
        }
        Ok(all)
    }

    fn describe(&self) -> String {
        format!("this process, as {}", self.session.principal().name)
    }
}

#[async_trait]
impl Client for Embedded {
    async fn load(&self, load: Load) -> Result<u64> {
        let rows = load.rows.map_err(|e: Error| -> DataFusionError { into_datafusion(e) });
        let rows = Box::pin(RecordBatchStreamAdapter::new(load.schema, rows));
        self.session.ingest(Ingest { table: load.table, mode: IngestMode::CreateOrAppend, rows }).await
    }
}
