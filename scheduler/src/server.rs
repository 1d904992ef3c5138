//! Assembles Ballista's scheduler with our session states, codec, limits and listener.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use async_trait::async_trait;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::create_scheduler;
use ballista_scheduler::scheduler_server::{JobIdGenerator, SchedulerServer};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::FutureExt;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Engine;
use huitong_engine::backend::command::Command;
use huitong_engine::backend::connection;
use huitong_engine::planning::{self, MESSAGE_BYTES_MAX, Target};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{ClientTlsConfig, Server as GrpcServer, ServerTlsConfig};
use uuid::Uuid;

use crate::control::Control;
use crate::pulse::Pulse;
use crate::rest::Rest;
use crate::results::Peers;
use crate::rpc::ExecutorsOnly;
use crate::staged::Staged;

pub(crate) type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

/// How long executors may take to hear the last word after a stop.
const STOP_GRACE: Duration = Duration::from_secs(1);
/// After this silence an executor is dead and its tasks are given to others.
const EXECUTOR_TIMEOUT_S: u64 = 15;
/// How often silence is looked for.
const EXPIRE_SCAN_S: u64 = 5;
/// How long running jobs wait when the last executor is gone.
const NO_EXECUTOR_GRACE_S: u64 = 30;
/// Upper bound on the life of a result that nobody reads to its end; one that is read is removed at once.
const RESULT_LIFE_S: u64 = 24 * 3600;
/// How long a finished job stays in the system table.
const JOB_MEMORY_S: u64 = 3600;

/// How the scheduler talks.
#[derive(Default)]
pub struct SchedulerOptions {
    /// Certificates of the internal listener; none only on loopback.
    pub server_tls: Option<ServerTlsConfig>,
    /// How to reach executors for results.
    pub client_tls: Option<ClientTlsConfig>,
}

/// A running scheduler; the engine's distributed back end.
pub struct Scheduler {
    server: Server,
    control: Control,
    pulse: Arc<Pulse>,
    rest: Arc<Rest>,
    options: SchedulerOptions,
}

impl Scheduler {
    /// Starts scheduling for `engine` and becomes its back end. Nothing listens yet: see [`Self::serve`].
    pub async fn start(engine: &Arc<Engine>, options: SchedulerOptions) -> Result<Self> {
        let ids = RandomIds::new();
        let control = Control::new(ids.prefix.clone());
        let config = Arc::new(config(engine, &control, ids, &options));
        let failed = |e| Error::new(Code::INTERNAL, "the scheduler does not start").caused_by(e);
        let cluster = BallistaCluster::new_from_config(&config).await.map_err(failed)?;
        let states = cluster.job_state();
        let server: Server = create_scheduler(cluster, config).await.map_err(failed)?;
        let pulse = Arc::new(Pulse::default());
        let rest = Arc::new(Rest::default());
        let peers = Peers {
            endpoint: connection::to_executors(options.client_tls.clone()),
            tls: options.client_tls.is_some(),
            rest: rest.clone(),
        };
        let staged = Staged { server: server.clone(), states, control: control.clone(), pulse: pulse.clone(), peers };
        engine.attach(Arc::new(staged))?;
        Ok(Self { server, control, pulse, rest, options })
    }

    /// Serves executors on `listener` until `stop`.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
        let failed = |e| Error::new(Code::INTERNAL, "the internal listener failed").caused_by(e);
        let (pulse, rest) = (self.pulse.clone(), self.rest.clone());
        let scheduler = SchedulerGrpcServer::new(ExecutorsOnly { server: self.server.clone(), pulse, rest })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let mut builder = GrpcServer::builder();
        if let Some(tls) = &self.options.server_tls {
            builder = builder.tls_config(tls.clone()).map_err(failed)?;
        }
        let stop = stop.shared();
        let serving = builder
            .add_service(scheduler)
            .add_service(FlightServiceServer::new(self.control.clone()))
            .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), stop.clone());
        tokio::select! {
            served = serving => served.map_err(failed),
            // Executors hold their subscription for ever.
            () = async { stop.await; tokio::time::sleep(STOP_GRACE).await } => Ok(()),
        }
    }

    /// Executors that are alive now.
    pub async fn executors(&self) -> usize {
        self.server.state.executor_manager.get_executors_state().await.map_or(0, |executors| executors.len())
    }
}

fn config(engine: &Arc<Engine>, control: &Control, ids: RandomIds, options: &SchedulerOptions) -> SchedulerConfig {
    let (partitions, runtime) = (engine.partitions(), engine.runtime());
    let wake = control.clone();
    SchedulerConfig {
        scheduler_id: format!("huitong-{}", Uuid::new_v4().simple()),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        task_distribution: TaskDistributionPolicy::RoundRobin,
        grpc_server_max_decoding_message_size: MESSAGE_BYTES_MAX as u32,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES_MAX as u32,
        grpc_client_max_message_size: MESSAGE_BYTES_MAX as u32,
        executor_timeout_seconds: EXECUTOR_TIMEOUT_S,
        expire_dead_executor_interval_seconds: EXPIRE_SCAN_S,
        no_executors_grace_period_seconds: NO_EXECUTOR_GRACE_S,
        finished_job_data_clean_up_interval_seconds: RESULT_LIFE_S,
        finished_job_state_clean_up_interval_seconds: JOB_MEMORY_S,
        override_config_producer: Some(Arc::new(move || planning::config(Target::Staged, partitions))),
        override_session_builder: Some(Arc::new(move |_| Ok(planning::bare_state(partitions, runtime.clone())))),
        override_physical_codec: Some(planning::codec()),
        override_create_grpc_client_endpoint: Some(connection::to_executors(options.client_tls.clone())),
        use_tls: options.client_tls.is_some(),
        on_work_available: Some(Arc::new(move |_| wake.send(Command::Work))),
        job_id_generator: Some(Arc::new(ids)),
        ..SchedulerConfig::default()
    }
}

/// Job ids that cannot be guessed: an id is part of what fetches a result. All of one scheduler begin alike, so that an
/// executor knows what another one has left behind.
struct RandomIds {
    prefix: String,
}

impl RandomIds {
    fn new() -> Self {
        Self { prefix: random_digits(8) }
    }
}

#[async_trait]
impl JobIdGenerator for RandomIds {
    async fn next_id(&self) -> String {
        format!("{}{}", self.prefix, random_digits(24))
    }
}

/// At most 32 hexadecimal digits.
fn random_digits(digits: usize) -> String {
    let mut text = Uuid::new_v4().simple().to_string();
    // The digits in the middle of such an id say what kind it is.
    text.replace_range(12..13, &Uuid::new_v4().simple().to_string()[..1]);
    text.truncate(digits);
    text
}
