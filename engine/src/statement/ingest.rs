//! Rows that a client streams in, as one commit.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{FutureExt, StreamExt, TryStreamExt};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};

use super::declared::Declared;
use super::queue;
use super::table::{self, Unnamed};
use super::watch::arriving;
use super::write::{self, Columns};
use crate::deadline::in_time;
use crate::error::{into_datafusion, of_datafusion};
use crate::loads::Load;
use crate::planning::Target;
use crate::session::Session;
use crate::write::checks::Appender;
use crate::write::commit::Files;
use crate::write::file;

/// Files that are written at the same time, for as many partitions: a client's rows are not sorted by them.
const OPEN_MAX: usize = 64;

/// What to do about the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestMode {
    /// The table must not be there.
    Create,
    /// The table must be there.
    Append,
    /// Either.
    CreateOrAppend,
    /// A table that is there goes as if it were dropped.
    Replace,
}

/// A stream of rows for a table.
pub struct Ingest {
    pub table: TableName,
    pub mode: IngestMode,
    pub rows: SendableRecordBatchStream,
}

impl Session {
    /// Writes a client's rows with one commit and says how many there were. A stream that breaks leaves nothing.
    pub async fn ingest(&self, ingest: Ingest) -> Result<u64> {
        let session = self.for_ingest(&ingest)?.timed();
        let ingest = Ingest { rows: arriving(ingest.rows, self.engine().abandoned_after()), ..ingest };
        let noted = Load { table: ingest.table.clone(), command: "COPY".to_owned() };
        session.recorded(|rows| Some(*rows), true, Some(noted), load(&session, ingest).boxed()).await
    }
}

async fn load(session: &Session, ingest: Ingest) -> Result<u64> {
    let exists = session.names().object(&ingest.table).is_some();
    match (ingest.mode, exists) {
        (IngestMode::Create | IngestMode::CreateOrAppend, false) | (IngestMode::Replace, _) => {
            create(session, ingest).await
        }
        (IngestMode::Append | IngestMode::CreateOrAppend, true) => append(session, ingest).await,
        (IngestMode::Append, false) => Err(session.names().unknown_table(&ingest.table.to_string())),
        (IngestMode::Create, true) => {
            Err(Error::new(Code::TABLE_EXISTS, format!("table `{}` exists already", ingest.table)))
        }
    }
}

async fn create(session: &Session, ingest: Ingest) -> Result<u64> {
    let replaces = ingest.mode == IngestMode::Replace;
    match replaces {
        true => table::check_replaceable(session, &ingest.table)?,
        false => table::check_free(session, &ingest.table, false).map(drop)?,
    }
    let columns = write::stored_schema(&ingest.rows.schema())?;
    let unnamed = Unnamed::new(session, &ingest.table, columns.clone(), Declared::default()).await?;
    let unnamed = if replaces { unnamed.replacing() } else { unnamed };
    let columns = Columns::new(&columns, &[]);
    let files = write_files(session, ingest.rows, &unnamed.location, &ingest.table, columns).await?;
    let rows = files.rows;
    unnamed.commit(files, write::provenance(session, &session.statement_context()?.id)).await?;
    Ok(rows)
}

async fn append(session: &Session, ingest: Ingest) -> Result<u64> {
    let (object, version) = write::target_of_rows(session, &ingest.table).await?;
    let columns = Columns::of(&version);
    let files = write_files(session, ingest.rows, &object.definition, &ingest.table, columns).await?;
    let rows = files.rows;
    let provenance = write::provenance(session, &session.statement_context()?.id);
    write::append(session, (&object, &version), files, provenance).await?;
    Ok(rows)
}

async fn write_files(
    session: &Session,
    rows: SendableRecordBatchStream,
    location: &str,
    table: &TableName,
    columns: Columns<'_>,
) -> Result<Files> {
    let engine = session.engine();
    let _ticket = queue::admit(session, &session.settings(), 0).await?;
    if let Some(trace) = session.trace() {
        trace.note(|facts| facts.backend = Some(engine.backend(false)));
    }
    let state = session.statement_context()?.state(Target::Local);
    let appender = Appender::new(&state, columns.schema, &columns.checks)?;
    let fitted = fit(rows, columns.schema.clone(), table)?;
    let spec = write::spec(engine, location, table, columns)?;
    let schema = appender.schema();
    let checked = fitted.map(move |batch| batch.and_then(|batch| appender.append(&batch)));
    let checked = Box::pin(RecordBatchStreamAdapter::new(schema, checked));
    let written = file::write(engine.lake().store(), spec, checked, OPEN_MAX);
    let written = in_time(session.deadline(), written).await?.map_err(of_datafusion)?;
    write::files(engine, &[written], location)
}

/// Matches columns by name, leaves missing nullable ones null, and casts without loss of meaning: a value that does not
/// fit its column is an error, not a null.
fn fit(rows: SendableRecordBatchStream, target: SchemaRef, table: &TableName) -> Result<SendableRecordBatchStream> {
    check_names(&rows.schema(), &target, table)?;
    let to = target.clone();
    let fitted = rows.map(move |batch| batch.and_then(|batch| fit_batch(&batch, &to).map_err(into_datafusion)));
    Ok(Box::pin(RecordBatchStreamAdapter::new(target, fitted.into_stream().boxed())))
}

fn check_names(source: &Schema, target: &Schema, table: &TableName) -> Result<()> {
    let names = || target.fields().iter().map(|field| field.name().as_str());
    if let Some(extra) = source.fields().iter().find(|field| target.field_with_name(field.name()).is_err()) {
        return Err(Error::new(Code::SCHEMA_MISMATCH, format!("table `{table}` has no column `{}`", extra.name()))
            .with_suggestion(extra.name(), names()));
    }
    let missing =
        target.fields().iter().find(|field| !field.is_nullable() && source.field_with_name(field.name()).is_err());
    match missing {
        Some(field) => Err(Error::new(
            Code::SCHEMA_MISMATCH,
            format!("column `{}` of `{table}` is missing and must not be null", field.name()),
        )),
        None => Ok(()),
    }
}

/// Whether the casts that drop fractions without an error have dropped none.
fn keeps_values(source: &ArrayRef, fitted: &ArrayRef) -> Result<bool, ArrowError> {
    let (from, to) = (source.data_type(), fitted.data_type());
    let exact = to.is_integer() || matches!(to, DataType::Decimal128(_, _));
    let drops = (from.is_floating() || matches!(from, DataType::Decimal128(_, _) | DataType::Decimal256(_, _)))
        && exact
        || matches!((from, to), (DataType::Timestamp(_, _), DataType::Date32));
    if !drops || from == to {
        return Ok(true);
    }
    let back = cast_with_options(fitted, from, &CastOptions::default())?;
    Ok(!distinct(&back, source)?.values().iter().any(|differs| differs))
}

fn fit_batch(batch: &RecordBatch, target: &SchemaRef) -> Result<RecordBatch> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = target.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        None => Ok(arrow::array::new_null_array(field.data_type(), batch.num_rows())),
        Some(column) => {
            let misfit = || {
                let text = format!("column `{}` does not fit type {}", field.name(), field.data_type());
                Error::new(Code::SCHEMA_MISMATCH, text)
            };
            let fitted = cast_with_options(column, field.data_type(), &options).map_err(|e| misfit().caused_by(e))?;
            match keeps_values(column, &fitted).map_err(|e| misfit().caused_by(e))? {
                true => Ok(fitted),
                false => {
                    Err(misfit().with_hint("a value would lose its fraction; round it first, or widen the column"))
                }
            }
        }
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    // Nulls in required columns are found by the writer, which names the column.
    let relaxed =
        target.fields().iter().map(|field| Arc::new(field.as_ref().clone().with_nullable(true))).collect::<Vec<_>>();
    RecordBatch::try_new(Arc::new(Schema::new(relaxed)), columns).map_err(|e| of_datafusion(DataFusionError::from(e)))
}
