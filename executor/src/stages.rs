//! From a decoded stage plan to a running task: the last check, and the list of what runs, for cancelling.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::{RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use huitong_engine::error::into_datafusion;
use huitong_engine::float_filters;
use huitong_engine::guard::leaves;
use tokio::sync::Notify;

/// A task within its job.
type Task = (usize, usize);

/// Which tasks run now.
#[derive(Debug, Default)]
pub struct Running {
    tasks: Mutex<HashMap<String, HashSet<Task>>>,
    /// Told whenever a task has ended.
    pub ended: Notify,
}

impl Running {
    /// The tasks of `job`, as stage and task.
    pub fn of(&self, job: &str) -> Vec<Task> {
        let running = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(job).into_iter().flatten().copied().collect()
    }

    /// The jobs that have tasks here.
    pub fn jobs(&self) -> Vec<String> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// How many tasks run.
    pub fn count(&self) -> usize {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).values().map(HashSet::len).sum()
    }

    fn add(&self, job: &JobId, task: Task) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).entry(job.to_string()).or_default().insert(task);
    }

    fn remove(&self, job: &JobId, task: Task) {
        let mut running = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = running.get_mut(job.as_str()) {
            tasks.remove(&task);
            if tasks.is_empty() {
                running.remove(job.as_str());
            }
        }
        drop(running);
        self.ended.notify_one();
    }
}

/// Ballista's engine between our check and our list.
pub struct Stages {
    inner: DefaultExecutionEngine,
    running: Arc<Running>,
}

impl Stages {
    pub fn new(inner: DefaultExecutionEngine, running: Arc<Running>) -> Self {
        Self { inner, running }
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
        // The scheduler pushes filters into scans once more while it cuts the plan into stages.
        let plan = float_filters::remove(plan)?;
        let inner = self.inner.create_query_stage_exec(
            job_id.clone(),
            stage_id,
            task_id,
            global_output_partition_ids,
            plan,
            work_dir,
            config,
        )?;
        Ok(Arc::new(Stage { inner, job: job_id, task: (stage_id, task_id), running: self.running.clone() }))
    }
}

struct Stage {
    inner: Arc<dyn QueryStageExecutor>,
    job: JobId,
    task: Task,
    running: Arc<Running>,
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
        self.running.add(&self.job, self.task);
        let _listed = Listed(self);
        self.inner.execute_query_stage(task_id, context).await
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
    use super::*;
    use datafusion::prelude::SessionContext;

    /// The coordinator refuses such a plan; an executor does not take its word for it.
    #[tokio::test]
    async fn a_stage_that_would_repeat_rows_is_not_run() {
        let plan = SessionContext::default().sql("SELECT * FROM generate_series(1, 10)").await.unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        let pool = Arc::new(crate::connections::Connections::default());
        let stages = Stages::new(DefaultExecutionEngine::with_client_pool(pool), Arc::default());
        let made = stages.create_query_stage_exec("job".into(), 1, 0, vec![0], plan, "/nowhere", &SessionConfig::new());
        let Err(told) = made else { panic!("the stage is not refused") };
        let told = told.to_string();
        assert!(told.contains("HT0401"), "{told}");
    }
}
