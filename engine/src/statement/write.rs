//! What statements that write tables share: casting rows to stored types, running the write, opening the target.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Fields, Schema, SchemaRef};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use futures::TryStreamExt;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{ObjectKind, ObjectRow};
use huitong_catalog::{Code, Error, Result};

use super::query::{self, Planned};
use super::{lengths, partitions};
use crate::engine::Engine;
use crate::error::{of_datafusion, of_delta};
use crate::namespace::Names;
use crate::planning::Target;
use crate::session::{Session, StatementContext};
use crate::tables::version::{Reading, TableVersion};
use crate::write::checks::{self, Check};
use crate::write::columns::stored_field;
use crate::write::commit::{self, Committed, Files, Provenance};
use crate::write::node::{Layout, WriteNode, WriteSpec};
use crate::write::tally::Tally;

/// Size that files of a table are to have unless it says otherwise.
const FILE_BYTES_TARGET: u64 = 128 * 1024 * 1024;

/// The columns of a table that is written.
#[derive(Clone)]
pub struct Columns<'a> {
    pub schema: &'a SchemaRef,
    /// Names of those whose values are in the log.
    pub partitions: &'a [String],
    pub checks: Vec<Check>,
    /// Size at which a new file is begun.
    pub file_bytes_target: u64,
    pub layout: Option<Layout>,
}

impl<'a> Columns<'a> {
    pub fn of(version: &'a TableVersion) -> Self {
        Self {
            checks: version.checks(),
            file_bytes_target: file_bytes_target(version),
            ..Self::new(&version.schema, &version.partition_columns)
        }
    }

    /// Those of a new table.
    pub fn new(schema: &'a SchemaRef, partitions: &'a [String]) -> Self {
        Self { schema, partitions, checks: Vec::new(), file_bytes_target: FILE_BYTES_TARGET, layout: None }
    }
}

/// The size that files of a table are to have.
pub fn file_bytes_target(version: &TableVersion) -> u64 {
    version.file_bytes_target().unwrap_or(FILE_BYTES_TARGET)
}

/// Runs `input` as a write into `location`, on whichever back end the session's settings choose.
pub async fn write(
    session: &Session,
    context: StatementContext,
    input: LogicalPlan,
    location: &str,
    table: &TableName,
    columns: Columns<'_>,
) -> Result<Files> {
    let engine = session.engine();
    let input = checks::append(&context.state(Target::Local), input, &columns.checks)?;
    let spec = spec(engine, location, table, columns)?;
    let _tally = Tally::begin(spec.table.clone());
    let choice = query::choice(session, &context, &input).await?;
    let plan = WriteNode::plan(input, spec).map_err(of_datafusion)?;
    let rows = query::start(session, Planned::new(plan, context, choice)).await?;
    let batches: Vec<RecordBatch> = rows.stream.try_collect().await.map_err(of_datafusion)?;
    files(engine, &batches, location)
}

/// The files that a write names.
pub fn files(engine: &Engine, batches: &[RecordBatch], location: &str) -> Result<Files> {
    let files = Files::read(batches, &engine.lake().path(location)?, engine.now_ms());
    files.map_err(|e| Error::new(Code::INTERNAL, "a write named its files in a way that cannot be read").caused_by(e))
}

/// How files of a table are written.
pub fn spec(engine: &Engine, location: &str, table: &TableName, columns: Columns<'_>) -> Result<WriteSpec> {
    let Columns { schema, partitions, checks, file_bytes_target, layout } = columns;
    let required = schema.fields().iter().filter(|field| !field.is_nullable()).map(|field| field.name().clone());
    Ok(WriteSpec {
        store: engine.lake().store_url().to_string(),
        directory: engine.lake().path(location)?.to_string(),
        file_bytes_target,
        required: required.collect(),
        lengths: lengths::declared(schema),
        partitions: partitions.to_vec(),
        checks,
        layout,
        table: table.to_string(),
    })
}

/// The columns that a table of these columns stores.
pub fn stored_schema(schema: &Schema) -> Result<SchemaRef> {
    let fields = schema.fields().iter().map(|field| {
        stored_field(field).ok_or_else(|| {
            Error::new(
                Code::TYPE_MISMATCH,
                format!("column `{}` has type {}, which a table cannot store", field.name(), field.data_type()),
            )
            .with_hint("cast it to another type")
        })
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Schema::new(fields));
    check_columns(schema.fields())?;
    Ok(schema)
}

/// A table needs columns, and two whose names differ only in case are one on some readers.
pub fn check_columns(fields: &Fields) -> Result<()> {
    if fields.is_empty() {
        return Err(Error::new(Code::TYPE_MISMATCH, "a table needs at least one column"));
    }
    let mut seen = std::collections::HashSet::new();
    match fields.iter().find(|field| !seen.insert(field.name().to_lowercase())) {
        Some(twice) => Err(Error::new(Code::AMBIGUOUS_NAME, format!("column `{}` appears twice", twice.name()))
            .with_hint("give each column a name of its own with AS")),
        None => Ok(()),
    }
}

/// Casts the columns of `input`, by position, to `schema`.
pub fn cast(input: LogicalPlan, schema: &Schema) -> Result<LogicalPlan> {
    let told = of_datafusion;
    let source = input.schema().clone();
    let columns = source.columns().into_iter().zip(schema.fields()).map(|(column, field)| {
        let expression = Expr::Column(column).cast_to(field.data_type(), source.as_ref())?;
        Ok(expression.alias(field.name()))
    });
    let columns = columns.collect::<datafusion::error::Result<Vec<_>>>().map_err(told)?;
    LogicalPlanBuilder::from(input).project(columns).and_then(LogicalPlanBuilder::build).map_err(told)
}

/// A table that can be altered and kept in order: ours, of a form that we write.
pub async fn target(session: &Session, name: &TableName) -> Result<(ObjectRow, Arc<TableVersion>)> {
    let object = own_table(session, name)?;
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    check_writable(&version, name)?;
    Ok((object, version))
}

/// The same, for a statement that changes its rows.
pub async fn target_of_rows(session: &Session, name: &TableName) -> Result<(ObjectRow, Arc<TableVersion>)> {
    let object = table_of_rows(session, name)?;
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    check_writable(&version, name)?;
    Ok((object, version))
}

/// A table of the lake whose rows this session's principal may change.
pub fn table_of_rows(session: &Session, name: &TableName) -> Result<ObjectRow> {
    let object = lake_table(&session.names(), name)?;
    session.access().require_change(&object)?;
    Ok(object)
}

/// A table of the lake that this session's principal may alter and keep in order.
pub fn own_table(session: &Session, name: &TableName) -> Result<ObjectRow> {
    let object = lake_table(&session.manageable(), name)?;
    super::table::require_manager(session, &object)?;
    Ok(object)
}

/// A table or model of the lake whose files this session's principal may keep in order.
pub fn own_files(session: &Session, name: &TableName) -> Result<ObjectRow> {
    let names = session.manageable();
    let model = names.object(name).filter(|object| object.kind == ObjectKind::Model);
    match model {
        None => own_table(session, name),
        Some(model) => super::table::require_manager(session, model).map(|()| model.clone()),
    }
}

/// A table of the lake among these names.
pub fn lake_table(names: &Names, name: &TableName) -> Result<ObjectRow> {
    let object = names.object(name).ok_or_else(|| names.unknown_table(&name.to_string()))?.clone();
    let not = |why: &str| {
        let text = format!("`{name}` is a {}; {why}", object.kind.as_str());
        Err(Error::new(Code::UNSUPPORTED_STATEMENT, text))
    };
    match object.kind {
        ObjectKind::Table => Ok(object),
        ObjectKind::Model => {
            not("it changes as a whole").map_err(|e: Error| e.with_hint("write CREATE OR REPLACE MODEL"))
        }
        ObjectKind::View | ObjectKind::Parquet | ObjectKind::Delta => not("rows can be changed in tables only"),
    }
}

/// Refuses a version that asks something of its writers which ours does not do, and names it.
pub fn check_writable(version: &TableVersion, name: &TableName) -> Result<()> {
    let is_key =
        |name: &&String| version.schema.field_with_name(name).is_ok_and(|field| partitions::is_key(field.data_type()));
    let odd_partition = || {
        let column = version.partition_columns.iter().find(|name| !is_key(name))?;
        Some(format!("a partition column of type {}", version.schema.field_with_name(column).ok()?.data_type()))
    };
    let other_reading = || match &version.reading {
        Reading::Parquet => None,
        Reading::DeltaRs(why) => Some(why.clone()),
    };
    match version.unsupported_for_writing().or_else(other_reading).or_else(odd_partition) {
        None => Ok(()),
        Some(feature) => Err(not_written(name, &feature)),
    }
}

/// Adds files to a table with one commit, unless another writer has changed its columns since `version`, for which they were
/// written. Goes on to the end even if whoever waits for it goes away.
pub async fn append(
    session: &Session,
    (object, version): (&ObjectRow, &TableVersion),
    files: Files,
    provenance: Provenance,
) -> Result<()> {
    if files.rows == 0 {
        return Ok(());
    }
    let compaction = session.engine().compaction();
    let (session, object, name, base) =
        (session.clone(), object.clone(), object.name.clone(), version.snapshot.clone());
    let appended = to_the_end(async move {
        let (lake, name) = (session.engine().lake(), object.name.to_string());
        let log = lake.log(&object.definition)?;
        let written: Vec<String> = files.paths().map(str::to_owned).collect();
        match commit::append(base, files, log, &provenance).await.map_err(|e| of_delta(e, &name))? {
            Committed::As(_) => Ok(()),
            Committed::Overtaken => {
                lake.remove_files(&object.definition, &written).await;
                let text = format!("table `{name}` was changed during the statement");
                Err(Error::new(Code::COMMIT_CONFLICT, text).with_hint("nothing was written; try again"))
            }
        }
    });
    appended.await?;
    compaction.appended(&name, version);
    Ok(())
}

/// Refuses a table for what it uses.
pub fn not_written(name: &TableName, feature: &str) -> Error {
    let text = format!("table `{name}` uses `{feature}`, which huitong does not write");
    Error::new(Code::UNSUPPORTED_TABLE_FEATURE, text).with_hint("write it with the engine that set the feature")
}

/// Finishes a change even if whoever waits for it goes away: a client that hangs up must not cut it in the middle.
pub async fn to_the_end<T: Send + 'static>(finish: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let finished = tokio::spawn(finish).await;
    finished.map_err(|e| Error::new(Code::INTERNAL, "the change broke").caused_by(e))?
}

pub fn provenance(session: &Session, query_id: &str) -> Provenance {
    Provenance {
        query_id: query_id.to_owned(),
        user: session.principal().name.clone(),
        once: session.once().map(str::to_owned),
    }
}
