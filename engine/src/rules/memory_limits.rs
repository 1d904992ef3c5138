//! LIMIT over rows that a statement writes out (`VALUES`), made fit for the cluster.
//!
//! The optimiser moves the LIMIT into the source of such rows, and that source forgets it where it is cut into tasks (Ballista 55): all
//! rows come back. So the LIMIT stands above it again.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

/// Puts a limit above every source in memory that has one.
pub fn restore(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        Ok(match limit(node.as_ref()) {
            None => Transformed::no(node),
            // With several partitions, the one limit for all of them stands above already.
            Some(rows) if node.output_partitioning().partition_count() > 1 => {
                Transformed::yes(Arc::new(LocalLimitExec::new(node, rows)))
            }
            Some(rows) => Transformed::yes(Arc::new(GlobalLimitExec::new(node, 0, Some(rows)))),
        })
    })
    .data()
}

fn limit(node: &dyn ExecutionPlan) -> Option<usize> {
    let source = (node as &dyn Any).downcast_ref::<DataSourceExec>()?.data_source();
    (source.as_ref() as &dyn Any).downcast_ref::<MemorySourceConfig>()?;
    source.fetch()
}
