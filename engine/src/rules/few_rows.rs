//! Few rows of one scan stay with the task that reads them.
//!
//! The library deals the rows of a scan out to all cores unless it is certain that a batch holds them all. For a row by its id that is most
//! of the work: tasks are started, rows handed over and threads woken, to filter some thousand rows. How many rows the scan
//! has is known by the pages that it reads (`tables/row_groups.rs`).
//!
//! Only where a plan is one chain of operators: what multiplies rows is not to lose its cores, nor are functions that take long for a row.
//! Groups are dealt out by their keys all the same unless only counted, added up or compared: a forecast of each is work for all cores.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};

use super::yielding::{self, is};

/// As many as a core compares in about a millisecond.
const ROWS_MAX: usize = 64 * 1024;
/// The same where functions are called for each: as many as the library itself does not deal out.
const ROWS_MAX_OF_CALLS: usize = 8 * 1024;
/// Aggregates that take no longer for a row than to read it.
const QUICK: [&str; 5] = ["count", "sum", "avg", "min", "max"];

/// The same plan without dealing out what is little.
pub fn keep_together(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(chain) = Chain::of(&plan)? else { return Ok(plan) };
    plan.transform_up(|node| match chain.dealt_out(&node) {
        Some(input) if is_few(input, chain.rows_max)? => Ok(Transformed::yes(input.clone())),
        _ => Ok(Transformed::no(node)),
    })
    .data()
}

/// What is known of the operators of a plan.
struct Chain {
    rows_max: usize,
    /// What is made of groups takes no time.
    has_quick_groups: bool,
}

impl Chain {
    /// None if the plan is no chain, or one with an operator that makes many rows of one.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Self>> {
        let (mut node, mut chain) = (plan, Self { rows_max: ROWS_MAX, has_quick_groups: true });
        loop {
            if multiplies(node) {
                return Ok(None);
            }
            if yielding::calls(node, |_| true)? {
                chain.rows_max = ROWS_MAX_OF_CALLS;
            }
            chain.has_quick_groups &= is_quick(node);
            node = match node.children()[..] {
                [] => return Ok(Some(chain)),
                [child] => child,
                _ => return Ok(None),
            };
        }
    }

    /// The input of an operator that only deals it out.
    fn dealt_out<'a>(&self, node: &'a Arc<dyn ExecutionPlan>) -> Option<&'a Arc<dyn ExecutionPlan>> {
        let dealing = (node.as_ref() as &dyn Any).downcast_ref::<RepartitionExec>()?;
        let is_needless = match dealing.partitioning() {
            Partitioning::RoundRobinBatch(_) => true,
            Partitioning::Hash(..) => self.has_quick_groups,
            _ => false,
        };
        is_needless.then(|| dealing.input())
    }
}

/// UNNEST, and groupings by several sets of columns.
fn multiplies(node: &Arc<dyn ExecutionPlan>) -> bool {
    let groups = (node.as_ref() as &dyn Any).downcast_ref::<AggregateExec>();
    is::<UnnestExec>(node) || groups.is_some_and(|groups| groups.group_expr().groups().len() > 1)
}

fn is_quick(node: &Arc<dyn ExecutionPlan>) -> bool {
    match (node.as_ref() as &dyn Any).downcast_ref::<AggregateExec>() {
        Some(groups) => groups.aggr_expr().iter().all(|of| QUICK.contains(&of.fun().name())),
        None => !is::<WindowAggExec>(node) && !is::<BoundedWindowAggExec>(node),
    }
}

/// Whether these are few rows of one partition of a scan, perhaps filtered or grouped.
fn is_few(mut node: &Arc<dyn ExecutionPlan>, rows_max: usize) -> Result<bool> {
    while is::<FilterExec>(node) || is::<ProjectionExec>(node) || is::<AggregateExec>(node) {
        node = node.children()[0];
    }
    if !is::<DataSourceExec>(node) || node.output_partitioning().partition_count() != 1 {
        return Ok(false);
    }
    let rows = StatisticsContext::new().compute(node.as_ref(), &StatisticsArgs::new())?.num_rows;
    Ok(rows.get_value().is_some_and(|rows| *rows <= rows_max))
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use datafusion::datasource::MemTable;
    use datafusion::physical_plan::{collect, displayable};
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// `few` and `many`, each in one batch, which no scan can be cut in.
    fn context() -> SessionContext {
        let context = SessionContext::default();
        *context.state_ref().write().config_mut() = SessionConfig::new().with_target_partitions(4);
        for (name, rows) in [("few", 10_000), ("many", 100_000)] {
            let x: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
            let rows = RecordBatch::try_from_iter([("x", x)]).unwrap();
            let table = MemTable::try_new(rows.schema(), vec![vec![rows]]).unwrap();
            context.register_table(name, Arc::new(table)).unwrap();
        }
        context
    }

    async fn is_dealt_out(context: &SessionContext, sql: &str) -> [bool; 2] {
        // Made twice: a plan is run once.
        let plan = async || context.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
        let (plan, kept) = (plan().await, keep_together(plan().await).unwrap());
        let rows = [plan, kept.clone()].map(|plan| collect(plan, context.task_ctx()));
        let [before, after] = futures::future::try_join_all(rows).await.unwrap().try_into().unwrap();
        assert_eq!(before, after, "{sql}");
        let shown = displayable(kept.as_ref()).indent(false).to_string();
        [shown.contains("RoundRobinBatch"), shown.contains("Hash")]
    }

    #[tokio::test]
    async fn few_rows_are_not_dealt_out() {
        let context = context();
        assert_eq!(is_dealt_out(&context, "SELECT count(*) FROM few WHERE x > 5").await, [false, false]);
        let counted = "SELECT x % 7 AS y, count(*) AS n FROM few WHERE x > 5 GROUP BY x % 7 ORDER BY y";
        assert_eq!(is_dealt_out(&context, counted).await, [false, false]);
        // There may be much to do for each group.
        for sql in [
            "SELECT x % 7 AS y, count(*) AS n, median(x) AS m FROM few WHERE x > 5 GROUP BY x % 7 ORDER BY y",
            "SELECT x, sum(x) OVER (PARTITION BY x % 7 ORDER BY x) AS s FROM few WHERE x > 5 ORDER BY x",
        ] {
            assert_eq!(is_dealt_out(&context, sql).await, [false, true], "{sql}");
        }
    }

    #[tokio::test]
    async fn what_may_be_much_work_is_dealt_out() {
        let context = context();
        for sql in [
            "SELECT count(*) FROM many WHERE x > 5",
            "SELECT count(*) FROM few JOIN many ON few.x = many.x % 100",
            "SELECT count(*) FROM few WHERE levenshtein(CAST(x AS VARCHAR), '123') > 2",
            "SELECT sum(n) FROM (SELECT count(*) AS n FROM few GROUP BY GROUPING SETS ((x), (x % 2), ()))",
            "SELECT count(*) FROM (SELECT unnest(range(x % 9)) AS y FROM few) WHERE y > 5",
        ] {
            assert!(is_dealt_out(&context, sql).await[0], "{sql}");
        }
    }
}
