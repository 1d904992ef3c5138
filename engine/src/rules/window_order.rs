//! Windows whose PARTITION BY holds a constant, made fit for a border between stages.
//!
//! Where a filter makes a column constant (`WHERE district = '…'`), the optimiser leaves it out of the sort below a window
//! that is partitioned by it: rows are in order without it. The window is then run behind a shuffle, whose reader does not
//! know the constant any more, and the window fails for want of an order (DataFusion 55: "Expects PARTITION BY expression
//! to be ordered"). So the sort gets its constant keys back; they cost a comparison that is always equal.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, InputOrderMode, ReplaceChildrenOptions,
};

const ANEW: ReplaceChildrenOptions = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);

/// Sorts the input of every window by all of its PARTITION BY.
pub fn restore(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let Some(keys) = partition_keys(node.as_ref()) else { return Ok(Transformed::no(node)) };
        let [input] = node.children()[..] else { return Ok(Transformed::no(node)) };
        match sorted_by(input, &keys) {
            None => Ok(Transformed::no(node)),
            Some(sorted) => node.replace_children(vec![sorted], ANEW).map(Transformed::yes),
        }
    })
    .data()
}

/// The PARTITION BY of a window that needs its input in order.
fn partition_keys(node: &dyn ExecutionPlan) -> Option<Vec<Arc<dyn PhysicalExpr>>> {
    let node = node as &dyn std::any::Any;
    let windows = match (node.downcast_ref::<WindowAggExec>(), node.downcast_ref::<BoundedWindowAggExec>()) {
        (Some(window), _) => window.window_expr(),
        (_, Some(window)) if window.input_order_mode == InputOrderMode::Sorted => window.window_expr(),
        _ => return None,
    };
    windows.first().map(|window| window.partition_by().to_vec())
}

/// `input` sorted by all of `keys`, then as it was; none if it names all of them already.
fn sorted_by(input: &Arc<dyn ExecutionPlan>, keys: &[Arc<dyn PhysicalExpr>]) -> Option<Arc<dyn ExecutionPlan>> {
    // A sort that also takes the first rows only must stay what it is.
    let sort = (input.as_ref() as &dyn std::any::Any).downcast_ref::<SortExec>().filter(|sort| sort.fetch().is_none());
    let order: Vec<PhysicalSortExpr> = match sort {
        Some(sort) => sort.expr().iter().cloned().collect(),
        None => input.output_ordering().into_iter().flat_map(|order| order.iter().cloned()).collect(),
    };
    let named = |key: &Arc<dyn PhysicalExpr>| order.iter().any(|sorted| sorted.expr.eq(key));
    let missing: Vec<_> = keys.iter().filter(|key| !named(key)).collect();
    if missing.is_empty() {
        return None;
    }
    let missing = missing.into_iter().map(|key| PhysicalSortExpr::new_default(key.clone()));
    let order = LexOrdering::new(missing.chain(order.iter().cloned()))?;
    let below = sort.map_or(input, SortExec::input);
    let preserving = sort.is_none_or(SortExec::preserve_partitioning);
    Some(Arc::new(SortExec::new(order, below.clone()).with_preserve_partitioning(preserving)))
}
