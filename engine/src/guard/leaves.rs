//! Which leaves of a plan the cluster may run.
//!
//! A stage is cut into tasks by cutting its leaves. A leaf that the task slicer does not know is left whole, and then
//! every task runs all of it: rows are multiplied without an error (upstream: apache/datafusion-ballista#2184, #1907,
//! #2194). So only leaves that the slicer cuts, or that have no rows to repeat, may reach the cluster.

use std::any::Any;
use std::sync::Arc;

use ballista_core::execution_plans::{RangeShuffleReaderExec, ShuffleReaderExec, UnresolvedShuffleExec};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use huitong_catalog::{Code, Error, Result};

/// Refuses a plan with a leaf that the slicer would leave whole.
pub fn check(plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
    if plan.children().is_empty() {
        return if can_be_sliced(plan.as_ref()) { Ok(()) } else { Err(refusal(plan.name())) };
    }
    plan.children().into_iter().try_for_each(check)
}

/// Whether the task slicer knows this leaf.
fn can_be_sliced(leaf: &dyn ExecutionPlan) -> bool {
    let leaf = leaf as &dyn Any;
    if let Some(source) = leaf.downcast_ref::<DataSourceExec>() {
        let source = source.data_source().as_ref() as &dyn Any;
        return source.is::<FileScanConfig>() || source.is::<MemorySourceConfig>();
    }
    leaf.is::<ShuffleReaderExec>()
        || leaf.is::<RangeShuffleReaderExec>()
        || leaf.is::<UnresolvedShuffleExec>()
        || leaf.is::<PlaceholderRowExec>()
        || leaf.is::<EmptyExec>()
}

fn refusal(leaf: &str) -> Error {
    Error::new(Code::NOT_DISTRIBUTABLE, format!("the plan reads from `{leaf}`, which cannot be spread over executors"))
        .with_hint("run it with `SET huitong.backend = 'auto'` or `'local'`")
}
