//! From a logical plan to a physical one, with a last look at what came out.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;
use crate::guard::leaves;
use crate::guard::verify::{self, Watch};
use crate::planning::Target;
use crate::rules::multiplied::MultipliedPlanner;
use crate::rules::{
    empty_grouping, few_rows, float_filters, memory_limits, nested_loops, scalar_subqueries, window_clauses,
    window_order, yielding,
};
use crate::write::node::WritePlanner;

/// Plans for one target; a plan for the cluster whose leaves would be run in full by every task is refused here,
/// because this is the one place that every plan passes on its way to the scheduler.
#[derive(Debug)]
pub struct Planner {
    target: Target,
}

impl Planner {
    pub fn new(target: Target) -> Self {
        Self { target }
    }
}

/// Every plan of a statement carries what its principal may read; one that does not reads no files.
fn watch(plan: &Arc<dyn ExecutionPlan>, session: &dyn Session) -> Result<()> {
    match session.config().get_extension::<Watch>() {
        Some(watch) => watch.check(plan).map_err(into_datafusion),
        None if verify::reads_files(plan) => {
            Err(into_datafusion(Error::new(Code::INTERNAL, "a plan without a principal would read files")))
        }
        None => Ok(()),
    }
}

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let planner =
            DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(WritePlanner), Arc::new(MultipliedPlanner)]);
        let spread = match self.target {
            Target::Local => None,
            Target::Staged => {
                scalar_subqueries::check(plan)?;
                Some(window_clauses::spread(empty_grouping::remove(plan.clone())?)?)
            }
        };
        let plan = spread.as_ref().unwrap_or(plan);
        let plan = float_filters::remove(planner.create_physical_plan(plan, session).await?)?;
        watch(&plan, session)?;
        match self.target {
            Target::Local => yielding::insert(few_rows::keep_together(plan)?),
            Target::Staged => {
                leaves::check(&plan).map_err(into_datafusion)?;
                memory_limits::restore(nested_loops::turn(window_order::restore(plan)?)?)
            }
        }
    }
}
