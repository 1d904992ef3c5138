//! What each role knows once its configuration is read: checked, typed, paths absolute when the file's was.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::document::{Document, Value};
use super::identity::Identity;
use super::listen::{is_loopback, is_loopback_url, parse_endpoint, parse_host, parse_listen};
use super::postgres::PostgresUrl;
use super::units::{Memory, parse_duration, parse_size};
use crate::error::{Code, Error, Result};
use crate::names::check_name;

/// Coordinator and executors in one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    pub storage: Storage,
    /// How long files of dropped tables are kept.
    pub keep_dropped: Duration,
    pub state: StatePlace,
    pub flight: SocketAddr,
    /// `None`: no such door.
    pub postgres: Option<SocketAddr>,
    /// `None`: no such door.
    pub http: Option<SocketAddr>,
    pub tls: Option<Tls>,
    pub engine: Engine,
    pub admission: Admission,
    pub clients: Clients,
    pub identity: Identity,
    /// How long the history of statements is kept; `None`: for ever.
    pub history_keep: Option<Duration>,
    pub audit: Audit,
    pub log_level: String,
}

/// The coordinator of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduler {
    pub storage: Storage,
    /// How long files of dropped tables are kept.
    pub keep_dropped: Duration,
    pub state: StatePlace,
    pub flight: SocketAddr,
    /// `None`: no such door.
    pub postgres: Option<SocketAddr>,
    /// `None`: no such door.
    pub http: Option<SocketAddr>,
    pub tls: Option<Tls>,
    /// For executors.
    pub internal: SocketAddr,
    pub internal_tls: Option<InternalTls>,
    pub engine: Engine,
    pub admission: Admission,
    pub clients: Clients,
    pub identity: Identity,
    /// How long the history of statements is kept; `None`: for ever.
    pub history_keep: Option<Duration>,
    pub audit: Audit,
    pub log_level: String,
}

/// One executor of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executor {
    pub storage: Storage,
    /// `https`, or `http` to this machine.
    pub scheduler: Url,
    pub listen: SocketAddr,
    /// A host name or address, never the unspecified address.
    pub advertise_host: String,
    pub work_dir: PathBuf,
    pub memory: Memory,
    /// `None`: as many as there are cores.
    pub slots: Option<NonZeroUsize>,
    pub grace: Duration,
    pub internal_tls: Option<InternalTls>,
    pub log_level: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    pub root: Root,
    /// Roots for COPY, LOAD and external tables.
    pub allowed_paths: Vec<PathBuf>,
    /// Small files of a table after which they are put together by themselves; 0 for never.
    pub compact_after_files: usize,
}

impl Storage {
    /// All directories below which files may be read and written.
    pub fn roots(&self) -> Vec<PathBuf> {
        self.root.directory().map(Path::to_path_buf).into_iter().chain(self.allowed_paths.clone()).collect()
    }
}

/// Where the tables live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    Directory(PathBuf),
    Bucket(Bucket),
}

impl Root {
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory(directory) => Some(directory),
            Self::Bucket(_) => None,
        }
    }

    pub fn bucket(&self) -> Option<&Bucket> {
        match self {
            Self::Directory(_) => None,
            Self::Bucket(bucket) => Some(bucket),
        }
    }
}

/// A bucket of an S3 store and how to reach it. Credentials are in each process's environment, never here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// Where in the bucket; empty for all of it.
    pub prefix: String,
    /// Other places in the bucket, where COPY may write; none of them holds the lake or is in it.
    pub exports: Vec<String>,
    /// `None`: Amazon's.
    pub endpoint: Option<Url>,
    pub region: String,
}

/// Where the small state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// A SQLite file, for one coordinator.
    File(PathBuf),
    /// A database that several coordinators may share.
    Postgres(PostgresUrl),
}

/// For the public listeners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
    pub client_ca: Option<PathBuf>,
}

/// For connections between nodes; both sides show a certificate of `ca`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalTls {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// How many statements run at a time, and who is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// `None`: by the number of cores.
    pub running_max: Option<NonZeroU32>,
    /// `None`: no limit.
    pub user_running_max: Option<NonZeroU32>,
    pub queued_max: usize,
    pub wait_max: Duration,
    /// How long a statement may run unless its session says otherwise.
    pub statement_timeout: Option<Duration>,
    /// How long rows may wait: those of a result to be taken, those of a load to come.
    pub abandoned_after: Option<Duration>,
    /// Statements at a time of those that came by one way.
    pub doors: Vec<(&'static str, NonZeroU32)>,
    pub groups: Vec<GroupConfig>,
}

/// What one client may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clients {
    /// Sessions of one user.
    pub user_sessions_max: NonZeroU32,
    /// How long a session may do nothing; `None`: for ever.
    pub idle_after: Option<Duration>,
    /// Of the answer of one statement; `None`: any.
    pub result_bytes_max: Option<u64>,
    /// How long an answer is silent before it says that it is alive; `None`: for ever.
    pub keep_alive: Option<Duration>,
}

/// How the audit is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    pub wait: AuditWait,
    /// How long records wait for their segment.
    pub seal_after: Duration,
    /// How many records a segment has at most.
    pub seal_records: NonZeroU32,
}

/// Which statements wait until their audit record is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditWait {
    All,
    /// Those that touch data of grade 3 and above, or of which that is not known.
    Grade3,
    None,
}

/// The ways that statements come.
pub const DOORS: [&str; 5] = ["flight", "postgres", "http", "job", "direct"];

/// A group of statements; what is not said stays as it is by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupConfig {
    pub name: String,
    pub weight: Option<NonZeroU32>,
    pub running_max: Option<NonZeroU32>,
    pub user_running_max: Option<NonZeroU32>,
    pub memory: Option<Memory>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// `None`: by where the executors are.
    pub local_bytes_max: Option<u64>,
    /// `None`: as many as there are cores.
    pub target_partitions: Option<NonZeroUsize>,
    pub memory: Memory,
    /// `None`: see [`Serve::work_dir`].
    pub work_dir: Option<PathBuf>,
}

impl Serve {
    /// Where the coordinator keeps files of its own: what queries spill, and a lock.
    pub fn work_dir(&self) -> PathBuf {
        let beside = || match &self.state {
            StatePlace::File(file) => file.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf),
            // Refused when the configuration is read.
            StatePlace::Postgres(_) => PathBuf::from("."),
        };
        self.engine.work_dir.clone().unwrap_or_else(beside)
    }

    pub fn from_document(document: &Document) -> Result<Self> {
        let tls = tls(document)?;
        let (state, engine) = (state_place(document)?, engine(document)?);
        if matches!(state, StatePlace::Postgres(_)) && engine.work_dir.is_none() {
            return Err(document.missing("engine.work_dir"));
        }
        Ok(Self {
            storage: storage(document)?,
            keep_dropped: document.require("storage.keep_dropped", "a duration such as \"1h\"", |value| {
                parse_duration(value.as_text()?)
            })?,
            state,
            flight: listener(document, "listen.flight", tls.is_some(), "tls")?,
            postgres: optional_listener(document, "listen.postgres", tls.is_some(), "tls")?,
            http: optional_listener(document, "listen.http", tls.is_some(), "tls")?,
            tls,
            engine,
            admission: admission(document)?,
            clients: clients(document)?,
            identity: Identity::from_document(document)?,
            history_keep: history_keep(document)?,
            audit: audit(document)?,
            log_level: log_level(document)?,
        })
    }
}

impl Scheduler {
    pub fn from_document(document: &Document) -> Result<Self> {
        let Serve {
            storage,
            keep_dropped,
            state,
            flight,
            postgres,
            http,
            tls,
            engine,
            admission,
            clients,
            identity,
            history_keep,
            audit,
            log_level,
        } = Serve::from_document(document)?;
        let internal_tls = internal_tls(document)?;
        let internal = listener(document, "listen.internal", internal_tls.is_some(), "internal_tls")?;
        Ok(Self {
            storage,
            keep_dropped,
            state,
            flight,
            postgres,
            http,
            tls,
            internal,
            internal_tls,
            engine,
            admission,
            clients,
            identity,
            history_keep,
            audit,
            log_level,
        })
    }
}

impl Executor {
    pub fn from_document(document: &Document) -> Result<Self> {
        let internal_tls = internal_tls(document)?;
        let listen = listener(document, "executor.listen", internal_tls.is_some(), "internal_tls")?;
        Ok(Self {
            storage: storage(document)?,
            scheduler: scheduler_url(document, internal_tls.is_some())?,
            listen,
            advertise_host: advertise_host(document, listen)?,
            work_dir: required_path(document, "executor.work_dir")?,
            memory: memory(document, "executor.memory")?,
            slots: count(document, "executor.slots")?,
            grace: document
                .require("executor.grace", "a duration such as \"30s\"", |value| parse_duration(value.as_text()?))?,
            internal_tls,
            log_level: log_level(document)?,
        })
    }
}

fn storage(document: &Document) -> Result<Storage> {
    let (endpoint, region) = (
        s3_endpoint(document)?,
        document.require("s3.region", "a region", |value| {
            value.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
        })?,
    );
    let wanted = "a directory, a file:// URL of one, or s3://bucket/prefix";
    let root = document.require("storage.root", wanted, |value| {
        let text = value.as_text()?;
        match text.split_once("://") {
            Some(("s3", place)) => {
                let (name, prefix) = bucket_and_prefix(place)?;
                Some(Root::Bucket(Bucket { name, prefix, exports: Vec::new(), endpoint, region }))
            }
            Some(_) => file_url(text).map(Root::Directory),
            None => path(document, text).map(Root::Directory),
        }
    })?;
    let allowed =
        document.require(ALLOWED, "a list of directories and of s3://bucket/prefix", |value| match value {
            Value::List(items) => items.iter().map(|item| allowed(document, item)).collect::<Option<Vec<_>>>(),
            _ => None,
        })?;
    let wanted = "a whole number from 2 to 100000, or 0 for never";
    let compact_after_files = document.require("storage.compact_after_files", wanted, |value| match value {
        Value::Integer(0) => Some(0),
        Value::Integer(1) => None,
        _ => Some(number(value)? as usize),
    })?;
    let mut storage = Storage { root, allowed_paths: Vec::new(), compact_after_files };
    for place in allowed {
        match place {
            Allowed::Directory(directory) => storage.allowed_paths.push(directory),
            Allowed::Export { bucket, prefix } => add_export(document, &mut storage.root, &bucket, prefix)?,
        }
    }
    Ok(storage)
}

const ALLOWED: &str = "storage.allowed_paths";

enum Allowed {
    Directory(PathBuf),
    Export { bucket: String, prefix: String },
}

fn allowed(document: &Document, text: &str) -> Option<Allowed> {
    match text.strip_prefix("s3://") {
        Some(place) => bucket_and_prefix(place).map(|(bucket, prefix)| Allowed::Export { bucket, prefix }),
        None => path(document, text).map(Allowed::Directory),
    }
}

/// Whoever may write where tables are can change them behind everybody's back, so the two places must be apart for certain.
fn add_export(document: &Document, root: &mut Root, bucket: &str, prefix: String) -> Result<()> {
    let place = format!("s3://{bucket}/{prefix}");
    let refuse = |what: &str, hint: &str| {
        Err(document.error(Code::BAD_VALUE, ALLOWED, &format!("allows `{place}`, {what}")).with_hint(hint))
    };
    match root {
        Root::Bucket(lake) if lake.name == bucket => {
            if is_below(&prefix, &lake.prefix) || is_below(&lake.prefix, &prefix) {
                let hint = "give tables and copies a prefix each, such as s3://city/lake and s3://city/exports";
                return refuse("which is not apart from `storage.root`, where the tables are", hint);
            }
            lake.exports.push(prefix);
            Ok(())
        }
        _ => refuse("which is not in the bucket of `storage.root`", "name a prefix of that bucket, or a directory"),
    }
}

/// Whether the place is that prefix or in it; everything is in the empty one.
fn is_below(place: &str, prefix: &str) -> bool {
    prefix.is_empty() || place.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One or the other: with both, half of the people would look for the users in the wrong one.
fn state_place(document: &Document) -> Result<StatePlace> {
    let key = "state.url";
    let Some(text) = document.get(key, "a text", |value| value.as_text().map(str::to_owned))? else {
        return required_path(document, "state.path").map(StatePlace::File);
    };
    if document.has("state.path") {
        return Err(document.error(Code::BAD_VALUE, key, "stands beside `state.path`; give only one of them"));
    }
    let refused = |error: Error| Error { hint: error.hint, ..document.error(error.code, key, &error.message) };
    text.parse().map(StatePlace::Postgres).map_err(refused)
}

/// Data travel in clear over http, so only to this machine.
fn s3_endpoint(document: &Document) -> Result<Option<Url>> {
    let key = "s3.endpoint";
    let wanted = "an address such as \"https://s3.example:9000\"";
    let url = document.get(key, wanted, |value| parse_endpoint(value.as_text()?))?;
    match &url {
        Some(found) if found.scheme() == "http" && !is_loopback_url(found) => {
            let what = "is an http address on another machine";
            Err(document.error(Code::TLS_REQUIRED, key, what).with_hint("use https"))
        }
        _ => Ok(url),
    }
}

/// `bucket/some/prefix`, by Amazon's rules for names of buckets.
fn bucket_and_prefix(place: &str) -> Option<(String, String)> {
    let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
    let is_name = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let prefix = prefix.trim_matches('/');
    let is_prefix = prefix.is_empty()
        || prefix.split('/').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'='))
                && part != "."
                && part != ".."
        });
    (is_name && is_prefix).then(|| (name.to_owned(), prefix.to_owned()))
}

fn engine(document: &Document) -> Result<Engine> {
    Ok(Engine {
        local_bytes_max: document.get("engine.local_bytes_max", "a size such as \"256MiB\"", size)?,
        target_partitions: count(document, "engine.target_partitions")?,
        memory: memory(document, "engine.memory")?,
        work_dir: optional_path(document, "engine.work_dir")?,
    })
}

fn admission(document: &Document) -> Result<Admission> {
    const COUNT: &str = "a whole number from 1 to 100000";
    let limit = |key| document.get(key, COUNT, |value| number(value).and_then(NonZeroU32::new));
    let time = |key| document.get(key, "a duration such as \"30m\"", |value| parse_duration(value.as_text()?));
    let some = |time: Duration| (!time.is_zero()).then_some(time);
    Ok(Admission {
        running_max: limit("admission.running_max")?,
        user_running_max: limit("admission.user_running_max")?,
        queued_max: document.require("admission.queued_max", COUNT, |value| Some(number(value)? as usize))?,
        wait_max: document
            .require("admission.wait_max", "a duration such as \"10m\"", |value| parse_duration(value.as_text()?))?,
        statement_timeout: time("admission.statement_timeout")?.and_then(some),
        abandoned_after: time("admission.abandoned_after")?.and_then(some),
        doors: document.require(
            "admission.doors",
            "a list of limits such as \"flight=20\", for flight, postgres, http, job or direct",
            |value| match value {
                Value::List(items) => items.iter().map(|item| door(item)).collect(),
                _ => None,
            },
        )?,
        groups: document.require(
            "admission.groups",
            "a list of groups such as \"etl weight=2 running=4 user_running=2 memory=30%\"",
            |value| match value {
                Value::List(items) => items.iter().map(|item| group(item)).collect(),
                _ => None,
            },
        )?,
    })
}

/// A shorter silence would be mostly signs of life.
const KEEP_ALIVE_MIN: Duration = Duration::from_millis(10);

fn clients(document: &Document) -> Result<Clients> {
    let (count, time) = ("a whole number from 1 to 100000", "a duration such as \"12h\"");
    let idle = document.require("clients.idle_after", time, |value| parse_duration(value.as_text()?))?;
    let alive = document.require("clients.keep_alive", "a duration such as \"10s\"", |value| {
        parse_duration(value.as_text()?).filter(|alive| alive.is_zero() || *alive >= KEEP_ALIVE_MIN)
    })?;
    Ok(Clients {
        user_sessions_max: document
            .require("clients.user_sessions_max", count, |value| number(value).and_then(NonZeroU32::new))?,
        idle_after: (!idle.is_zero()).then_some(idle),
        result_bytes_max: document.get("clients.result_bytes_max", "a size such as \"20GiB\"", size)?,
        keep_alive: (!alive.is_zero()).then_some(alive),
    })
}

fn history_keep(document: &Document) -> Result<Option<Duration>> {
    let keep =
        document.require("history.keep", "a duration such as \"180d\"", |value| parse_duration(value.as_text()?))?;
    Ok((!keep.is_zero()).then_some(keep))
}

fn audit(document: &Document) -> Result<Audit> {
    let after = "a duration from \"1s\" to \"1d\"";
    let (shortest, longest) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));
    Ok(Audit {
        wait: document.require("audit.wait", "\"all\", \"grade3\" or \"none\"", |value| match value.as_text()? {
            "all" => Some(AuditWait::All),
            "grade3" => Some(AuditWait::Grade3),
            "none" => Some(AuditWait::None),
            _ => None,
        })?,
        seal_after: document.require("audit.seal_after", after, |value| {
            parse_duration(value.as_text()?).filter(|span| (shortest..=longest).contains(span))
        })?,
        seal_records: document.require("audit.seal_records", "a whole number from 1 to 100000", |value| {
            number(value).and_then(NonZeroU32::new)
        })?,
    })
}

fn size(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(bytes) => u64::try_from(*bytes).ok(),
        _ => parse_size(value.as_text()?),
    }
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Integer(number @ 1..=100_000) => u32::try_from(*number).ok(),
        _ => None,
    }
}

fn door(text: &str) -> Option<(&'static str, NonZeroU32)> {
    let (name, limit) = text.split_once('=')?;
    let door = DOORS.into_iter().find(|door| *door == name.trim())?;
    Some((door, limit.trim().parse().ok()?))
}

fn group(text: &str) -> Option<GroupConfig> {
    let mut words = text.split_whitespace();
    let name = words.next().filter(|name| check_name("group", name).is_ok())?;
    let mut group = GroupConfig { name: name.to_owned(), ..GroupConfig::default() };
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "weight" => group.weight = Some(value.parse().ok()?),
            "running" => group.running_max = Some(value.parse().ok()?),
            "user_running" => group.user_running_max = Some(value.parse().ok()?),
            "memory" => group.memory = Some(Memory::parse(value)?),
            _ => return None,
        }
    }
    Some(group)
}

/// All of the section or nothing of it: half a section is a mistake that would otherwise leave a door open.
fn tls(document: &Document) -> Result<Option<Tls>> {
    let [cert, key, client_ca] = ["tls.cert", "tls.key", "tls.client_ca"].map(|key| optional_path(document, key));
    match (cert?, key?, client_ca?) {
        (None, None, None) => Ok(None),
        (Some(cert), Some(key), client_ca) => Ok(Some(Tls { cert, key, client_ca })),
        (None, ..) => Err(document.missing("tls.cert")),
        (_, None, _) => Err(document.missing("tls.key")),
    }
}

fn internal_tls(document: &Document) -> Result<Option<InternalTls>> {
    let keys = ["internal_tls.ca", "internal_tls.cert", "internal_tls.key"];
    let [ca, cert, key] = keys.map(|key| optional_path(document, key));
    match (ca?, cert?, key?) {
        (None, None, None) => Ok(None),
        (Some(ca), Some(cert), Some(key)) => Ok(Some(InternalTls { ca, cert, key })),
        (None, ..) => Err(document.missing("internal_tls.ca")),
        (_, None, _) => Err(document.missing("internal_tls.cert")),
        (.., None) => Err(document.missing("internal_tls.key")),
    }
}

const ADDRESS: &str = "a numeric address with a port, such as \"127.0.0.1:50050\"";

/// An address to listen on; beyond loopback only with TLS (HT0504).
fn listener(document: &Document, key: &str, has_tls: bool, section: &str) -> Result<SocketAddr> {
    let address = document.require(key, ADDRESS, |value| parse_listen(value.as_text()?))?;
    reachable(document, key, address, has_tls, section)
}

/// The same for a listener that need not be there.
fn optional_listener(document: &Document, key: &str, has_tls: bool, section: &str) -> Result<Option<SocketAddr>> {
    let address = document.get(key, ADDRESS, |value| parse_listen(value.as_text()?))?;
    address.map(|address| reachable(document, key, address, has_tls, section)).transpose()
}

fn reachable(document: &Document, key: &str, address: SocketAddr, has_tls: bool, section: &str) -> Result<SocketAddr> {
    if has_tls || is_loopback(address.ip()) {
        return Ok(address);
    }
    let what = format!("is `{address}`, which other machines can reach, but there is no [{section}]");
    Err(tls_required(document, key, &what, section))
}

fn scheduler_url(document: &Document, has_tls: bool) -> Result<Url> {
    let key = "executor.scheduler";
    let wanted = "an address such as \"https://scheduler.example:50060\"";
    let url = document.require(key, wanted, |value| parse_endpoint(value.as_text()?))?;
    match url.scheme() {
        "https" if !has_tls => {
            Err(tls_required(document, key, "is an https address, but there is no [internal_tls]", "internal_tls"))
        }
        "http" if !is_loopback_url(&url) => {
            Err(tls_required(document, key, "is an http address on another machine", "internal_tls"))
        }
        _ => Ok(url),
    }
}

fn advertise_host(document: &Document, listen: SocketAddr) -> Result<String> {
    let key = "executor.advertise_host";
    let given = document.get(key, "a host name or an address, without a port", |value| {
        parse_host(value.as_text()?).filter(|host| !is_unspecified(host))
    })?;
    match given {
        Some(host) => Ok(host),
        None if listen.ip().is_unspecified() => Err(document.missing(key)),
        None => Ok(listen.ip().to_string()),
    }
}

fn is_unspecified(host: &str) -> bool {
    host.parse().is_ok_and(|address: std::net::IpAddr| address.is_unspecified())
}

fn log_level(document: &Document) -> Result<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let wanted = "off, error, warn, info, debug or trace, or a list such as \"info,huitong_engine=debug\"";
    let is_target = |target: &str| {
        !target.is_empty() && target.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-'))
    };
    let is_directive = |directive: &str| match directive.split_once('=') {
        Some((target, level)) => is_target(target) && LEVELS.contains(&level),
        None => LEVELS.contains(&directive),
    };
    document.require("log.level", wanted, |value| {
        let text = value.as_text()?;
        text.split(',').all(is_directive).then(|| text.to_owned())
    })
}

fn memory(document: &Document, key: &str) -> Result<Memory> {
    document.require(key, "a share such as \"70%\" or a size such as \"4GiB\"", |value| Memory::parse(value.as_text()?))
}

fn count(document: &Document, key: &str) -> Result<Option<NonZeroUsize>> {
    const COUNT_MAX: i64 = 4096;
    document.get(key, "a whole number from 1 to 4096", |value| match value {
        Value::Integer(number @ 1..=COUNT_MAX) => NonZeroUsize::new(usize::try_from(*number).ok()?),
        _ => None,
    })
}

fn required_path(document: &Document, key: &str) -> Result<PathBuf> {
    document.require(key, WANTED_PATH, |value| path(document, value.as_text()?))
}

pub(super) fn optional_path(document: &Document, key: &str) -> Result<Option<PathBuf>> {
    document.get(key, WANTED_PATH, |value| path(document, value.as_text()?))
}

const WANTED_PATH: &str = "a path, without `~` and without a URL scheme";

/// A shell would expand `~`, and a URL in the place of a path would quietly become a directory of that name.
pub(super) fn path(document: &Document, text: &str) -> Option<PathBuf> {
    let usable = !text.trim().is_empty() && !text.starts_with('~') && !text.contains("://") && !text.contains('\0');
    usable.then(|| document.folder().join(Path::new(text)))
}

fn file_url(text: &str) -> Option<PathBuf> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "file")?;
    url.to_file_path().ok()
}

fn tls_required(document: &Document, key: &str, what: &str, section: &str) -> Error {
    document
        .error(Code::TLS_REQUIRED, key, what)
        .with_hint(format!("add a [{section}] section (`huitong certs init` makes certificates), or stay on 127.0.0.1"))
}

#[cfg(test)]
mod tests;
