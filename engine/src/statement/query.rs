//! Queries: planned once, run once.

use std::future::pending;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use huitong_catalog::{Code, Error, Result};

use super::columns::{self, Told};
use super::watch::{Limits, watch};
use super::{Parsed, queue, required};
use crate::backend::Query;
use crate::backend::choose::{Choice, Facts, choose};
use crate::deadline::in_time;
use crate::error::of_datafusion;
use crate::session::{Rows, Session, StatementContext};

/// A query that is ready to start.
#[derive(Clone)]
pub struct Planned {
    pub(crate) plan: LogicalPlan,
    pub(crate) context: StatementContext,
    pub(crate) choice: Choice,
    schema: SchemaRef,
    /// Names of the answer's columns, where they are not the plan's.
    names: Option<Arc<[String]>>,
}

impl Planned {
    pub(crate) fn new(plan: LogicalPlan, context: StatementContext, choice: Choice) -> Self {
        let schema = Arc::new(plan.schema().as_arrow().clone());
        Self { plan, context, choice, schema, names: None }
    }

    fn named(self, names: Option<Arc<[String]>>) -> Self {
        let schema = names.as_ref().map_or_else(|| self.schema.clone(), |names| columns::renamed(&self.schema, names));
        Self { schema, names, ..self }
    }

    /// Rows that are there already, as the answer of a statement that lists something.
    pub(crate) fn of_rows(session: &Session, rows: RecordBatch) -> Result<Self> {
        let rows = MemTable::try_new(rows.schema(), vec![vec![rows]]).map_err(of_datafusion)?;
        let plan = LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(rows)), None)
            .and_then(LogicalPlanBuilder::build)
            .map_err(of_datafusion)?;
        Ok(Self::new(plan, session.statement_context()?, Choice::local("the rows are in this process")))
    }

    /// Columns of the answer.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The same, in which a column is said to hold no null only if that is certain.
    pub fn certain_schema(&self) -> SchemaRef {
        required::schema(&self.schema, &self.plan)
    }

    /// Whether its rows have an order that it asks for.
    pub fn is_ordered(&self) -> bool {
        let mut plan = &self.plan;
        loop {
            plan = match plan {
                LogicalPlan::Sort(_) => return true,
                LogicalPlan::Projection(node) => &node.input,
                LogicalPlan::Limit(node) => &node.input,
                LogicalPlan::SubqueryAlias(node) => &node.input,
                _ => return false,
            }
        }
    }

    pub fn query_id(&self) -> &str {
        &self.context.id
    }
}

/// Plans a query and chooses where it will run.
pub async fn plan(session: &Session, parsed: Parsed) -> Result<Planned> {
    let context = session.statement_context()?;
    let Told { plan, names } = columns::plan(&context, &parsed, session.extras().map(AsRef::as_ref)).await?;
    refuse_effects(&plan)?;
    let choice = choice(session, &context, &plan).await?;
    Ok(Planned::new(plan, context, choice).named(names))
}

/// A second look, independent of the parser's arms: a query's plan changes nothing.
fn refuse_effects(plan: &LogicalPlan) -> Result<()> {
    let mut plain = true;
    plan.apply_with_subqueries(|node| {
        plain &= !matches!(
            node,
            LogicalPlan::Dml(_) | LogicalPlan::Ddl(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_)
        );
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(of_datafusion)?;
    if plain {
        Ok(())
    } else {
        Err(Error::new(Code::UNSUPPORTED_STATEMENT, "a query cannot hold a statement that changes something"))
    }
}

/// Where a plan of this session runs.
pub(crate) async fn choice(session: &Session, context: &StatementContext, plan: &LogicalPlan) -> Result<Choice> {
    let engine = session.engine();
    let facts = Facts {
        plan,
        state: &|target| context.state(target),
        cluster: match engine.cluster() {
            Some(cluster) => cluster.ready().await,
            None => false,
        },
        local_bytes_max: engine.local_bytes_max(),
        memory_bytes: engine.memory_bytes(),
    };
    choose(context.settings.backend, facts).await
}

/// Starts a planned query under the statement's time limit.
pub async fn start(session: &Session, planned: Planned) -> Result<Rows> {
    let names = planned.names.clone();
    let rows = start_somewhere(session, planned).await?;
    let Some(names) = names else { return Ok(rows) };
    let schema = columns::renamed(&rows.stream.schema(), &names);
    let to = schema.clone();
    let stream = rows.stream.map(move |batch| Ok(columns::with_names(&batch?, &to)?));
    Ok(Rows { stream: Box::pin(RecordBatchStreamAdapter::new(schema, stream)), ..rows })
}

async fn start_somewhere(session: &Session, planned: Planned) -> Result<Rows> {
    if !planned.choice.staged_next {
        return start_once(session, planned).await;
    }
    let again = Planned {
        choice: Choice {
            staged: true,
            reason: "no memory was left here".into(),
            staged_next: false,
            memory_bytes: 0,
            ..planned.choice.clone()
        },
        ..planned.clone()
    };
    let mut rows = start_once(session, planned).await?;
    let first = match rows.stream.next().await.transpose().map_err(of_datafusion) {
        Err(error) if error.code == Code::MEMORY_LIMIT => {
            drop(rows);
            tracing::info!(query = again.context.id, %error, "run again on the cluster");
            return match start_once(session, again).await {
                Err(refusal) if [Code::NOT_DISTRIBUTABLE, Code::NO_EXECUTOR].contains(&refusal.code) => Err(error),
                outcome => outcome,
            };
        }
        first => first?,
    };
    let schema = rows.stream.schema();
    let stream = stream::iter(first.map(Ok)).chain(rows.stream);
    Ok(Rows { stream: Box::pin(RecordBatchStreamAdapter::new(schema, stream)), ..rows })
}

async fn start_once(session: &Session, planned: Planned) -> Result<Rows> {
    let ticket = match planned.choice.queues {
        false => None,
        true => queue::admit(session, &planned.context.settings, planned.choice.memory_bytes).await?,
    };
    let backend = session.engine().backend(planned.choice.staged);
    let query = Query {
        id: planned.context.id.clone(),
        user: session.principal().name.clone(),
        context: planned.context.context(backend.target()),
        plan: planned.plan,
    };
    tracing::debug!(
        query = query.id,
        user = query.user,
        backend = backend.name(),
        reason = planned.choice.reason,
        "query starts"
    );
    if let Some(trace) = session.trace() {
        trace.note(|facts| facts.backend = Some(backend.clone()));
    }
    let query_id = query.id.clone();
    let deadline = session.deadline();
    let stream = in_time(deadline, backend.start(query)).await??;
    let limits = Limits { deadline, abandoned_after: session.engine().abandoned_after() };
    let trace = session.trace().cloned();
    let ended = async move {
        match trace {
            Some(trace) => trace.ended().await,
            None => pending().await,
        }
    };
    let stream = watch(session.engine().work(), stream, limits, ended, ticket);
    Ok(Rows { query_id, backend: backend.name(), schema: planned.schema, stream })
}
