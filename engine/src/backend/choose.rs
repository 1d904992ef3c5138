//! Which back end a plan runs on, and why.

use std::any::Any;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::ListingTable;
use datafusion::datasource::source_as_provider;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use huitong_catalog::{Code, Error, Result};

use crate::error::of_datafusion;
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
}

/// What is known before choosing.
pub struct Facts<'a> {
    /// The statement, not optimised.
    pub plan: &'a LogicalPlan,
    /// State with the settings of each target.
    pub local: &'a SessionState,
    pub staged: &'a SessionState,
    /// Whether there is a cluster with an executor that is alive.
    pub cluster: bool,
    /// Estimated bytes up to which `auto` stays here.
    pub local_bytes_max: u64,
}

/// Chooses. A forced back end that cannot run the plan is an error; `auto` never is.
pub async fn choose(wish: Wish, facts: Facts<'_>) -> Result<Choice> {
    let local = |reason: String| Ok(Choice { staged: false, reason });
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
    let bytes = estimated_bytes(facts.plan, facts.local)?;
    if bytes <= facts.local_bytes_max {
        return local(format!("reads about {bytes} bytes, at most {} stay local", facts.local_bytes_max));
    }
    match distributable(&facts).await {
        Ok(()) => Ok(staged(format!("reads about {bytes} bytes"))),
        Err(refusal) if refusal.code == Code::NOT_DISTRIBUTABLE => local(refusal.message),
        Err(error) => Err(error),
    }
}

fn staged(reason: String) -> Choice {
    Choice { staged: true, reason }
}

/// Plans for the cluster, which refuses what cannot be cut into tasks.
async fn distributable(facts: &Facts<'_>) -> Result<()> {
    facts.staged.create_physical_plan(facts.plan).await.map(drop).map_err(of_datafusion)
}

/// Bytes of the files that the plan's scans leave after pruning, scaled to the columns read.
pub fn estimated_bytes(plan: &LogicalPlan, state: &SessionState) -> Result<u64> {
    let told = of_datafusion;
    let optimised = state.optimize(plan).map_err(told)?;
    let mut bytes = 0u64;
    let visit = |node: &LogicalPlan| {
        if let LogicalPlan::TableScan(table) = node
            && let Ok(provider) = source_as_provider(&table.source)
        {
            bytes = bytes.saturating_add(match scan::downcast(&provider) {
                Some(scan) => {
                    let filters = unnormalize_cols(table.filters.iter().cloned());
                    scan.estimated_bytes(state, table.projection.as_ref(), &filters)?
                }
                // Files of unknown size may be large; tables in memory are small.
                None if (provider.as_ref() as &dyn Any).is::<ListingTable>() => u64::MAX,
                None => 0,
            });
        }
        Ok(TreeNodeRecursion::Continue)
    };
    optimised.apply_with_subqueries(visit).map_err(told)?;
    Ok(bytes)
}
