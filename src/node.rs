//! One process's parts, opened from a configuration: the lock on its directory, state, users, engine, and the embedded
//! cluster of `serve`, `demo` and `sql --dir`.

use std::convert::Infallible;
use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::clock::{Clock, SystemClock};
use huitong_catalog::config::{Document, Identity, Memory, Serve, StatePlace};
use huitong_catalog::identity::{FirstAdmin, Options, Users};
use huitong_catalog::ids::{SystemRandomness, uuid};
use huitong_catalog::lease::HeldLease;
use huitong_catalog::state::{COORDINATOR, State};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::admission::Queue;
use huitong_engine::audit;
use huitong_engine::queries::keeper;
use huitong_engine::{ClientLimits, Engine, EngineConfig, sweep};
use huitong_executor::{Executor, ExecutorOptions};
use huitong_gateway::issuer;
use huitong_scheduler::{Scheduler, SchedulerOptions};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::signals::Stop;

/// Bytes up to which `auto` stays in a coordinator whose executors are elsewhere.
const LOCAL_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Executors of an embedded cluster.
const EMBEDDED_EXECUTORS: usize = 2;
/// How long their tasks may finish after a stop.
const EMBEDDED_GRACE: Duration = Duration::from_secs(5);
/// How long the right of a coordinator that was killed is waited for.
const LEASE_WAIT: Duration = Duration::from_secs(15);
/// How long the last records of statements may take into the lake when the process stops.
const HISTORY_GRACE: Duration = Duration::from_secs(5);
/// How long the last records of the audit may take into the state database.
pub const AUDIT_GRACE: Duration = Duration::from_secs(5);
/// How long an embedded executor may take to appear.
const APPEAR_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the executors of an engine are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Executors {
    /// In this process: see [`Node::start_cluster`].
    Embedded,
    /// In processes of their own, or nowhere.
    Elsewhere {
        /// Whether they talk to each other under TLS.
        tls: bool,
    },
}

/// An open data directory.
pub struct Node {
    pub engine: Arc<Engine>,
    pub users: Arc<Users>,
    pub state: State,
    folder: PathBuf,
    slots: usize,
    executor_memory: usize,
    /// That this process alone works on the state database.
    lease: Arc<HeldLease>,
    /// Removes directories that nothing names, until it is dropped.
    _sweep: JoinSet<()>,
    /// On the state's directory and on the lake's, held until the process ends: either alone could be another process's. A
    /// lake in a bucket needs none: commits there are made only if nobody else made them.
    _locks: [Option<File>; 2],
}

/// The configuration of a process that was only told a directory, which is made if it is missing.
pub fn document_of(dir: &Path) -> Result<Document> {
    std::fs::create_dir_all(dir).map_err(|e| unusable(dir, e))?;
    document_at(dir)
}

/// The configuration that a directory stands for, whether it is there or not.
pub fn document_at(dir: &Path) -> Result<Document> {
    let dir = std::path::absolute(dir).map_err(|e| unusable(dir, e))?;
    let mut document = Document::empty(&dir);
    document.set("storage.root", "lake")?;
    document.set("state.path", "state.db")?;
    Ok(document)
}

/// Refuses a place where no server has kept its state: opening it would make an empty one.
pub fn must_exist(config: &Serve) -> Result<()> {
    let file = match &config.state {
        StatePlace::File(file) if !file.is_file() => file,
        StatePlace::File(_) | StatePlace::Postgres(_) => return Ok(()),
    };
    let text = format!("there is no data directory: `{}` is missing", file.display());
    Err(Error::new(Code::NO_DATA_DIRECTORY, text)
        .with_hint("is this its path? a server makes a new one when it starts"))
}

impl Node {
    /// Opens what the configuration names, for this process alone.
    pub async fn open(config: &Serve, extra_paths: &[PathBuf], executors: Executors) -> Result<Self> {
        let lake_lock = config.storage.root.directory().map(lock_lake).transpose()?;
        let (folder, lock) = open_folder(config)?;
        let state = State::at(&config.state).await?;
        // By connections of its own: behind those of a thousand clients the lease would be renewed too late, and the coordinator end.
        let keeper = State::at(&config.state).await?;
        let lease = Arc::new(take_lease(&keeper, &config.state).await?);
        // From here on nothing is changed any more once another coordinator has taken over.
        let state = state.fenced(lease.epoch());
        let users = open_users(&state, options(&config.identity)?).await?;
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = match executors {
            // Half of the memory for plans that run here, half for the executors beside them.
            Executors::Embedded => memory_bytes(config.engine.memory) / 2,
            Executors::Elsewhere { .. } => memory_bytes(config.engine.memory),
        };
        let engine = Engine::open(EngineConfig {
            lake: config.storage.root.clone(),
            allowed_paths: config.storage.allowed_paths.iter().chain(extra_paths).cloned().collect(),
            spill_dir: folder.join("spill"),
            memory_bytes: memory,
            partitions: config.engine.target_partitions.map_or(cores, usize::from),
            local_bytes_max: config.engine.local_bytes_max.unwrap_or(match executors {
                // They have the same cores, so stages win only where memory is short.
                Executors::Embedded => memory as u64 / 4,
                Executors::Elsewhere { .. } => LOCAL_BYTES_MAX,
            }),
            keep_dropped: config.keep_dropped,
            internal_tls: executors == Executors::Elsewhere { tls: true },
            state: state.clone(),
            lease: Some(lease.clone()),
            compact_after_files: config.storage.compact_after_files,
            audit: config.audit.clone(),
            journal: folder.join("history"),
            limits: ClientLimits {
                user_sessions_max: usize::try_from(config.clients.user_sessions_max.get()).ok(),
                result_bytes_max: config.clients.result_bytes_max,
                idle_after: config.clients.idle_after,
                keep_alive: config.clients.keep_alive,
            },
            admission: Queue::new(&config.admission, memory as u64, cores),
            users: users.clone(),
            clock,
            randomness,
        });
        let engine = engine.await?;
        let mut sweep = JoinSet::new();
        sweep.spawn(sweep::work(engine.clone()));
        sweep.spawn(keeper::work(engine.clone(), config.history_keep));
        sweep.spawn(audit::keep(engine.audit().clone()));
        let slots = cores.div_ceil(EMBEDDED_EXECUTORS);
        Ok(Self {
            engine,
            users,
            state,
            folder,
            slots,
            executor_memory: memory / EMBEDDED_EXECUTORS,
            lease,
            _sweep: sweep,
            _locks: [Some(lock), lake_lock],
        })
    }

    /// Stops the process as soon as it may no longer think itself the only coordinator.
    pub fn stop_when_not_alone(&self, stop: &Stop) {
        let (lost, stopped, stop) = (self.lease.lost(), stop.stopped(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = lost => stop.now(),
                () = stopped => {}
            }
        });
    }

    /// Of the lease, for what is written in its name.
    pub fn epoch(&self) -> i64 {
        self.lease.epoch()
    }

    /// Gives the lease back, so that the next coordinator need not wait; an error if it was lost before.
    pub async fn close(&self) -> Result<()> {
        let alone = self.check_alone();
        if alone.is_ok() {
            keeper::finish(&self.engine, HISTORY_GRACE).await;
            if !self.engine.audit().finish(AUDIT_GRACE).await {
                tracing::error!("the last records of the audit are lost: the state database does not take them");
            }
        }
        self.lease.release().await;
        alone
    }

    /// An error if the process stopped because of that.
    fn check_alone(&self) -> Result<()> {
        match self.lease.is_held() {
            true => Ok(()),
            false => Err(Error::new(
                Code::STORE_UNAVAILABLE,
                "the state database did not answer in time, so another coordinator may have taken over",
            )
            .with_hint("start this one again; it works when the other one has ended")),
        }
    }

    /// Starts a scheduler and executors in this process, over loopback, and waits until they know each other.
    pub async fn start_cluster(&self, stop: &Stop) -> Result<Cluster> {
        let scheduler = Arc::new(Scheduler::start(&self.engine, SchedulerOptions::default()).await?);
        let listener = loopback().await?;
        let address = listener.local_addr().map_err(no_port)?;
        let mut tasks = JoinSet::new();
        // The scheduler serves until the last executor has gone.
        let (there, mut gone) = mpsc::channel::<Infallible>(1);
        let serving = scheduler.clone();
        tasks.spawn(async move {
            let all_gone = async move {
                gone.recv().await;
            };
            serving.serve(listener, all_gone).await
        });
        for number in 1..=EMBEDDED_EXECUTORS {
            let executor = Executor::new(self.executor(number, address), loopback().await?)?;
            let (stopped, there) = (stop.stopped(), there.clone());
            tasks.spawn(async move {
                let ended = executor.serve(stopped).await;
                drop(there);
                ended
            });
        }
        appeared(&scheduler).await?;
        Ok(Cluster { tasks })
    }

    fn executor(&self, number: usize, coordinator: SocketAddr) -> ExecutorOptions {
        ExecutorOptions {
            id: format!("embedded-{number}"),
            coordinator: format!("http://{coordinator}"),
            advertise_host: Ipv4Addr::LOCALHOST.to_string(),
            work_dir: self.folder.join("work").join(format!("executor-{number}")),
            slots: self.slots,
            memory_bytes: self.executor_memory,
            runtime: self.engine.runtime(),
            grace: EMBEDDED_GRACE,
            embedded: true,
            server_tls: None,
            client_tls: None,
            peer_tls: None,
        }
    }

    /// Makes the first administrator if there is no user yet, with the password of `HUITONG_ADMIN_PASSWORD` or a random
    /// one that is told once.
    pub async fn first_admin(&self) -> Result<FirstAdmin> {
        self.users.ensure_first_admin(std::env::var("HUITONG_ADMIN_PASSWORD").ok()).await
    }
}

/// The users of a place, without an engine.
pub struct Registry {
    pub users: Arc<Users>,
    pub state: State,
    /// On the folder, held until the process ends.
    _lock: File,
}

impl Registry {
    /// Opens what the configuration names, for this process alone where it lies in a file.
    pub async fn open(config: &Serve) -> Result<Self> {
        let (_, lock) = open_folder(config)?;
        let state = State::at(&config.state).await?;
        let users = open_users(&state, config.identity.options()).await?;
        Ok(Self { users, state, _lock: lock })
    }
}

/// Who works on a directory by hand, as the audit keeps it: the number that the system has for them, where it tells one, and the name that
/// their environment says, which they could have changed.
pub fn hand() -> String {
    #[cfg(unix)]
    let number = std::fs::metadata("/proc/self").ok().map(|own| std::os::unix::fs::MetadataExt::uid(&own));
    #[cfg(not(unix))]
    let number: Option<u32> = None;
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let (number, name) = (number.map(|number| format!(" as {number}")), name.map(|name| format!(" by `{name}`")));
    format!("huitong {}{}{}", env!("CARGO_PKG_VERSION"), number.unwrap_or_default(), name.unwrap_or_default())
}

/// The state database of a place, and nothing else of it.
pub struct Held {
    pub state: State,
    /// On the folder, held until the process ends.
    _lock: File,
}

impl Held {
    /// Opens what the configuration names, for this process alone where it lies in a file.
    pub async fn open(config: &Serve) -> Result<Self> {
        let (_, lock) = open_folder(config)?;
        Ok(Self { state: State::at(&config.state).await?, _lock: lock })
    }
}

/// A process's own folder, and the lock on it.
fn open_folder(config: &Serve) -> Result<(PathBuf, File)> {
    let folder = config.work_dir();
    std::fs::create_dir_all(&folder).map_err(|e| unusable(&folder, e))?;
    let lock = lock(&folder, "lock")?;
    Ok((folder, lock))
}

async fn open_users(state: &State, options: Options) -> Result<Arc<Users>> {
    let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
    Users::open(state.clone(), clock, randomness, options).await.map(Arc::new)
}

/// The rules for users, and the issuer whose tokens are taken. One that does not answer is told in the log, and asked again when
/// somebody signs in.
fn options(identity: &Identity) -> Result<Options> {
    let issuer = identity.oidc.as_ref().map(issuer::of).transpose()?;
    if let Some(issuer) = issuer.clone() {
        tokio::spawn(async move {
            if let Err(error) = issuer.prepare(SystemClock.now()).await {
                tracing::warn!(code = %error.code, %error, "nobody can sign in by a token of the issuer yet");
            }
        });
    }
    Ok(Options { issuer, ..identity.options() })
}

/// Takes the right to be the only coordinator. One that was killed holds it for a moment longer; where the state is a file, the
/// lock on its directory has shown already that nobody else is there.
async fn take_lease(state: &State, place: &StatePlace) -> Result<HeldLease> {
    let holder = match place {
        StatePlace::File(_) => "file".to_owned(),
        StatePlace::Postgres(_) => uuid(&SystemRandomness)?,
    };
    let deadline = tokio::time::Instant::now() + LEASE_WAIT;
    loop {
        if let Some(lease) = HeldLease::take(state, COORDINATOR, &holder).await? {
            return Ok(lease);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Error::new(Code::DIRECTORY_HELD, "another coordinator works on this state database")
                .with_hint("stop it first, or give this one a database of its own"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The embedded cluster's tasks.
pub struct Cluster {
    tasks: JoinSet<Result<()>>,
}

impl Cluster {
    /// Waits until all parts have ended; the first failure is told.
    pub async fn ended(mut self) -> Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(|e| Error::new(Code::INTERNAL, "a part of the cluster broke").caused_by(e))??;
        }
        Ok(())
    }
}

/// Bytes of the machine's (or the container's) memory that a setting means.
pub fn memory_bytes(memory: Memory) -> usize {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    let total =
        system.cgroup_limits().map_or(system.total_memory(), |limits| limits.total_memory.min(system.total_memory()));
    usize::try_from(memory.resolve(total)).unwrap_or(usize::MAX)
}

/// Tells a new administrator's password, once.
pub fn tell_first_admin(admin: &FirstAdmin) {
    if let Some(password) = &admin.one_time_password {
        eprintln!(
            "First administrator: user `{}`, password `{password}` (shown only now; change it with ALTER USER {} PASSWORD '…')",
            admin.name, admin.name
        );
    }
}

async fn appeared(scheduler: &Scheduler) -> Result<()> {
    let deadline = tokio::time::Instant::now() + APPEAR_TIMEOUT;
    while scheduler.executors().await < EMBEDDED_EXECUTORS {
        if tokio::time::Instant::now() > deadline {
            return Err(Error::new(Code::NO_EXECUTOR, "the embedded executors did not start"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn lock_lake(root: &Path) -> Result<File> {
    std::fs::create_dir_all(root).map_err(|e| unusable(root, e))?;
    lock(root, ".huitong.lock")
}

fn lock(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| unusable(folder, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::new(Code::DIRECTORY_HELD, format!("`{}` is in use by another process", folder.display()))
                .with_hint("connect to that server with `huitong sql --url …`, or stop it first"))
        }
        Err(TryLockError::Error(error)) => Err(unusable(folder, error)),
    }
}

async fn loopback() -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)
}

fn no_port(error: std::io::Error) -> Error {
    Error::new(Code::INTERNAL, "no port on the loopback interface").caused_by(error)
}

/// Binds a listener of the configuration.
pub async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| {
        Error::new(Code::BAD_VALUE, format!("`{key} = {address}` cannot be bound: {e}"))
            .with_hint("another process may hold the port; port 0 takes any free one")
            .caused_by(e)
    })
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be used: {error}", path.display())).caused_by(error)
}
