//! Ends what a task computes when its job is over.
//!
//! Cancelling a task drops the future that waits for it. Its writers run on in tasks of their own (Ballista 55 spawns them and lets
//! them go), so a node below the writer ends the rows themselves. It is asked where operators give way, so joins do.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt, stream};
use huitong_catalog::{Code, Error};
use huitong_engine::error::into_datafusion;
use huitong_engine::rules::yielding;

use crate::running::Running;

/// Passes rows on until the job is over.
#[derive(Debug)]
struct UntilOver {
    input: Arc<dyn ExecutionPlan>,
    running: Arc<Running>,
    job: String,
}

/// A stage's plan whose writer gets its rows through such a node, and whose joins give way.
pub fn below_writer(
    writer: Arc<dyn ExecutionPlan>,
    running: &Arc<Running>,
    job: &str,
) -> Result<Arc<dyn ExecutionPlan>> {
    let guarded = |input: &Arc<dyn ExecutionPlan>| -> Result<Arc<dyn ExecutionPlan>> {
        let input = yielding::insert(input.clone())?;
        Ok(Arc::new(UntilOver { input, running: running.clone(), job: job.to_owned() }))
    };
    let inputs = writer.children().into_iter().map(guarded).collect::<Result<Vec<_>>>()?;
    match inputs.len() {
        1 => writer.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)),
        _ => Ok(writer),
    }
}

/// What a task of a job is told that is over.
pub fn over() -> DataFusionError {
    into_datafusion(Error::new(Code::CANCELLED, "the job is over"))
}

impl DisplayAs for UntilOver {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UntilOver")
    }
}

impl ExecutionPlan for UntilOver {
    fn name(&self) -> &'static str {
        "UntilOver"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self { input, running: self.running.clone(), job: self.job.clone() })),
            _ => Err(DataFusionError::Internal("this node has exactly one input".into())),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let schema = rows.schema();
        let is_over = self.running.watch(&self.job);
        let rows = stream::unfold(Some((rows, is_over)), |state| async {
            let (mut rows, mut is_over) = state?;
            let batch = tokio::select! {
                biased;
                // Also when the job has no task here any more.
                _ = is_over.wait_for(|over| *over) => return Some((Err(over()), None)),
                batch = rows.next() => batch?,
            };
            Some((batch, Some((rows, is_over))))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
