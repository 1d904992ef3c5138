//! The scheduler's gRPC service, cut down to what executors need.
//!
//! The full service runs any plan that anybody sends and cancels any job; on this port only the executors' five calls
//! exist, whoever connects.

use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult, CreateUpdateSessionParams,
    CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult, ExecutorStoppedParams, ExecutorStoppedResult,
    GetJobMetricsParams, GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, TaskStatus, UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use crate::pulse::Pulse;
use crate::rest::Rest;
use crate::server::Server;

/// What executors may call.
pub struct ExecutorsOnly {
    pub server: Server,
    pub pulse: Arc<Pulse>,
    pub rest: Arc<Rest>,
}

type Answer<T> = Result<Response<T>, Status>;

fn refused<T>() -> Answer<T> {
    Err(Status::permission_denied("this port serves huitong's executors only"))
}

impl ExecutorsOnly {
    /// Reports of jobs that run: of one that is over, what is missing was removed.
    fn of_running_jobs(&self, reports: &[TaskStatus]) -> Vec<TaskStatus> {
        let jobs = self.server.state.task_manager.get_running_job_cache();
        reports.iter().filter(|report| jobs.contains_key(&JobId::from(report.job_id.as_str()))).cloned().collect()
    }
}

#[tonic::async_trait]
impl SchedulerGrpc for ExecutorsOnly {
    type ExecuteQueryPushStream = BoxStream<'static, Result<GetJobStatusResult, Status>>;

    async fn poll_work(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        let mut request = request;
        let poll = request.get_mut();
        let (executor, free) = (poll.metadata.clone(), poll.num_free_vcores);
        if let Some(executor) = &executor {
            let others = self.pulse.others(&executor.id);
            self.rest.heed(&executor.id, &self.of_running_jobs(&poll.task_status), 1 + others.len());
            if self.rest.holds(&executor.id, &others) {
                poll.num_free_vcores = 0;
            }
        }
        let may_give = request.get_ref().num_free_vcores;
        let answer = self.server.poll_work(request).await?;
        if let Some(executor) = executor {
            self.pulse.heard(&executor, free, may_give, answer.get_ref().tasks.len());
        }
        Ok(answer)
    }

    async fn register_executor(&self, request: Request<RegisterExecutorParams>) -> Answer<RegisterExecutorResult> {
        self.server.register_executor(request).await
    }

    async fn heart_beat_from_executor(&self, request: Request<HeartBeatParams>) -> Answer<HeartBeatResult> {
        self.server.heart_beat_from_executor(request).await
    }

    async fn update_task_status(&self, request: Request<UpdateTaskStatusParams>) -> Answer<UpdateTaskStatusResult> {
        SchedulerGrpc::update_task_status(&self.server, request).await
    }

    async fn executor_stopped(&self, request: Request<ExecutorStoppedParams>) -> Answer<ExecutorStoppedResult> {
        self.server.executor_stopped(request).await
    }

    async fn create_update_session(&self, _: Request<CreateUpdateSessionParams>) -> Answer<CreateUpdateSessionResult> {
        refused()
    }

    async fn remove_session(&self, _: Request<RemoveSessionParams>) -> Answer<RemoveSessionResult> {
        refused()
    }

    async fn execute_query_push(&self, _: Request<ExecuteQueryParams>) -> Answer<Self::ExecuteQueryPushStream> {
        refused()
    }

    async fn execute_query(&self, _: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        refused()
    }

    async fn get_job_status(&self, _: Request<GetJobStatusParams>) -> Answer<GetJobStatusResult> {
        refused()
    }

    async fn get_job_metrics(&self, _: Request<GetJobMetricsParams>) -> Answer<GetJobMetricsResult> {
        refused()
    }

    async fn cancel_job(&self, _: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        refused()
    }

    async fn clean_job_data(&self, _: Request<CleanJobDataParams>) -> Answer<CleanJobDataResult> {
        refused()
    }
}
