//! `GROUP BY GROUPING SETS (())`, which is one group of all rows, as an aggregate without groups.
//!
//! Behind a border between stages the rows of its one group are distributed by no key at all, and the group is lost: no row comes
//! back instead of one.

use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::error::Result;
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};

/// The same plan without such sets.
pub fn remove(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Aggregate(aggregate) if is_one_group(&aggregate.group_expr) => {
            let plain = Aggregate::try_new(aggregate.input, Vec::new(), aggregate.aggr_expr)?;
            Ok(Transformed::yes(LogicalPlan::Aggregate(plain)))
        }
        node => Ok(Transformed::no(node)),
    })
    .data()
}

fn is_one_group(groups: &[Expr]) -> bool {
    match groups {
        [Expr::GroupingSet(GroupingSet::GroupingSets(sets))] => matches!(sets.as_slice(), [set] if set.is_empty()),
        _ => false,
    }
}
