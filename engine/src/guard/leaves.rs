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

/// Operators of delta-rs. They stand above stock leaves, but they cannot travel, and they change which rows a file holds.
const DELTA_RS: [&str; 2] = ["DeltaScanExec", "DeltaScanMetaExec"];

/// Refuses a plan with a leaf that the slicer would leave whole, or with an operator that cannot travel.
pub fn check(plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
    if DELTA_RS.contains(&plan.name()) {
        return Err(refusal(plan.name()));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::SessionContext;

    async fn verdict(sql: &str) -> Result<()> {
        let context = SessionContext::default();
        context.sql("CREATE TABLE held AS VALUES (1), (2)").await.unwrap().collect().await.unwrap();
        check(&context.sql(sql).await.unwrap().create_physical_plan().await.unwrap())
    }

    #[tokio::test]
    async fn what_the_slicer_would_leave_whole_is_refused_wherever_it_stands() {
        for sliced in ["SELECT * FROM held", "SELECT 1", "SELECT * FROM held WHERE false", "VALUES (1), (2)"] {
            verdict(sliced).await.unwrap_or_else(|e| panic!("{sliced}: {e}"));
        }
        for whole in [
            "SELECT * FROM generate_series(1, 10)",
            "SELECT * FROM held UNION ALL SELECT value FROM generate_series(1, 10)",
            "SELECT * FROM held JOIN (SELECT count(*) AS n FROM generate_series(1, 10)) ON true",
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t",
        ] {
            assert_eq!(verdict(whole).await.unwrap_err().code, Code::NOT_DISTRIBUTABLE, "{whole}");
        }
    }
}
