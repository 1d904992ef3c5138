//! What `DELETE`, `UPDATE` and `MERGE` share: finding the files that hold the rows, writing what takes their place, and one
//! commit for both; all of it again when another writer came in between.
//!
//! Files are never changed. A statement first finds, with a query, which files hold rows that it means; then a second one
//! writes those files anew, through the same distributed write that `INSERT` uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, UInt32Type};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, TableReference};
use datafusion::datasource::source_as_provider;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{DmlStatement, Expr, LogicalPlan, LogicalPlanBuilder, lit};
use deltalake_core::kernel::Remove;
use deltalake_core::protocol::DeltaOperation;
use futures::TryStreamExt;
use huitong_catalog::names::TableName;
use huitong_catalog::state::ObjectRow;
use huitong_catalog::{Code, Error, Result};

use super::query::{self, Planned};
use super::write::Columns;
use super::{Parsed, table_name, write};
use crate::compaction::Changing;
use crate::error::{of_datafusion, of_delta};
use crate::lineage;
use crate::session::{Done, Door, Session, StatementContext};
use crate::tables::scan::{self, FILE, TableScan};
use crate::tables::version::{DataFile, TableVersion};
use crate::write::commit::{self, Committed, Files, Replacement};
use crate::write::spelling;

/// How often a statement is computed anew because other writers changed the table meanwhile.
const ATTEMPTS: usize = 8;

/// The table that a statement changes, at the version that it read.
pub struct Target {
    pub name: TableName,
    pub object: ObjectRow,
    pub scan: TableScan,
    /// What the statement calls the table.
    pub reference: TableReference,
    /// Small files are not put together meanwhile; none for the statement that does that.
    _changing: Option<Changing>,
}

/// What a statement makes of a version.
pub struct Change {
    pub target: Target,
    /// Files that give way, with the number of their rows that the statement means.
    pub touched: BTreeMap<usize, u64>,
    pub added: Files,
    /// Rows deleted, updated or inserted.
    pub rows: u64,
    pub operation: DeltaOperation,
}

/// Computes a change and commits it; once more from the start if another writer came in between.
pub async fn run<'a, F>(
    session: &'a Session,
    parsed: &'a Parsed,
    command: &'static str,
    compute: impl Fn(StatementContext, DmlStatement) -> F,
) -> Result<Done>
where
    F: Future<Output = Result<Change>> + 'a,
{
    repeat(command, session, || async {
        let context = session.statement_context()?;
        let provenance = write::provenance(session, &context.id);
        let planned = context.plan(parsed).await?;
        let found = lineage::of_plan(&context, &planned, async |closed| closed.plan(parsed).await).await;
        let LogicalPlan::Dml(statement) = planned else {
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("this form of {command} is not supported")));
        };
        let sources = lineage::rows(session, &context, &table_name(session, &statement.table_name)?, &found, true);
        let change = compute(context, statement).await?;
        if !change.touched.is_empty() || change.added.rows > 0 {
            lineage::extend(session, sources).await?;
        }
        Ok((change, provenance))
    })
    .await
}

/// The same for a change that is computed in another way.
pub async fn repeat<F>(command: &'static str, session: &Session, compute: impl Fn() -> F) -> Result<Done>
where
    F: Future<Output = Result<(Change, commit::Provenance)>>,
{
    for _ in 0..ATTEMPTS {
        let (change, provenance) = compute().await?;
        let rows = Some(change.rows);
        if change.touched.is_empty() && change.added.rows == 0 {
            return Ok(Done { command, rows: Some(0) });
        }
        let (session, table) = (session.clone(), change.target.name.to_string());
        let replaced = write::to_the_end(async move { commit(&session, change, provenance).await }).await?;
        match replaced {
            Committed::As(_) => return Ok(Done { command, rows }),
            Committed::Overtaken => tracing::info!(table, "another writer came in between; the statement begins anew"),
        }
    }
    Err(Error::new(
        Code::COMMIT_CONFLICT,
        format!("other writers changed the table {ATTEMPTS} times during the statement"),
    )
    .with_hint("nothing was changed; try again when the table is quieter"))
}

/// Commits a change, unless another writer came in between; then what it has written goes.
pub async fn commit(session: &Session, change: Change, provenance: commit::Provenance) -> Result<Committed> {
    let Change { target, touched, added, operation, .. } = change;
    let (engine, location) = (session.engine(), target.object.definition.clone());
    let version = target.scan.version();
    let data_change = !added.is_rearranged();
    let removed = touched.keys().map(|number| removal(&version.files[*number], engine.now_ms(), data_change)).collect();
    let written: Vec<String> = added.paths().map(str::to_owned).collect();
    let replacement = Replacement { base: version.snapshot.clone(), removed, added, operation };
    let told = |e| of_delta(e, &target.name.to_string());
    let paths: Vec<&str> = touched.keys().map(|number| version.files[*number].log_path.as_str()).collect();
    let log = spelling::kept(engine.lake().log(&location)?, [version.snapshot.as_ref()], paths).await.map_err(told)?;
    let replaced = commit::replace(replacement, log, &provenance).await.map_err(told)?;
    if replaced == Committed::Overtaken {
        engine.lake().remove_files(&location, &written).await;
    }
    Ok(replaced)
}

fn removal(file: &DataFile, now_ms: i64, data_change: bool) -> Remove {
    Remove {
        path: file.log_path.clone(),
        data_change,
        deletion_timestamp: Some(now_ms),
        extended_file_metadata: Some(true),
        partition_values: Some(file.log_partition_values.clone()),
        size: i64::try_from(file.size_bytes).ok(),
        ..Remove::default()
    }
}

impl Target {
    /// The table of a planned statement, if it is one that this session may change.
    pub async fn of(session: &Session, statement: &DmlStatement) -> Result<Self> {
        let name = table_name(session, &statement.table_name)?;
        let object = write::table_of_rows(session, &name)?;
        let provider = source_as_provider(&statement.target).map_err(of_datafusion)?;
        let Some(scan) = scan::downcast(&provider).cloned() else {
            // A table that is read by other means; why says its version.
            return Err(write::target_of_rows(session, &name)
                .await
                .err()
                .unwrap_or_else(|| write::not_written(&name, "a view")));
        };
        write::check_writable(scan.version(), &name)?;
        if scan.version().is_append_only() {
            let text = format!("table `{name}` is append-only (delta.appendOnly)");
            return Err(Error::new(Code::UNSUPPORTED_TABLE_FEATURE, text));
        }
        let changing = Some(session.engine().compaction().changing(&name));
        Ok(Self { name, object, scan, reference: statement.table_name.clone(), _changing: changing })
    }

    /// A model, all of whose rows are changed.
    pub fn of_model(name: TableName, object: ObjectRow, scan: TableScan) -> Self {
        let reference = TableReference::partial(name.schema(), name.table());
        Self { name, object, scan, reference, _changing: None }
    }

    /// The newest version of a table, if this session may change it.
    pub async fn newest(session: &Session, name: &TableName, reference: &TableReference) -> Result<Self> {
        let engine = session.engine();
        let changing = (session.door() != Door::Compaction).then(|| engine.compaction().changing(name));
        let (object, version) = write::target(session, name).await?;
        let scan = TableScan::new(version, engine.lake().store_url());
        Ok(Self { name: name.clone(), object, scan, reference: reference.clone(), _changing: changing })
    }

    pub fn version(&self) -> &Arc<TableVersion> {
        self.scan.version()
    }

    /// The table's columns, as `plan` qualifies them.
    pub fn columns(&self, plan: &LogicalPlan) -> Result<Vec<Expr>> {
        let column = |field: &Arc<arrow::datatypes::Field>| column(plan, field.name());
        self.version().schema.fields().iter().map(column).collect()
    }

    /// Rows of the files that are written anew; none if the log does not say for one of them.
    pub fn rows(&self, files: impl IntoIterator<Item = usize>) -> Option<u64> {
        files.into_iter().map(|number| self.version().files[number].rows()).sum()
    }

    /// Writes the rows of `plan` into new files of the table.
    pub async fn write(&self, session: &Session, context: &StatementContext, plan: LogicalPlan) -> Result<Files> {
        let input = write::cast(plan, &self.version().schema)?;
        let columns = Columns::of(self.version());
        write::write(session, context.clone(), input, &self.object.definition, &self.name, columns).await
    }
}

/// The column of that name.
pub fn column(plan: &LogicalPlan, name: &str) -> Result<Expr> {
    let found = plan.schema().qualified_field_with_unqualified_name(name).map_err(of_datafusion)?;
    Ok(Expr::Column(Column::from(found)))
}

/// How many rows of a numbered `plan` each file holds; files without any are left out.
pub async fn count_by_file(
    session: &Session,
    context: &StatementContext,
    plan: LogicalPlan,
) -> Result<BTreeMap<usize, u64>> {
    let file = column(&plan, FILE)?;
    let counted = LogicalPlanBuilder::from(plan)
        .aggregate([file], [count(lit(1i64))])
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let mut files = BTreeMap::new();
    for batch in collect(session, context, counted).await? {
        let (numbers, counts) =
            (batch.column(0).as_primitive::<UInt32Type>(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            files.insert(numbers.value(row) as usize, u64::try_from(counts.value(row)).unwrap_or_default());
        }
    }
    Ok(files)
}

/// How many rows `plan` has.
pub async fn count_rows(session: &Session, context: &StatementContext, plan: LogicalPlan) -> Result<u64> {
    let counted = LogicalPlanBuilder::from(plan)
        .aggregate(Vec::<Expr>::new(), [count(lit(1i64))])
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let batches = collect(session, context, counted).await?;
    let counts = batches.iter().filter(|batch| batch.num_rows() > 0);
    let count = counts.map(|batch| batch.column(0).as_primitive::<Int64Type>().value(0)).next().unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

async fn collect(session: &Session, context: &StatementContext, plan: LogicalPlan) -> Result<Vec<RecordBatch>> {
    let choice = query::choice(session, context, &plan).await?;
    let rows = query::start(session, Planned::new(plan, context.clone(), choice)).await?;
    rows.stream.try_collect().await.map_err(of_datafusion)
}

/// Refuses an expression that two evaluations may answer differently: a row is looked at more than once.
pub fn refuse_volatile<'a>(expressions: impl IntoIterator<Item = &'a Expr>, command: &str) -> Result<()> {
    for expression in expressions {
        if expression.is_volatile() {
            return Err(volatile(command));
        }
        let mut queries = Vec::new();
        let walked = expression.apply(|part| {
            queries.extend(match part {
                Expr::InSubquery(query) => Some(query.subquery.subquery.clone()),
                Expr::Exists(query) => Some(query.subquery.subquery.clone()),
                Expr::ScalarSubquery(query) => Some(query.subquery.clone()),
                _ => None,
            });
            Ok(TreeNodeRecursion::Continue)
        });
        walked.map_err(of_datafusion)?;
        queries.iter().try_for_each(|query| refuse_volatile_plan(query, command))?;
    }
    Ok(())
}

/// The same for every expression of a query.
pub fn refuse_volatile_plan(plan: &LogicalPlan, command: &str) -> Result<()> {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            found |= expression.is_volatile();
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.map_err(of_datafusion)?;
    if found { Err(volatile(command)) } else { Ok(()) }
}

fn volatile(command: &str) -> Error {
    let text = format!("a function whose answer changes between calls cannot choose the rows of {command}");
    Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("store its values in a table first")
}

/// The last look before a commit: no row may be gone or doubled on the way.
pub fn check_rows(expected: Option<u64>, written: u64, table: &TableName) -> Result<()> {
    match expected {
        Some(expected) if expected != written => Err(Error::new(
            Code::INTERNAL,
            format!("writing `{table}` anew gave {written} rows instead of {expected}; nothing was changed"),
        )),
        _ => Ok(()),
    }
}

/// The numbers of some files.
pub fn numbers(files: &BTreeMap<usize, u64>) -> BTreeSet<usize> {
    files.keys().copied().collect()
}
