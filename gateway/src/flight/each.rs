//! A query for each of several rows of values, as one answer: what ADBC asks for, and what loops of a client become.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;
use huitong_engine::statement::query::Planned;

use super::prepared::Rows;
use super::statements::{Begun, begin, started};

/// The answers one after the other, in the order of the rows; each query is planned when its turn comes. `first` is the plan for
/// the first row.
pub fn run(
    session: &Arc<Session>,
    first: Box<Planned>,
    sql: &str,
    rows: Arc<Rows>,
    schema: SchemaRef,
) -> SendableRecordBatchStream {
    let (planning, starting, sql) = (session.clone(), session.clone(), Arc::<str>::from(sql));
    let later = stream::iter(1..rows.len()).then(move |row| {
        let (session, sql, rows) = (planning.clone(), sql.clone(), rows.clone());
        async move { planned(&session, &sql, &rows, row).await }
    });
    let answers = stream::iter([Ok(first)]).chain(later).and_then(move |planned| {
        let session = starting.clone();
        async move { started(&session, planned).await }
    });
    let batches = answers.map_err(into_datafusion).try_flatten();
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

async fn planned(session: &Session, sql: &str, rows: &Rows, row: usize) -> Result<Box<Planned>> {
    let values = rows.get(row).cloned().into_iter().collect();
    match begin(session, sql, &values).await? {
        Begun::Query(planned) => Ok(planned),
        Begun::Done(_) => Err(Error::new(Code::INTERNAL, "a query became a command")),
    }
}

/// For calls that answer one query only.
pub fn at_most_one(rows: &Rows) -> Result<()> {
    match rows.len() {
        0 | 1 => Ok(()),
        many => {
            let text = format!("{many} rows of values were bound to a query, which takes one here");
            Err(Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("run the query once for each row"))
        }
    }
}
