//! Which back end a plan runs on, and why.

use std::any::Any;

use datafusion::catalog::information_schema::INFORMATION_SCHEMA;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::{MemTable, source_as_provider};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use datafusion::logical_expr::{LogicalPlan, TableType};
use huitong_catalog::{Code, Error, Result};

use crate::error::of_datafusion;
use crate::planning::Target;
use crate::system;
use crate::tables::external::ExternalFiles;
use crate::tables::scan;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    #[default]
    Auto,
    Local,
    Staged,
}

/// A back end with the reason, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub staged: bool,
    pub reason: String,
    /// Whether a local run that has no memory left before its first row is begun again on the cluster.
    pub staged_next: bool,
    /// Memory of this process that it is thought to need.
    pub memory_bytes: u64,
    /// Whether it waits for its turn. What only lists what there is does not: it is how one looks at a queue.
    pub queues: bool,
}

impl Choice {
    /// This process and no other.
    pub fn local(reason: impl Into<String>) -> Self {
        Self { staged: false, reason: reason.into(), staged_next: false, memory_bytes: 0, queues: false }
    }
}

/// What is known before choosing.
pub struct Facts<'a> {
    /// The statement, not optimised.
    pub plan: &'a LogicalPlan,
    /// Makes the state with the settings of a target, which takes a good part of a millisecond: most choices need none.
    pub state: &'a (dyn Fn(Target) -> SessionState + Sync),
    /// Whether there is a cluster with an executor that is alive.
    pub cluster: bool,
    /// Estimated bytes up to which `auto` stays here.
    pub local_bytes_max: u64,
    /// Memory of all statements here.
    pub memory_bytes: u64,
}

/// What is read takes more room in memory than in its compressed files.
const MEMORY_FOR_READ: u64 = 3;

/// Chooses. A forced back end that cannot run the plan is an error; `auto` never is.
pub async fn choose(wish: Wish, facts: Facts<'_>) -> Result<Choice> {
    if reads_lists_only(facts.plan)? {
        return Ok(Choice::local("lists of what there is are made here"));
    }
    let of_tables = bytes_of_tables(facts.plan)?;
    // Operators spill: half of the memory is enough for any statement to begin.
    let memory_bytes = of_tables.unwrap_or_default().saturating_mul(MEMORY_FOR_READ).min(facts.memory_bytes / 2);
    let choice = place(wish, facts, of_tables).await?;
    Ok(Choice { queues: true, memory_bytes: if choice.staged { 0 } else { memory_bytes }, ..choice })
}

/// `of_tables`: bytes of all files of the tables, if they are known.
async fn place(wish: Wish, facts: Facts<'_>, of_tables: Option<u64>) -> Result<Choice> {
    let local = |reason: String| Ok(Choice::local(reason));
    let local_first = |reason: String| Ok(Choice { staged_next: true, ..Choice::local(reason) });
    match wish {
        Wish::Local => return local("set by `huitong.backend`".into()),
        Wish::Staged if !facts.cluster => {
            return Err(
                Error::new(Code::NO_EXECUTOR, "no executor is alive").with_hint("use `SET huitong.backend = 'auto'`")
            );
        }
        Wish::Staged => return distributable(&facts).await.map(|()| staged("set by `huitong.backend`".into())),
        Wish::Auto => {}
    }
    if !facts.cluster {
        return local("no executor is alive".into());
    }
    // Most queries are over small tables, and optimising a plan only to choose its back end costs milliseconds.
    if let Some(bytes) = of_tables.filter(|bytes| *bytes <= facts.local_bytes_max) {
        return local_first(format!("reads at most {bytes} bytes, and {} stay local", facts.local_bytes_max));
    }
    let bytes = estimated_bytes(facts.plan, &(facts.state)(Target::Local)).await?;
    if bytes <= facts.local_bytes_max {
        return local_first(format!("reads about {bytes} bytes, at most {} stay local", facts.local_bytes_max));
    }
    match distributable(&facts).await {
        Ok(()) => Ok(staged(format!("reads about {bytes} bytes"))),
        Err(refusal) if refusal.code == Code::NOT_DISTRIBUTABLE => local(refusal.message),
        Err(error) => Err(error),
    }
}

fn staged(reason: String) -> Choice {
    Choice { staged: true, ..Choice::local(reason) }
}

/// Plans for the cluster, which refuses what cannot be cut into tasks.
async fn distributable(facts: &Facts<'_>) -> Result<()> {
    (facts.state)(Target::Staged).create_physical_plan(facts.plan).await.map(drop).map_err(of_datafusion)
}

/// Whether all tables of a plan are lists that this process makes: there is at least one, and none of the city's.
fn reads_lists_only(plan: &LogicalPlan) -> Result<bool> {
    let (mut lists, mut others) = (false, false);
    let visit = |node: &LogicalPlan| {
        if let LogicalPlan::TableScan(table) = node {
            // Rows in memory are such a list too: that of a door.
            let is_list = matches!(table.table_name.schema(), Some(system::SCHEMA | INFORMATION_SCHEMA))
                || table.source.table_type() == TableType::Temporary
                || source_as_provider(&table.source).is_ok_and(|table| (table.as_ref() as &dyn Any).is::<MemTable>());
            lists |= is_list;
            others |= !is_list;
        }
        Ok(TreeNodeRecursion::Continue)
    };
    plan.apply_with_subqueries(visit).map_err(of_datafusion)?;
    Ok(lists && !others)
}

/// Bytes of all files of the tables that a plan names; none if it names something of unknown size.
fn bytes_of_tables(plan: &LogicalPlan) -> Result<Option<u64>> {
    let mut bytes = Some(0u64);
    let visit = |node: &LogicalPlan| {
        if let LogicalPlan::TableScan(table) = node {
            let provider = source_as_provider(&table.source).ok();
            let size = provider.as_ref().and_then(scan::beneath).map(|scan| scan.version().size_bytes());
            bytes = bytes.zip(size).map(|(sum, size)| sum.saturating_add(size));
        }
        Ok(if bytes.is_some() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    };
    plan.apply_with_subqueries(visit).map_err(of_datafusion)?;
    Ok(bytes)
}

/// Bytes of the files that the plan's scans leave after pruning, scaled to the columns read.
pub async fn estimated_bytes(plan: &LogicalPlan, state: &SessionState) -> Result<u64> {
    let told = of_datafusion;
    let optimised = state.optimize(plan).map_err(told)?;
    let mut bytes = 0u64;
    let mut others = Vec::new();
    let visit = |node: &LogicalPlan| {
        if let LogicalPlan::TableScan(table) = node
            && let Ok(provider) = source_as_provider(&table.source)
        {
            bytes = bytes.saturating_add(match scan::beneath(&provider) {
                Some(scan) => {
                    let filters = unnormalize_cols(table.filters.iter().cloned());
                    scan.estimated_bytes(state, table.projection.as_ref(), &filters)?
                }
                None => {
                    others.push(provider);
                    0
                }
            });
        }
        Ok(TreeNodeRecursion::Continue)
    };
    optimised.apply_with_subqueries(visit).map_err(told)?;
    for provider in others {
        // The rest are tables in memory, which are small.
        if let Some(files) = (provider.as_ref() as &dyn Any).downcast_ref::<ExternalFiles>() {
            bytes = bytes.saturating_add(files.size_bytes(state).await.map_err(told)?);
        }
    }
    Ok(bytes)
}
