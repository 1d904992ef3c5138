//! The back end *staged*: a query becomes a job of stages with shuffles on disk, retries and spills.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::job_status::Status;
use ballista_core::serde::protobuf::task_status::Status as TaskState;
use ballista_core::serde::protobuf::{JobStatus, PartitionLocation};
use ballista_scheduler::cluster::JobState;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use ballista_scheduler::state::task_manager::JobOverview;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::backend::command::Command;
use huitong_engine::backend::{Backend, ExecutorInfo, JobInfo, Progress, Query};
use huitong_engine::error::{of_datafusion, of_job_text};
use huitong_engine::planning::{self, Target};
use tokio::sync::mpsc;

use crate::control::Control;
use crate::pulse::{Pulse, Watch, begun_anew, lost};
use crate::results::{self, Peers};
use crate::server::Server;

/// Notices of a job's state are sent without waiting; a full channel loses them.
const NOTICES: usize = 256;
/// How long a job waits when no executor is alive: the scheduler's own grace only counts from the loss of one.
const ALONE_MAX: Duration = Duration::from_secs(30);
/// How long a job that has ended is looked for.
const FOUND_MAX: Duration = Duration::from_secs(5);
/// How often a query is run in all when parts of the cluster are lost.
const RUNS_MAX: usize = 3;
/// How much of a result is fetched before it is handed out: more than the answer of any write.
const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// So the state is also asked for, this often.
const ASK_EVERY: Duration = Duration::from_millis(500);

pub(crate) struct Staged {
    pub server: Server,
    /// Jobs that have ended too.
    pub states: Arc<dyn JobState>,
    pub control: Control,
    pub pulse: Arc<Pulse>,
    pub peers: Peers,
}

impl Staged {
    /// Waits until the job ended and tells where its result lies.
    async fn finished(&self, job: &JobId, mut notices: mpsc::Receiver<JobStatus>) -> Result<Vec<PartitionLocation>> {
        let mut alone_since = None;
        let mut watch = Watch::default();
        loop {
            if self.ready().await {
                alone_since = None;
            } else if alone_since.get_or_insert_with(Instant::now).elapsed() > ALONE_MAX {
                let told = Error::new(Code::NO_EXECUTOR, format!("no executor has been alive for {ALONE_MAX:?}"));
                return Err(told.with_hint("start executors, or use `SET huitong.backend = 'local'`"));
            }
            let status = match tokio::time::timeout(ASK_EVERY, notices.recv()).await {
                Ok(Some(status)) => Some(status),
                Ok(None) | Err(_) => self.ask(job).await?,
            };
            match status.and_then(|status| status.status) {
                Some(Status::Successful(done)) => {
                    self.check_whole(job).await?;
                    return Ok(done.partition_location);
                }
                Some(Status::Failed(failed)) => return Err(of_job_text(&failed.error)),
                Some(Status::Queued(_) | Status::Running(_)) | None => {}
            }
            watch.check(&self.server, job, &self.pulse).await?;
        }
    }

    /// Refuses the answer of a job that lost finished work on its way.
    async fn check_whole(&self, job: &JobId) -> Result<()> {
        let asked = Instant::now();
        loop {
            if let Some(begun_anew) = self.was_begun_anew(job).await? {
                return if begun_anew { Err(lost()) } else { Ok(()) };
            }
            // The notice of its end comes before the job moves from the list of those that run to that of those that ran.
            if asked.elapsed() > FOUND_MAX {
                return Err(Error::new(Code::JOB_FAILED, "the job was forgotten before its result was read"));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// None while the job is on neither list.
    async fn was_begun_anew(&self, job: &JobId) -> Result<Option<bool>> {
        let running =
            self.server.state.task_manager.get_running_job_cache().get(job).map(|job| job.execution_graph.clone());
        if let Some(graph) = running {
            return Ok(Some(graph.read().await.stages().values().any(begun_anew)));
        }
        let ended = self.states.get_execution_graph(job).await.map_err(scheduler_error)?;
        Ok(ended.map(|graph| graph.stages().values().any(begun_anew)))
    }

    /// Runs a query as one job.
    async fn run(&self, query: Query) -> Result<SendableRecordBatchStream> {
        let (sender, notices) = mpsc::channel(NOTICES);
        let schema = Arc::new(query.plan.schema().as_arrow().clone());
        let job = self
            .server
            .submit_job(&query.id, query.context, &query.plan, Some(sender))
            .await
            .map_err(scheduler_error)?;
        let guard =
            JobGuard { server: self.server.clone(), control: self.control.clone(), job: job.clone(), ended: false };
        // On an error the job may still be queued or run; it ends with the guard.
        let locations = self.finished(&job, notices).await?;
        first_rows(results::stream(locations, schema, self.peers.clone(), guard)).await
    }

    async fn ask(&self, job: &JobId) -> Result<Option<JobStatus>> {
        // A closed channel answers at once; without this pause the loop would spin.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.server.state.task_manager.get_job_status(job).await.map_err(scheduler_error)
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staged")
    }
}

#[async_trait]
impl Backend for Staged {
    fn name(&self) -> &'static str {
        "staged"
    }

    fn target(&self) -> Target {
        Target::Staged
    }

    /// Rows are handed out when the job has ended well, so one that failed for no fault of the query's can be run again unseen:
    /// with joins that spill when it ran out of memory, and as it was when work was lost with an executor or a store did
    /// not answer. (Files of a write that failed are named by no commit.)
    async fn start(&self, query: Query) -> Result<SendableRecordBatchStream> {
        let mut query = query;
        let mut runs = 0;
        loop {
            runs += 1;
            let error = match self.run(query.clone()).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            if error.code == Code::MEMORY_LIMIT {
                query.context = planning::with_spilling_joins(&query.context).ok_or(error.clone())?;
            } else if runs >= RUNS_MAX || ![Code::JOB_FAILED, Code::STORE_UNAVAILABLE].contains(&error.code) {
                return Err(error);
            }
            tracing::warn!(query = query.id, %error, "run again");
        }
    }

    async fn ready(&self) -> bool {
        let executors = self.server.state.executor_manager.get_executors_state().await;
        executors.is_ok_and(|executors| !executors.is_empty())
    }

    async fn progress(&self, query_id: &str) -> Option<Progress> {
        for job in self.server.state.task_manager.get_running_job_cache().values() {
            let graph = job.execution_graph.read().await;
            if graph.job_name() == query_id {
                return Some(progress(graph.stages().values()));
            }
        }
        None
    }

    async fn executors(&self) -> Result<Vec<ExecutorInfo>> {
        let executors = self.server.state.executor_manager.get_executors_state().await.map_err(scheduler_error)?;
        let manager = &self.server.state.executor_manager;
        let ids: Vec<_> = executors.iter().map(|(executor, _, _)| executor.id.clone()).collect();
        let rests = |id: &str| {
            let others: Vec<_> = ids.iter().filter(|other| *other != id).cloned().collect();
            self.peers.rest.holds(id, &others)
        };
        let info = |(executor, _, _): (ballista_core::serde::scheduler::ExecutorMetadata, _, _)| {
            let heartbeat = manager.get_executor_hearbeat(&executor.id);
            let seconds = heartbeat.map_or(0, |heartbeat| heartbeat.timestamp);
            ExecutorInfo {
                slots: executor.specification.vcores,
                status: if rests(&executor.id) { "resting" } else { "alive" }.to_owned(),
                id: executor.id,
                host: executor.host,
                port: executor.port,
                last_seen_ms: i64::try_from(seconds).unwrap_or_default().saturating_mul(1000),
            }
        };
        let mut executors: Vec<_> = executors.into_iter().map(info).collect();
        executors.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(executors)
    }

    async fn jobs(&self) -> Result<Vec<JobInfo>> {
        let jobs = self.server.state.task_manager.get_all_jobs().await.map_err(scheduler_error)?;
        let mut jobs: Vec<_> = jobs.into_iter().map(job_info).collect();
        jobs.sort_by(|a, b| (a.started_ms, &a.id).cmp(&(b.started_ms, &b.id)));
        Ok(jobs)
    }
}

/// Fetches the first rows, or all of a small result, so that what went with its executor is noticed while the query can still be
/// run again. The job has ended; nobody waits for rows that are being made.
async fn first_rows(rows: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
    let (schema, mut rows) = (rows.schema(), rows.fuse());
    let (mut held, mut held_bytes) = (Vec::new(), 0);
    while held_bytes < HELD_BYTES_MAX
        && let Some(batch) = rows.next().await.transpose().map_err(of_datafusion)?
    {
        held_bytes += batch.get_array_memory_size();
        held.push(Ok(batch));
    }
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(held).chain(rows))))
}

/// Stages count alike, and so do the partitions of a stage: what a stage will cost is not known before it has run.
fn progress<'a>(stages: impl ExactSizeIterator<Item = &'a ExecutionStage>) -> Progress {
    let total = stages.len();
    let (mut work, mut done) = (0.0, 0);
    for stage in stages {
        match stage {
            ExecutionStage::Successful(_) => {
                work += 1.0;
                done += 1;
            }
            ExecutionStage::Running(stage) => {
                let ended = stage.task_infos.iter().filter(|task| matches!(task.task_status, TaskState::Successful(_)));
                let partitions: usize = ended.map(|task| task.global_input_partition_ids.len()).sum();
                work += partitions as f64 / stage.partitions.max(1) as f64;
            }
            ExecutionStage::UnResolved(_) | ExecutionStage::Resolved(_) | ExecutionStage::Failed(_) => {}
        }
    }
    let fraction = (work / total.max(1) as f64).clamp(0.0, 1.0);
    Progress { fraction, stages: u32::try_from(total).unwrap_or(u32::MAX), stages_done: done }
}

fn job_info(job: JobOverview) -> JobInfo {
    let (status, error) = match job.status.status {
        Some(Status::Queued(_)) | None => ("queued", None),
        Some(Status::Running(_)) => ("running", None),
        Some(Status::Successful(_)) => ("successful", None),
        Some(Status::Failed(failed)) => ("failed", Some(of_job_text(&failed.error).to_string())),
    };
    let time = |ms: u64| (ms > 0).then(|| i64::try_from(ms).unwrap_or(i64::MAX));
    JobInfo {
        id: job.job_id.to_string(),
        query_id: job.job_name,
        status: status.to_owned(),
        stages: u32::try_from(job.num_stages).unwrap_or(u32::MAX),
        stages_done: u32::try_from(job.completed_stages).unwrap_or(u32::MAX),
        started_ms: time(job.start_time),
        ended_ms: time(job.end_time),
        error,
    }
}

fn scheduler_error(error: ballista_core::error::BallistaError) -> Error {
    Error::new(Code::JOB_FAILED, format!("the scheduler refused the work: {error}")).caused_by(error)
}

/// Ends a job when whoever waits for it is gone: cancels it while it runs, removes its result afterwards.
pub(crate) struct JobGuard {
    server: Server,
    control: Control,
    job: JobId,
    ended: bool,
}

impl JobGuard {
    /// The job has ended well; from now on only its result is to be removed.
    pub fn finished(&mut self) {
        self.ended = true;
        self.control.note_end(self.job.as_ref());
        self.server.state.executor_manager.clean_up_job_data(self.job.clone());
    }
}

impl Drop for JobGuard {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.control.send(Command::Cancel(self.job.to_string()));
        let (server, job) = (self.server.clone(), self.job.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = server.cancel_job(job.clone()).await {
                    tracing::warn!(%job, %error, "job could not be cancelled");
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, RecordBatch};
    use datafusion::error::DataFusionError;

    use super::*;

    /// A result of two executors, of which the second one is lost.
    async fn of_two(rows: usize) -> Result<SendableRecordBatchStream> {
        let column = Arc::new(Int64Array::from(vec![1; rows]));
        let batch = RecordBatch::try_from_iter([("n", column as _)]).unwrap();
        let (schema, lost) = (batch.schema(), DataFusionError::Execution("lost".into()));
        first_rows(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter([Ok(batch), Err(lost)])))).await
    }

    #[tokio::test]
    async fn a_small_result_is_whole_before_it_is_handed_out() {
        assert!(of_two(1).await.is_err());
        let mut rows = of_two(HELD_BYTES_MAX / 8).await.ok().unwrap();
        assert!(rows.next().await.unwrap().is_ok() && rows.next().await.unwrap().is_err());
    }
}
