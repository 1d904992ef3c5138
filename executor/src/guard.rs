//! Ends what a task computes when its job is over.
//!
//! Cancelling a task drops the future that waits for it. Its writers run on in tasks of their own (Ballista 55 spawns them and lets
//! them go), so a node below the writer ends the rows themselves. It is asked where operators give way, so joins do.

use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};
use futures::{StreamExt, stream};
use huitong_catalog::{Code, Error};
use huitong_engine::error::into_datafusion;
use huitong_engine::rules::{through, yielding};

use crate::running::Running;

/// A stage's plan whose writer gets its rows through such a node, and whose joins give way.
pub fn below_writer(
    writer: Arc<dyn ExecutionPlan>,
    running: &Arc<Running>,
    job: &str,
) -> Result<Arc<dyn ExecutionPlan>> {
    let guarded = |input: &Arc<dyn ExecutionPlan>| -> Result<Arc<dyn ExecutionPlan>> {
        let input = yielding::insert(input.clone())?;
        Ok(until_over(input, running.clone(), job.to_owned()))
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

/// Passes rows on until the job is over.
fn until_over(input: Arc<dyn ExecutionPlan>, running: Arc<Running>, job: String) -> Arc<dyn ExecutionPlan> {
    through::node("UntilOver", input, move |rows, _| {
        let schema = rows.schema();
        let rows = stream::unfold(Some((rows, running.watch(&job))), |state| async {
            let (mut rows, mut is_over) = state?;
            let batch = tokio::select! {
                biased;
                // Also when the job has no task here any more.
                _ = is_over.wait_for(|over| *over) => return Some((Err(over()), None)),
                batch = rows.next() => batch?,
            };
            Some((batch, Some((rows, is_over))))
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, rows))
    })
}
