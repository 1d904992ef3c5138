//! How large a plan may be.
//!
//! A common table expression and a view stand in the plan as often as they are named: thirty lines, each of which names the one before it
//! twice, are a plan of a thousand million nodes, and all that follows walks over each of them.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use huitong_catalog::{Code, Error, Result};

use crate::error::of_datafusion;

/// Ten times what the largest statements of programs that write SQL have.
const NODES_MAX: usize = 20_000;

/// Refuses a plan that is too large, without walking over all of it.
pub fn check(plan: &LogicalPlan) -> Result<()> {
    let mut nodes = 0;
    let counted = plan.apply_with_subqueries(|_| {
        nodes += 1;
        Ok(if nodes > NODES_MAX { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    counted.map_err(of_datafusion)?;
    if nodes <= NODES_MAX {
        return Ok(());
    }
    Err(Error::new(Code::SYNTAX, format!("the plan of the statement has more than {NODES_MAX} steps"))
        .with_hint("a query behind WITH and a view count each time they are named: keep what is used often in a table"))
}
