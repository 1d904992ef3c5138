//! From a decoded stage plan to a running task: the last check, and its place on the list of what runs.

use std::fmt;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::{RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use huitong_catalog::Error;
use huitong_engine::error::{Carried, disk_full, into_datafusion, no_space};
use huitong_engine::guard::leaves;

use crate::guard;
use crate::running::{Running, Task};

/// Ballista's engine between our check and our list.
pub struct Stages {
    inner: DefaultExecutionEngine,
    running: Arc<Running>,
    /// Where this executor is and works, for errors.
    place: Arc<str>,
}

impl Stages {
    pub fn new(inner: DefaultExecutionEngine, running: Arc<Running>, place: &str) -> Self {
        Self { inner, running, place: place.into() }
    }
}

impl ExecutionEngine for Stages {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        global_output_partition_ids: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        leaves::check(&plan).map_err(into_datafusion)?;
        let plan = guard::below_writer(plan, &self.running, job_id.as_str())?;
        let inner = self.inner.create_query_stage_exec(
            job_id.clone(),
            stage_id,
            task_id,
            global_output_partition_ids,
            plan,
            work_dir,
            config,
        )?;
        let (running, place) = (self.running.clone(), self.place.clone());
        Ok(Arc::new(Stage { inner, job: job_id, task: (stage_id, task_id), running, place }))
    }
}

struct Stage {
    inner: Arc<dyn QueryStageExecutor>,
    job: JobId,
    task: Task,
    running: Arc<Running>,
    place: Arc<str>,
}

/// Takes the task off the list however it ends: done, failed or dropped half-way.
struct Listed<'a>(&'a Stage);

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.0.running.remove(&self.0.job, self.0.task);
    }
}

#[async_trait]
impl QueryStageExecutor for Stage {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> Result<Vec<ShuffleWritePartition>> {
        if !self.running.add(&self.job, self.task) {
            return Err(guard::over());
        }
        let _listed = Listed(self);
        self.inner.execute_query_stage(task_id, context).await.map_err(|error| match disk_full(&error) {
            Some(told) => full(&self.place, &told, &error),
            None => error,
        })
    }

    /// None. The scheduler adds up the metrics of a stage's tasks operator by operator and refuses a task's whole report,
    /// its success included, when the number of operators differs; tasks of a UNION differ, since each keeps only the
    /// branches that it runs. The query would wait for ever.
    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        Vec::new()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.inner.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.inner.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.inner.collect_column_stats()
    }
}

/// An error of the kind that makes the scheduler run a task again, perhaps where there is space.
fn full(place: &str, told: &Error, error: &DataFusionError) -> DataFusionError {
    tracing::warn!(%error, "a task found no space");
    let told = no_space(format!("{}, for the executor {place}", told.message));
    DataFusionError::IoError(io::Error::new(io::ErrorKind::StorageFull, Carried(told)))
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage({}, {:?})", self.job, self.inner)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use datafusion::prelude::SessionContext;

    use super::*;

    /// The coordinator refuses such a plan; an executor does not take its word for it.
    #[tokio::test]
    async fn a_stage_that_would_repeat_rows_is_not_run() {
        let plan = SessionContext::default().sql("SELECT * FROM generate_series(1, 10)").await.unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        let pool = Arc::new(crate::connections::Connections::default());
        let running = Arc::new(Running::new(Path::new("/nowhere")));
        let stages = Stages::new(DefaultExecutionEngine::with_client_pool(pool), running, "here");
        let made = stages.create_query_stage_exec("job".into(), 1, 0, vec![0], plan, "/nowhere", &SessionConfig::new());
        let Err(told) = made else { panic!("the stage is not refused") };
        let told = told.to_string();
        assert!(told.contains("HT0401"), "{told}");
    }
}
