//! `COPY (query) TO 'path' | 's3://bucket/prefix/file'`.

mod file;
mod object;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::dml::CopyTo;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{EmptyRecordBatchStream, execute_stream};
use futures::TryStreamExt;
use huitong_catalog::identity::Office;
use huitong_catalog::{Code, Error, Result};

use self::file::Unfinished;
use super::query::{self, Planned};
use super::{Parsed, write};
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::session::{Done, Session};
use crate::stores::held::{self, Held};

/// Writes a query's rows into one file: below an allowed directory of the coordinator, or below an allowed prefix of the bucket;
/// administrators only. The file appears whole or not at all, over what was there before.
pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    session.principal().require(Office::System, "copy rows into the server's files")?;
    let context = session.statement_context()?;
    let LogicalPlan::Copy(copy) = context.plan(parsed).await? else {
        return Err(unsupported("this form of COPY is not supported"));
    };
    let destination = Destination::of(session, &copy)?;
    write::check_columns(copy.input.schema().fields())?;
    let choice = query::choice(session, &context, &copy.input).await?;
    let rows = query::start(session, Planned::new(copy.input.as_ref().clone(), context.clone(), choice)).await?;
    let local = context.state(Target::Local);
    let rows = match destination {
        Destination::File(file) => {
            let unfinished = Unfinished::beside(&file, &context.id);
            let url = unfinished.path().to_string_lossy().into_owned();
            let written = write_rows(copy, rows.stream, url, local).await?;
            unfinished.finish(&file)?;
            written
        }
        Destination::Object(held) => {
            let (held, url) = (Arc::new(held), copy.output_url.clone());
            let state = object::state(local, held.clone())?;
            let written = write_rows(copy, rows.stream, held::URL.to_owned(), state).await?;
            write::to_the_end(async move { object::publish(&held, &url).await }).await?;
            written
        }
    };
    Ok(Done { command: "COPY", rows })
}

enum Destination {
    File(PathBuf),
    Object(Held),
}

impl Destination {
    /// Where the copy goes, if it may.
    fn of(session: &Session, copy: &CopyTo) -> Result<Self> {
        if !copy.partition_by.is_empty() {
            return Err(unsupported("COPY writes one file, not a directory").with_hint("leave PARTITIONED BY out"));
        }
        match copy.output_url.strip_prefix("s3://") {
            Some(place) => object::destination(session, place).map(Self::Object),
            None => file::destination(session, copy).map(Self::File),
        }
    }
}

/// Writes rows that are already running into the one file that `url` names in `state`; answers with how many they were.
async fn write_rows(
    copy: CopyTo,
    rows: SendableRecordBatchStream,
    url: String,
    state: SessionState,
) -> Result<Option<u64>> {
    let plan = into_file(copy, rows, url)?;
    let plan = state.create_physical_plan(&plan).await.map_err(of_datafusion)?;
    let stream = execute_stream(plan, state.task_ctx()).map_err(of_datafusion)?;
    let counts: Vec<RecordBatch> = stream.try_collect().await.map_err(of_datafusion)?;
    let count = counts.iter().find(|batch| batch.num_rows() > 0);
    Ok(count.map(|batch| batch.column(0).as_primitive::<UInt64Type>().value(0)))
}

/// The copy of rows into one file.
fn into_file(copy: CopyTo, rows: SendableRecordBatchStream, url: String) -> Result<LogicalPlan> {
    let (schema, rows) = (rows.schema(), Arc::new(Once::new(rows)));
    let table = StreamingTable::try_new(schema, vec![rows]).map_err(of_datafusion)?;
    let input = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(table)), None)
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let mut options = copy.options;
    options.insert("single_file_output".to_owned(), "true".to_owned());
    Ok(LogicalPlan::Copy(CopyTo::new(Arc::new(input), url, Vec::new(), copy.file_type, options)))
}

/// A stream as the only part of a table; it can be read once.
struct Once {
    schema: SchemaRef,
    rows: Mutex<Option<SendableRecordBatchStream>>,
}

impl Once {
    fn new(rows: SendableRecordBatchStream) -> Self {
        Self { schema: rows.schema(), rows: Mutex::new(Some(rows)) }
    }
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        rows.unwrap_or_else(|| Box::pin(EmptyRecordBatchStream::new(self.schema.clone())))
    }
}

fn unsupported(text: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("write `COPY (query) TO 'path'`")
}
