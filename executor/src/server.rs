//! Assembles Ballista's executor with our runtime, functions, codec and listener.

use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::BallistaLogicalExtensionCodec;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    ExecutorOperatingSystemSpecification, ExecutorRegistration, ExecutorResource, ExecutorSpecification,
    ExecutorStoppedParams, executor_resource::Resource,
};
use ballista_executor::execution_engine::DefaultExecutionEngine;
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor as BallistaExecutor;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use ballista_executor::runtime_cache::{DefaultSessionRuntimeCache, MemoryPoolPolicy};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::backend::connection;
use huitong_engine::planning::{self, MESSAGE_BYTES_MAX, Target};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Server as GrpcServer, ServerTlsConfig};

use crate::connections::Connections;
use crate::control;
use crate::pool::TaskPool;
use crate::running::Running;
use crate::stages::Stages;
use crate::work_dir;

/// How long an ended task's slot is waited for.
const SLOT_RETURN_MS_MAX: u32 = 20;
/// How often late files are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How often an executor that stops looks whether it is still needed.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What one executor is and may use.
pub struct ExecutorOptions {
    /// Unique in the cluster.
    pub id: String,
    /// URL of the coordinator's internal listener.
    pub coordinator: String,
    /// Name or address under which other executors and the coordinator reach this one.
    pub advertise_host: String,
    /// Where shuffle files go; made if missing. Must not be shared with another executor.
    pub work_dir: PathBuf,
    /// Tasks at a time.
    pub slots: usize,
    /// Memory of all tasks together.
    pub memory_bytes: usize,
    /// The process's environment: object stores, caches, spill directory.
    pub runtime: Arc<RuntimeEnv>,
    /// How long running tasks may finish after a stop, and shuffle files are kept for others.
    pub grace: Duration,
    /// Whether the coordinator ends with this executor: then nobody will ask for its files.
    pub embedded: bool,
    /// Certificates of this executor's listener; none only on loopback.
    pub server_tls: Option<ServerTlsConfig>,
    /// How to reach the coordinator.
    pub client_tls: Option<ClientTlsConfig>,
    /// How to reach other executors.
    pub peer_tls: Option<ClientTlsConfig>,
}

/// One executor, ready to serve.
pub struct Executor {
    options: ExecutorOptions,
    executor: Arc<BallistaExecutor>,
    running: Arc<Running>,
    listener: TcpListener,
    _work_dir: File,
}

impl Executor {
    /// Makes an executor that will serve its shuffle files on `listener`.
    pub fn new(options: ExecutorOptions, listener: TcpListener) -> Result<Self> {
        let no_address = |e| Error::new(Code::INTERNAL, "the executor's listener has no address").caused_by(e);
        let lock = work_dir::take(&options.work_dir)?;
        let address = listener.local_addr().map_err(no_address)?;
        let running = Arc::new(Running::new(&options.work_dir));
        let executor = Arc::new(assemble(&options, address, running.clone()));
        Ok(Self { options, executor, running, listener, _work_dir: lock })
    }

    /// Serves until `stop`, then lets running tasks finish within the grace time and says goodbye.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<()> {
        let channel = connect(&self.options).await?;
        let wake = Arc::new(Notify::new());
        let scheduler = SchedulerGrpcClient::new(channel.clone())
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let codec: BallistaCodec<LogicalPlanNode, PhysicalPlanNode> =
            BallistaCodec::new(Arc::new(BallistaLogicalExtensionCodec::default()), planning::codec());
        let slots = Arc::new(Semaphore::new(self.options.slots));
        let health = ExecutorHealth::new();
        let mut polling = Box::pin(poll_loop(
            scheduler.clone(),
            self.executor.clone(),
            codec,
            Some(wake.clone()),
            Some(slots.clone()),
            health,
        ));
        let listening = control::listen(channel, self.executor.clone(), self.running.clone(), wake.clone());
        let reporting = report_soon(&self.running, &slots, self.options.slots, &wake);
        let sweeping = sweep(self.running.clone());
        let serving = serve_shuffles(self.listener, &self.options);
        let worked = async {
            tokio::select! {
                polled = &mut polling => polled.map_err(|e| Error::new(Code::JOB_FAILED, "polling for work failed").caused_by(e)),
                served = serving => served,
                () = listening => Ok(()),
                () = reporting => Ok(()),
                () = sweeping => Ok(()),
                () = drained(stop, &self.executor, &slots, &self.options) => Ok(()),
            }
        };
        let outcome = worked.await;
        // The loop owns a runtime, which may not be dropped inside another; it ends with the process.
        std::mem::forget(polling);
        goodbye(scheduler, &self.options.id).await;
        outcome
    }
}

fn assemble(options: &ExecutorOptions, address: SocketAddr, running: Arc<Running>) -> BallistaExecutor {
    let partitions = options.slots;
    let runtime = options.runtime.clone();
    let state = planning::bare_state(partitions, runtime.clone());
    let pool = Arc::new(Connections::default());
    let policy = memory_policy(options.memory_bytes, options.slots);
    let base: ballista_core::RuntimeProducer = Arc::new(move |_: &SessionConfig| Ok(runtime.clone()));
    let (host, port, work) = (&options.advertise_host, address.port(), options.work_dir.display());
    let place = format!("at `{host}:{port}`, which works in `{work}`");
    // One base environment for all sessions, so a small cache of sessions is only there to carry the memory policy.
    let cache = DefaultSessionRuntimeCache::new(base.clone(), policy, 1);
    BallistaExecutor::new(
        registration(options, address),
        &options.work_dir.to_string_lossy(),
        base,
        Arc::new(config_producer(options, partitions)),
        Arc::new(BallistaFunctionRegistry::from(&state)),
        Arc::new(LoggingMetricsCollector::default()),
        options.slots,
        Arc::new(Stages::new(DefaultExecutionEngine::with_client_pool(pool), running, &place)),
    )
    .with_session_runtime_cache(Some(Arc::new(cache)))
}

fn config_producer(options: &ExecutorOptions, partitions: usize) -> impl Fn() -> SessionConfig + Send + Sync + 'static {
    use ballista_core::extension::SessionConfigExt;
    let tls = options.peer_tls.clone();
    move || {
        let config = planning::config(Target::Staged, partitions);
        let endpoint = connection::to_executors(tls.clone());
        config.with_ballista_use_tls(tls.is_some()).with_ballista_override_create_grpc_client_endpoint(endpoint)
    }
}

/// Each task gets the share of the memory that its slots are of all slots, in a pool of its own.
fn memory_policy(memory_bytes: usize, slots: usize) -> MemoryPoolPolicy {
    let per_slot = (memory_bytes / slots.max(1)).max(1);
    Arc::new(move |base: Arc<RuntimeEnv>, _config: &SessionConfig, slots_used: u32| {
        let slots = slots_used.max(1) as usize;
        let pool = TaskPool::new(per_slot.saturating_mul(slots), slots);
        RuntimeEnvBuilder::from_runtime_env(&base).with_memory_pool(Arc::new(pool)).build_arc()
    })
}

fn registration(options: &ExecutorOptions, address: SocketAddr) -> ExecutorRegistration {
    let slots = u32::try_from(options.slots).unwrap_or(u32::MAX);
    ExecutorRegistration {
        id: options.id.clone(),
        host: Some(options.advertise_host.clone()),
        port: u32::from(address.port()),
        grpc_port: 0,
        specification: Some(ExecutorSpecification {
            resources: vec![ExecutorResource { resource: Some(Resource::Vcores(slots)) }],
        }),
        // What the machine is, is its own business; the scheduler only asks that the field is there.
        os_info: Some(ExecutorOperatingSystemSpecification::default()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

async fn connect(options: &ExecutorOptions) -> Result<Channel> {
    let unusable = |e: tonic::transport::Error| {
        let text = format!("the coordinator at `{}` cannot be reached", options.coordinator);
        Error::new(Code::NO_EXECUTOR, text).caused_by(e)
    };
    let endpoint = Endpoint::from_shared(options.coordinator.clone()).map_err(unusable)?;
    let endpoint = connection::watched(endpoint);
    let endpoint = match &options.client_tls {
        Some(tls) => endpoint.tls_config(tls.clone()).map_err(unusable)?,
        None => endpoint,
    };
    // Lazy: an executor may be started before its coordinator and waits for it by polling.
    Ok(endpoint.connect_lazy())
}

async fn serve_shuffles(listener: TcpListener, options: &ExecutorOptions) -> Result<()> {
    let failed = |e| Error::new(Code::INTERNAL, "the executor's listener failed").caused_by(e);
    let shuffles =
        FlightServiceServer::new(BallistaFlightService::new(options.work_dir.to_string_lossy().into_owned()))
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let mut builder = GrpcServer::builder();
    if let Some(tls) = &options.server_tls {
        builder = builder.tls_config(tls.clone()).map_err(failed)?;
    }
    builder
        .add_service(shuffles)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .map_err(failed)
}

/// Completes when `stop` has come and nobody needs this executor any more, or the grace time is over: the tasks that ran then
/// have finished and been reported, and the jobs whose shuffle files are here have ended. Taking the slots keeps new tasks
/// away while the polling goes on, which also brings word of jobs that have ended.
async fn drained(
    stop: impl Future<Output = ()>,
    executor: &BallistaExecutor,
    slots: &Semaphore,
    options: &ExecutorOptions,
) {
    stop.await;
    let finished = async {
        let all = u32::try_from(options.slots).unwrap_or(u32::MAX);
        let _taken = slots.acquire_many(all).await;
        let is_needed = || !options.embedded && work_dir::holds_a_job(&options.work_dir);
        while executor.active_task_count() > 0 || is_needed() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    if tokio::time::timeout(options.grace, finished).await.is_err() {
        tracing::warn!(grace = ?options.grace, "this executor was still needed when the grace time ended");
    }
}

/// Removes late files of jobs that are over, from time to time.
async fn sweep(running: Arc<Running>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let running = running.clone();
        tokio::task::spawn_blocking(move || running.sweep()).await.ok();
    }
}

/// Wakes the polling when a task has ended. The loop reports ended tasks only when it polls, and without work it would
/// wait a second; a query of many small stages would take a second for each. A task's report is queued just before its
/// slot comes back, so that is waited for.
async fn report_soon(running: &Running, slots: &Semaphore, total: usize, wake: &Notify) {
    loop {
        running.ended.notified().await;
        for _ in 0..SLOT_RETURN_MS_MAX {
            if slots.available_permits() + running.count() >= total {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        wake.notify_one();
    }
}

/// Tells the coordinator, so that it need not wait for silence.
async fn goodbye(mut scheduler: SchedulerGrpcClient<Channel>, id: &str) {
    let message = ExecutorStoppedParams { executor_id: id.to_owned(), reason: "stopped".to_owned() };
    let told = tokio::time::timeout(Duration::from_secs(1), scheduler.executor_stopped(message)).await;
    if let Ok(Err(error)) = told {
        tracing::debug!(%error, "the coordinator did not hear that this executor stopped");
    }
}
