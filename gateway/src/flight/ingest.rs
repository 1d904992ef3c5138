//! Bulk loads: a client's stream of rows into a table, with one commit.

use arrow_flight::error::FlightError;
use arrow_flight::sql::server::PeekableFlightDataStream;
use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;
use huitong_engine::planning::CATALOG;
use huitong_engine::statement::{Ingest, IngestMode};
use tonic::Status;

use super::batches::Batches;
use crate::status;

/// Loads all rows that the client sends; answers with their number.
pub async fn run(session: &Session, command: CommandStatementIngest, data: PeekableFlightDataStream) -> Result<u64> {
    let (table, mode) = target(&session.settings().schema, &command)?;
    let mut rows = Batches::of(data);
    let first = rows.try_next().await.map_err(broken)?;
    let no_schema = || Error::new(Code::BAD_RECORD, "the stream of rows has no schema");
    let schema = rows.schema().cloned().ok_or_else(no_schema)?;
    let rest = rows.map_err(|e| into_datafusion(broken(e)));
    let rows =
        stream::iter(first.map(Ok)).chain(rest).chain(stream::once(not_cut_off()).filter_map(|()| async { None }));
    let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
    session.ingest(Ingest { table, mode, rows }).await
}

/// To be awaited at the end of a client's stream, in the call's own future. A call that the client cancels looks to its
/// reader like a stream that ended well (hyper reads a reset with CANCEL as the end), but the call's future is dropped when
/// it next waits; so it waits once before what was read counts as whole.
async fn not_cut_off() {
    tokio::task::yield_now().await;
}

/// An error of a load as a status. ADBC tells by this one that rows do not fit the columns of a table that exists.
pub fn told(error: Error) -> Status {
    let misfit = error.code == Code::SCHEMA_MISMATCH;
    let status = status::of(error);
    match misfit {
        true => Status::with_metadata(tonic::Code::AlreadyExists, status.message(), status.metadata().clone()),
        false => status,
    }
}

/// The client's stream of rows is not what Flight says it is.
fn broken(error: FlightError) -> Error {
    Error::new(Code::BAD_RECORD, format!("the stream of rows cannot be read: {error}")).caused_by(error)
}

/// Which table an ingest means, and what to do about it. What is not honoured is refused.
pub fn target(default_schema: &str, command: &CommandStatementIngest) -> Result<(TableName, IngestMode)> {
    let refuse =
        |what: &str| Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported for loads")));
    if command.temporary {
        return refuse("a temporary table");
    }
    if command.transaction_id.is_some() {
        return refuse("a transaction");
    }
    if command.catalog.as_ref().is_some_and(|catalog| !catalog.is_empty() && catalog != CATALOG) {
        return refuse("another catalogue");
    }
    let options = command.table_definition_options.unwrap_or_default();
    let missing = TableNotExistOption::try_from(options.if_not_exist).unwrap_or_default();
    let existing = TableExistsOption::try_from(options.if_exists).unwrap_or_default();
    let mode = match (missing, existing) {
        (TableNotExistOption::Create, TableExistsOption::Replace) => IngestMode::Replace,
        (_, TableExistsOption::Replace) => return refuse("replacing a table that must be there"),
        (TableNotExistOption::Create, TableExistsOption::Append) => IngestMode::CreateOrAppend,
        (TableNotExistOption::Create, _) => IngestMode::Create,
        _ => IngestMode::Append,
    };
    let schema =
        command.schema.clone().filter(|schema| !schema.is_empty()).unwrap_or_else(|| default_schema.to_owned());
    Ok((TableName::new(schema, command.table.clone())?, mode))
}
