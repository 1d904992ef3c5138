//! `COPY (query) TO 'path'`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::dml::CopyTo;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{EmptyRecordBatchStream, execute_stream};
use futures::TryStreamExt;
use huitong_catalog::state::ObjectKind;
use huitong_catalog::{Code, Error, Result};

use super::query::{self, Planned};
use super::{Parsed, write};
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::session::{Done, Session};
use crate::stores::canonical;
use crate::tables::external;

/// Writes a query's rows into one file below an allowed root of the coordinator; administrators only. The file appears whole
/// or not at all: it is written beside its place and then moved there, over what was there before.
pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    session.principal().require_admin("copy rows into the server's files")?;
    let context = session.statement_context()?;
    let LogicalPlan::Copy(copy) = context.plan(parsed).await? else {
        return Err(unsupported("this form of COPY is not supported"));
    };
    let file = destination(session, &copy)?;
    write::check_columns(copy.input.schema().fields())?;
    let choice = query::choice(session, &context, &copy.input).await?;
    let rows = query::start(session, Planned::new(copy.input.as_ref().clone(), context.clone(), choice)).await?;
    let unfinished = Unfinished::beside(&file, &context.id);
    let plan = into_file(copy, rows.stream, &unfinished.0)?;
    let local = context.context(Target::Local);
    let plan = local.state().create_physical_plan(&plan).await.map_err(of_datafusion)?;
    let stream = execute_stream(plan, local.task_ctx()).map_err(of_datafusion)?;
    let counts: Vec<RecordBatch> = stream.try_collect().await.map_err(of_datafusion)?;
    unfinished.finish(&file)?;
    let count = counts.iter().find(|batch| batch.num_rows() > 0);
    Ok(Done { command: "COPY", rows: count.map(|batch| batch.column(0).as_primitive::<UInt64Type>().value(0)) })
}

/// Where the file goes, if it may.
fn destination(session: &Session, copy: &CopyTo) -> Result<PathBuf> {
    let path = external::local_path(&copy.output_url);
    let file = Path::new(&path);
    if !copy.partition_by.is_empty() || path.ends_with('/') || file.is_dir() || file.file_name().is_none() {
        return Err(unsupported("COPY writes one file, not a directory").with_hint("name the file"));
    }
    let engine = session.engine();
    // The lake is a root too, but what lies there belongs to tables.
    if !file.is_absolute() || !engine.stores().allows(file) || engine.lake().holds(file) {
        return Err(external::not_allowed(&copy.output_url));
    }
    let is_external = |kind| matches!(kind, ObjectKind::Parquet | ObjectKind::Delta);
    let resolved = |path: &Path| canonical(path).unwrap_or_else(|_| path.to_owned());
    let place = resolved(file);
    let names = session.names();
    let mut tables = names.objects().filter(|object| is_external(object.kind));
    match tables.find(|table| place.starts_with(resolved(Path::new(&external::local_path(&table.definition))))) {
        None => Ok(file.to_owned()),
        Some(table) => {
            let text = format!("`{path}` belongs to the external table `{}`", table.name);
            Err(Error::new(Code::LOCATION_NOT_ALLOWED, text)
                .with_hint("copy to another place, or drop that table first"))
        }
    }
}

/// The copy of rows that are already running, into `file`.
fn into_file(copy: CopyTo, rows: SendableRecordBatchStream, file: &Path) -> Result<LogicalPlan> {
    let (schema, rows) = (rows.schema(), Arc::new(Once::new(rows)));
    let table = StreamingTable::try_new(schema, vec![rows]).map_err(of_datafusion)?;
    let input = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(table)), None)
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let mut options = copy.options;
    options.insert("single_file_output".to_owned(), "true".to_owned());
    let url = file.to_string_lossy().into_owned();
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

/// A file that is being written; unless it is finished, it goes.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(file: &Path, id: &str) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let short = id.get(..8).unwrap_or(id);
        // A long name must not become too long.
        let kept: String = name.chars().take(40).collect();
        Self(file.with_file_name(format!(".{kept}.{short}.part")))
    }

    fn finish(self, file: &Path) -> Result<()> {
        let moved = std::fs::rename(&self.0, file);
        moved.map_err(|e| {
            Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {e}", file.display())).caused_by(e)
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(file = %self.0.display(), %error, "file of an unfinished COPY is left behind");
            }
            _ => {}
        }
    }
}

fn unsupported(text: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("write `COPY (query) TO 'path'`")
}
