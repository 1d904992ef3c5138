//! The parts of one process, wired together.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock, Weak};
use std::time::Duration;

use aws_lc_rs::hkdf;
use ballista_core::extension::SessionConfigExt;
use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use huitong_catalog::clock::Clock;
use huitong_catalog::config::{self, Root};
use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::ids::{self, Randomness};
use huitong_catalog::jobs::Jobs;
use huitong_catalog::lease::HeldLease;
use huitong_catalog::names::check_name;
use huitong_catalog::state::{SchemaRow, State, taken_over};
use huitong_catalog::{Code, Error, Result};

use tokio::sync::Notify;

use crate::admission::{Admission, Group, Queue};
use crate::audit::sign_ins::Recorded;
use crate::audit::{self, Audit, Place, events};
use crate::backend::Backend;
use crate::backend::local::Local;
use crate::compaction::Compaction;
use crate::contracts::Current;
use crate::guard::access::{Access, Decisions};
use crate::guard::pseudonyms;
use crate::lineage::Graph;
use crate::namespace::Names;
use crate::planning::{self, DEFAULT_SCHEMA, Target};
use crate::queries::Queries;
use crate::queries::sessions::{Client, Keeper};
use crate::runtime::{Limits, environment};
use crate::session::{Door, Session};
use crate::stores::{self, Stores};
use crate::sweep::{ID_DIGITS, Making};
use crate::system;
use crate::tables::lake::Lake;
use crate::work::Work;

/// What an engine is made of.
pub struct EngineConfig {
    /// Where the lake's tables are.
    pub lake: Root,
    /// Further directories below which files may be read and written by administrators.
    pub allowed_paths: Vec<PathBuf>,
    /// Where operators spill.
    pub spill_dir: PathBuf,
    pub memory_bytes: usize,
    /// How many parts a plan is cut into.
    pub partitions: usize,
    /// Estimated bytes up to which `auto` runs a plan in this process.
    pub local_bytes_max: u64,
    /// How long files of dropped tables are kept.
    pub keep_dropped: Duration,
    /// Whether executors talk to each other under TLS; a task is told so with its plan.
    pub internal_tls: bool,
    pub state: State,
    /// That this process alone works on `state`; asked before each commit in a bucket whose store cannot tell of two commits which
    /// came first. Without it such a bucket is refused.
    pub lease: Option<Arc<HeldLease>>,
    /// Small files of a table after which they are put together by themselves; 0 for never.
    pub compact_after_files: usize,
    /// How many statements run at a time, and who is next.
    pub admission: Queue,
    /// What one client may have.
    pub limits: ClientLimits,
    /// How the audit is written.
    pub audit: config::Audit,
    /// A directory of this process alone, for records of statements that are not in the lake yet.
    pub journal: PathBuf,
    pub users: Arc<Users>,
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

/// What one client may have; none for any number.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientLimits {
    /// Sessions of one user.
    pub user_sessions_max: Option<usize>,
    /// How long a session may do nothing.
    pub idle_after: Option<Duration>,
    /// Bytes of the answer of one statement.
    pub result_bytes_max: Option<u64>,
    /// How long an answer is silent before it says that it is alive.
    pub keep_alive: Option<Duration>,
}

/// One process's engine. Sessions hold it; it lives as long as the last of them.
pub struct Engine {
    lake: Lake,
    stores: Arc<Stores>,
    runtime: Arc<RuntimeEnv>,
    templates: Templates,
    names: RwLock<Arc<Names>>,
    /// Taken by statements that change names, so that the snapshot above never goes back.
    names_change: tokio::sync::Mutex<()>,
    /// Changed under `names_change`, too.
    lineage: RwLock<Arc<Graph>>,
    contracts: RwLock<Arc<Current>>,
    decisions: Decisions,
    /// Keys of pseudonyms come from it.
    pseudonyms: hkdf::Prk,
    /// Taken by whoever applies a model.
    contracts_change: tokio::sync::Mutex<()>,
    work: Arc<Work>,
    local: Arc<Local>,
    making: Arc<Making>,
    cluster: OnceLock<Arc<dyn Backend>>,
    queries: Queries,
    audit: Audit,
    jobs: Jobs,
    jobs_wake: Notify,
    admission: Admission,
    compaction: Arc<Compaction>,
    config: EngineConfig,
}

/// States that every statement starts from: building one registers hundreds of functions, cloning one does not.
struct Templates {
    local: SessionState,
    staged: SessionState,
}

impl Engine {
    /// Opens the lake. The schema `public` is there from the start.
    pub async fn open(config: EngineConfig) -> Result<Arc<Self>> {
        let directory = config.lake.directory().map(std::path::Path::to_path_buf);
        let limits = Limits {
            memory_bytes: config.memory_bytes,
            spill_dir: config.spill_dir.clone(),
            roots: directory.into_iter().chain(config.allowed_paths.clone()).collect(),
        };
        let bucket = match config.lake.bucket() {
            None => None,
            Some(bucket) => Some(stores::coordinators(bucket, &config.state, config.lease.clone()).await?),
        };
        let (runtime, stores) = environment(&limits, bucket)?;
        for name in [DEFAULT_SCHEMA, system::SCHEMA] {
            let (owner, created_at) = (Principal::operator().name, config.clock.now());
            config.state.insert_schema(&SchemaRow { name: name.to_owned(), owner, created_at }).await?;
        }
        let template = |target| {
            let settings = planning::config(target, config.partitions);
            let settings = match target {
                Target::Staged => settings.with_ballista_use_tls(config.internal_tls),
                Target::Local => settings,
            };
            planning::state(settings, runtime.clone(), Arc::new(MemoryCatalogProviderList::new()))
        };
        let work = Arc::new(Work::new()?);
        let lake = Lake::new(&config.lake, stores.clone())?;
        let place =
            Place { store: lake.store(), folder: lake.path(audit::FOLDER)?, directory: lake.directory(audit::FOLDER) };
        let (clock, randomness) = (config.clock.clone(), config.randomness.as_ref());
        let audit = Audit::open(config.state.clone(), place, clock, randomness, config.audit.clone()).await?;
        config.users.watched_by(Arc::new(Recorded { audit: audit.clone(), clock: config.clock.clone() }));
        let engine = Arc::new(Self {
            local: Arc::new(Local::new(work.clone())),
            work,
            lake,
            audit,
            stores,
            templates: Templates { local: template(Target::Local), staged: template(Target::Staged) },
            runtime,
            names: RwLock::new(Arc::new(Names::read(&config.state).await?)),
            names_change: tokio::sync::Mutex::default(),
            lineage: RwLock::new(Arc::new(Graph::read(&config.state).await?)),
            contracts: RwLock::new(Arc::new(Current::read_or_nothing(&config.state).await?)),
            contracts_change: tokio::sync::Mutex::default(),
            decisions: Decisions::default(),
            pseudonyms: pseudonyms::open(&config.state, config.randomness.as_ref()).await?,
            making: Arc::default(),
            cluster: OnceLock::new(),
            queries: Queries::open(config.journal.clone(), config.limits.user_sessions_max)?,
            jobs: Jobs::new(config.state.clone(), config.clock.clone(), config.randomness.clone()),
            jobs_wake: Notify::new(),
            admission: Admission::new(config.admission.limits.clone()),
            compaction: Arc::new(Compaction::new(config.compact_after_files)),
            config,
        });
        engine.audit.note(events::startup(&engine));
        Ok(engine)
    }

    /// Gives the engine a back end that spans processes; the first one stays.
    pub fn attach(&self, cluster: Arc<dyn Backend>) -> Result<()> {
        self.cluster.set(cluster).map_err(|_| Error::new(Code::INTERNAL, "the engine has a cluster already"))
    }

    /// A new session for `principal`, who came by `door`.
    pub fn session(self: &Arc<Self>, principal: Principal, door: Door) -> Session {
        self.session_of(principal, door, Client::default())
    }

    /// The same for somebody who connects with a client.
    pub fn session_of(self: &Arc<Self>, principal: Principal, door: Door, client: Client) -> Session {
        // Only for people to tell sessions apart; nothing is protected by it.
        let id = uuid::Uuid::new_v4().simple().to_string();
        let seat = self.queries.sessions.enter(id, principal.name.clone(), door, client, self.config.clock.now());
        Session::new(self.clone(), principal, door, seat)
    }

    /// The same for a connection that stays. A user who has as many as one may have loses the idlest that a keeper has, or is refused
    /// with HT0415.
    pub fn connect(self: &Arc<Self>, principal: Principal, door: Door, client: Client) -> Result<Session> {
        self.queries.sessions.make_room(&principal.name)?;
        Ok(self.session_of(principal, door, client))
    }

    /// Who keeps sessions of clients that may have left: asked to end one when its user needs another.
    pub fn kept_by(&self, keeper: Weak<dyn Keeper>) {
        self.queries.sessions.kept_by(keeper);
    }

    pub fn cluster(&self) -> Option<&Arc<dyn Backend>> {
        self.cluster.get()
    }

    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    pub fn runtime(&self) -> Arc<RuntimeEnv> {
        self.runtime.clone()
    }

    pub fn partitions(&self) -> usize {
        self.config.partitions
    }

    pub fn users(&self) -> &Arc<Users> {
        &self.config.users
    }

    /// Durable jobs: their books. Whoever coordinates works on them.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Completes when somebody has changed a job.
    pub async fn jobs_changed(&self) {
        self.jobs_wake.notified().await;
    }

    pub(crate) fn wake_jobs(&self) {
        self.jobs_wake.notify_one();
    }

    /// Whoever a job runs for.
    pub async fn acting(&self, owner: &str) -> Result<Principal> {
        let operator = Principal::operator();
        if operator.name == owner { Ok(operator) } else { self.config.users.acting(owner).await }
    }

    /// Tables whose small files are to be put together.
    pub(crate) fn compaction(&self) -> &Arc<Compaction> {
        &self.compaction
    }

    /// The queue that statements pass before they run.
    pub(crate) fn admission(&self) -> &Admission {
        &self.admission
    }

    pub(crate) fn groups(&self) -> &[Arc<Group>] {
        &self.config.admission.groups
    }

    /// How long a statement may run unless its session says otherwise.
    pub(crate) fn statement_timeout(&self) -> Option<Duration> {
        self.config.admission.statement_timeout
    }

    /// How long a result may wait for somebody who takes its rows.
    pub(crate) fn abandoned_after(&self) -> Option<Duration> {
        self.config.admission.abandoned_after
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        self.config.memory_bytes as u64
    }

    pub(crate) fn backend(&self, staged: bool) -> Arc<dyn Backend> {
        match self.cluster.get() {
            Some(cluster) if staged => cluster.clone(),
            _ => self.local.clone(),
        }
    }

    /// Threads for whoever reads queries.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    pub(crate) fn queries(&self) -> &Queries {
        &self.queries
    }

    /// Who asked for what.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// How long a session may do nothing before its door ends it.
    pub fn idle_after(&self) -> Option<Duration> {
        self.config.limits.idle_after
    }

    /// How long an answer may be silent before its door says that it is alive.
    pub fn keep_alive(&self) -> Option<Duration> {
        self.config.limits.keep_alive
    }

    /// Bytes of the answer of one statement.
    pub(crate) fn result_bytes_max(&self) -> Option<u64> {
        self.config.limits.result_bytes_max
    }

    pub(crate) fn template(&self, target: Target) -> &SessionState {
        match target {
            Target::Local => &self.templates.local,
            Target::Staged => &self.templates.staged,
        }
    }

    pub(crate) fn local_bytes_max(&self) -> u64 {
        self.config.local_bytes_max
    }

    pub(crate) fn state(&self) -> &State {
        &self.config.state
    }

    pub(crate) fn keep_dropped(&self) -> Duration {
        self.config.keep_dropped
    }

    /// Directories of tables that statements are making.
    pub(crate) fn making(&self) -> &Arc<Making> {
        &self.making
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.config.clock.now().ms()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.config.clock.as_ref()
    }

    /// A new id for a query or a table's directory.
    pub(crate) fn id(&self) -> Result<String> {
        ids::uuid(self.config.randomness.as_ref())
    }

    /// Whether the state database answers, and this process is still the one that works on it.
    pub async fn check_state(&self) -> Result<()> {
        match &self.config.lease {
            Some(lease) if !lease.is_held() => Err(taken_over()),
            _ => self.config.state.setting("ready").await.map(drop),
        }
    }

    /// Whether the store of the tables answers.
    pub async fn check_storage(&self) -> Result<()> {
        self.lake.check().await
    }

    /// What happened when something failed: who has lost the lease may find its files removed by the one that came after.
    pub(crate) fn unless_lost(&self, error: Error) -> Error {
        match &self.config.lease {
            Some(lease) if !lease.is_held() => taken_over(),
            _ => error,
        }
    }

    /// All names now.
    pub fn names(&self) -> Arc<Names> {
        self.names.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Takes the right to change names until the guard is dropped.
    pub(crate) async fn change_names(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.names_change.lock().await
    }

    /// Reads the names again after a change; call it before the guard of [`Self::change_names`] is dropped.
    pub(crate) async fn reload_names(&self) -> Result<()> {
        let names = Arc::new(Names::read(&self.config.state).await?);
        // First, so that a name is never there without what it comes from.
        self.reload_lineage().await?;
        *self.names.write().unwrap_or_else(std::sync::PoisonError::into_inner) = names;
        Ok(())
    }

    /// Which columns come from which, now.
    pub fn lineage(&self) -> Arc<Graph> {
        self.lineage.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Reads the lineage again after a change; call it before the guard of [`Self::change_names`] is dropped.
    pub(crate) async fn reload_lineage(&self) -> Result<()> {
        let lineage = Arc::new(Graph::read(&self.config.state).await?);
        *self.lineage.write().unwrap_or_else(std::sync::PoisonError::into_inner) = lineage;
        Ok(())
    }

    /// The city's contracts that are in force.
    pub fn contracts(&self) -> Arc<Current> {
        self.contracts.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// What a principal may see and change now.
    pub(crate) fn access(&self, principal: &Principal, purpose: Option<&str>, door: Door) -> Access {
        let (contracts, now) = (self.contracts(), self.config.clock.now());
        self.decisions.access(principal, purpose, door, contracts, now).among(self.names(), self.lineage())
    }

    /// The key under which texts become pseudonyms: another one for each purpose, so that two purposes do not meet.
    pub(crate) fn pseudonym_key(&self, purpose: Option<&str>) -> Vec<u8> {
        pseudonyms::key(&self.pseudonyms, purpose)
    }

    /// Takes the right to apply a model until the guard is dropped.
    pub(crate) async fn change_contracts(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.contracts_change.lock().await
    }

    /// Reads the contracts again after one came into force; call it before the guard of [`Self::change_contracts`] is dropped.
    pub(crate) async fn reload_contracts(&self) -> Result<()> {
        let current = Arc::new(Current::read(&self.config.state).await?);
        *self.contracts.write().unwrap_or_else(std::sync::PoisonError::into_inner) = current;
        Ok(())
    }

    /// A directory name for a new table: readable, and never used before, so that a dropped table's readers and a new
    /// table of the same name cannot meet.
    pub(crate) fn new_location(&self, schema: &str, table: &str) -> Result<String> {
        check_name("schema", schema)?;
        check_name("table", table)?;
        Ok(format!("{schema}/{table}.{}", &self.id()?[..ID_DIGITS]))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("lake", &self.config.lake).finish_non_exhaustive()
    }
}
