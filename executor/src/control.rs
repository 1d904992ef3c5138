//! The coordinator's messages: work is waiting, a job is cancelled.

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::Action;
use arrow_flight::flight_service_client::FlightServiceClient;
use ballista_executor::executor::Executor;
use futures::TryStreamExt;
use huitong_engine::backend::command::{Command, SUBSCRIBE};
use tokio::sync::Notify;
use tonic::transport::Channel;

use crate::running::Running;
use crate::work_dir;

/// Pause before the subscription is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Listens for ever; a broken subscription is made anew. Dropping the future stops it.
pub async fn listen(channel: Channel, executor: Arc<Executor>, running: Arc<Running>, wake: Arc<Notify>) {
    loop {
        match subscribe(channel.clone(), &executor, &running, &wake).await {
            Ok(()) => tracing::info!("the coordinator closed the subscription"),
            Err(error) => tracing::debug!(%error, "subscription to the coordinator ended"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn subscribe(
    channel: Channel,
    executor: &Executor,
    running: &Arc<Running>,
    wake: &Notify,
) -> Result<(), tonic::Status> {
    let mut client = FlightServiceClient::new(channel);
    let mut messages = client.do_action(Action::new(SUBSCRIBE, "")).await?.into_inner();
    while let Some(message) = messages.try_next().await? {
        match String::from_utf8_lossy(&message.body).parse() {
            Ok(Command::Work) => wake.notify_one(),
            Ok(Command::Cancel(job)) => cancel(executor, running, &job).await,
            Ok(Command::Begins(prefix)) => forget_others(executor, running, &prefix).await,
            Err(unknown) => tracing::warn!(%unknown, "the coordinator sent something else"),
        }
    }
    Ok(())
}

/// Ends and removes what another coordinator has left: the one before this one, which is gone with its jobs.
async fn forget_others(executor: &Executor, running: &Arc<Running>, prefix: &str) {
    for job in running.jobs().iter().filter(|job| !job.starts_with(prefix)) {
        tracing::info!(job, "a job of an earlier coordinator is ended");
        cancel(executor, running, job).await;
    }
    let directory = std::path::PathBuf::from(&executor.work_dir);
    let prefix = prefix.to_owned();
    let removed =
        tokio::task::spawn_blocking(move || work_dir::clear(&directory, |job| !job.starts_with(&prefix))).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "files of an earlier coordinator's jobs are left behind");
    }
}

/// Ends a job's tasks here and lets its files go.
async fn cancel(executor: &Executor, running: &Arc<Running>, job: &str) {
    for (stage, task) in running.of(job) {
        match executor.cancel_task(job.into(), stage, task).await {
            Ok(found) => tracing::debug!(job, stage, task, found, "task cancelled"),
            Err(error) => tracing::warn!(job, stage, task, %error, "task could not be cancelled"),
        }
    }
    let (running, job) = (running.clone(), job.to_owned());
    tokio::task::spawn_blocking(move || running.over(&job));
}
