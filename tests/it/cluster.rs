//! A coordinator and two executors as separate processes, with certificates between them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::work::{Server, run, sql};

/// Under which name nodes reach each other.
const HOST: &str = "127.0.0.1";
/// Another one of this machine's, for what stands between two nodes.
pub const SECOND_HOST: &str = "127.0.0.2";

/// A coordinator and its executors on one lake.
pub struct Cluster {
    /// None while it is started again.
    scheduler: Option<Server>,
    executors: Vec<Server>,
    /// How many were ever started.
    started: usize,
    environment: Vec<(String, String)>,
    memory: String,
    storage: String,
    folder: tempfile::TempDir,
}

/// What is not the same in every test.
pub struct Settings<'a> {
    pub executors: usize,
    /// Of each executor.
    pub memory: &'a str,
    /// Where the tables are; a directory of the cluster's own if none.
    pub root: Option<&'a str>,
    /// Further sections of all configurations.
    pub sections: &'a str,
    /// Variables of all processes' environments.
    pub environment: &'a [(&'a str, &'a str)],
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { executors: 2, memory: "1GiB", root: None, sections: "", environment: &[] }
    }
}

impl Cluster {
    pub fn start() -> Self {
        Self::with(&Settings::default())
    }

    pub fn with(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let certificates = folder.path().join("certs");
        let made = run(&["certs", "init", text(&certificates), "--host", SECOND_HOST]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let storage = storage(folder.path(), settings);
        // A port that stays the same when the coordinator is started again, so that executors find it.
        scheduler_config(folder.path(), &storage, free_port());
        let mut cluster = Self {
            scheduler: None,
            executors: Vec::new(),
            started: 0,
            environment: settings.environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            memory: settings.memory.to_owned(),
            storage,
            folder,
        };
        cluster.restart_scheduler();
        (0..settings.executors).for_each(|_| cluster.start_executor());
        cluster.wait_for_executors(settings.executors);
        cluster
    }

    fn scheduler_config(&self) -> String {
        text(&self.folder.path().join("scheduler.toml")).to_owned()
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    fn scheduler(&self) -> &Server {
        self.scheduler.as_ref().expect("a coordinator")
    }

    /// Kills the coordinator if there is one, and starts it.
    pub fn restart_scheduler(&mut self) {
        self.scheduler = None;
        let arguments = ["scheduler", "--config", &self.scheduler_config()];
        self.scheduler = Some(Server::start_with(&arguments, self.folder.path(), &self.environment()));
    }

    /// Adds an executor.
    pub fn start_executor(&mut self) {
        self.start_executor_behind(|_| Vec::new());
    }

    /// Adds an executor by a command that sets something up for its work directory and becomes the program.
    pub fn start_executor_behind(&mut self, prefix: impl FnOnce(&Path) -> Vec<String>) {
        let internal = self.internal();
        self.start_executor_with(prefix, internal, HOST);
    }

    /// Adds an executor that reaches the coordinator at `internal` and is reached by others at `host`.
    pub fn start_executor_between(&mut self, internal: SocketAddr, host: &str) {
        self.start_executor_with(|_| Vec::new(), internal, host);
    }

    fn start_executor_with(&mut self, prefix: impl FnOnce(&Path) -> Vec<String>, internal: SocketAddr, host: &str) {
        self.started += 1;
        let home = self.home(self.started);
        std::fs::create_dir_all(&home).expect("a folder");
        let place = format!(
            "scheduler = \"https://127.0.0.1:{}\"\nadvertise_host = \"{host}\"\nmemory = \"{}\"\n",
            internal.port(),
            self.memory
        );
        let config = executor_config(self.folder.path(), &home, &self.storage, &place);
        let work = home.join("work");
        std::fs::create_dir(&work).expect("a folder");
        let arguments = ["executor", "--config", &config];
        let executor = Server::start_behind(&prefix(&work), &arguments, &home, &self.environment());
        self.executors.push(executor);
    }

    /// Where executors reach the coordinator.
    pub fn internal(&self) -> SocketAddr {
        self.scheduler().address("internal").parse().expect("an address")
    }

    /// Where others fetch an executor's files.
    pub fn executor_address(&self, number: usize) -> SocketAddr {
        self.executors[number].address("executor").parse().expect("an address")
    }

    /// Process id of an executor.
    pub fn executor_id(&self, number: usize) -> u32 {
        self.executors[number].id()
    }

    /// Process id of the coordinator.
    pub fn scheduler_id(&self) -> u32 {
        self.scheduler().id()
    }

    /// An executor, to stop it, or to kill it by dropping it.
    pub fn take_executor(&mut self, number: usize) -> Server {
        self.executors.remove(number)
    }

    /// Jobs of which executors keep files.
    pub fn jobs_on_disk(&self) -> usize {
        let works = (1..=self.started).map(|number| self.home(number).join("work").join("shuffle"));
        let entries = works.flat_map(|work| std::fs::read_dir(work).into_iter().flatten());
        entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().len() == 32)).count()
    }

    /// Where an executor keeps its files.
    fn home(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("executor-{number}"))
    }

    /// Waits until no executor keeps files of any job.
    pub fn wait_for_no_files(&self) {
        let begun = Instant::now();
        while self.jobs_on_disk() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "files of {} jobs are left", self.jobs_on_disk());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn address(&self) -> String {
        self.scheduler().address("flight")
    }

    /// Where the processes keep their files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What all processes have told until now.
    pub fn logs(&self) -> String {
        self.executors.iter().chain(&self.scheduler).map(Server::log).collect()
    }

    pub fn wait_for_executors(&self, wanted: usize) {
        let begun = Instant::now();
        let count = "SELECT count(*) AS n FROM huitong.executors";
        while sql(&self.address(), "csv", count) != Ok(format!("n\n{wanted}\n")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{wanted} executors did not appear");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn storage(folder: &Path, settings: &Settings) -> String {
    let root = settings.root.map_or_else(|| text(&folder.join("lake")).to_owned(), str::to_owned);
    format!("[storage]\nroot = \"{root}\"\n{}\n", settings.sections)
}

fn scheduler_config(folder: &Path, storage: &str, internal: u16) -> String {
    let state = folder.join("state.db");
    write(
        &folder.join("scheduler.toml"),
        &format!(
            "{}[state]\npath = \"{}\"\n[listen]\nflight = \"127.0.0.1:0\"\ninternal = \"127.0.0.1:{internal}\"\n{}",
            storage,
            text(&state),
            tls(folder, "scheduler")
        ),
    )
}

fn executor_config(folder: &Path, home: &Path, storage: &str, place: &str) -> String {
    write(
        &home.join("executor.toml"),
        &format!(
            "{storage}[executor]\n{place}listen = \"127.0.0.1:0\"\nwork_dir = \"{}\"\nslots = 2\n{}",
            text(&home.join("work")),
            tls(folder, "executor")
        ),
    )
}

fn tls(folder: &Path, name: &str) -> String {
    let file = |file: &str| text(&folder.join("certs").join(file)).to_owned();
    format!(
        "[internal_tls]\nca = \"{}\"\ncert = \"{}\"\nkey = \"{}\"\n",
        file("ca.pem"),
        file(&format!("{name}.pem")),
        file(&format!("{name}.key"))
    )
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn write(path: &Path, content: &str) -> String {
    std::fs::write(path, content).expect("a configuration is written");
    text(path).to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path is text")
}

/// An executor that is asked to stop says goodbye at once; the others go on.
#[test]
fn an_executor_that_stops_is_gone_and_queries_go_on() {
    let mut cluster = Cluster::start();
    let leaving = cluster.executors.pop().expect("two executors");
    assert!(leaving.stop(), "the executor did not stop well");
    cluster.wait_for_executors(1);
    let script = "SET huitong.backend = 'staged'; SELECT v, count(*) AS n FROM (VALUES (1), (2), (1)) AS t(v) GROUP BY v ORDER BY v";
    assert_eq!(sql(&cluster.address(), "csv", script), Ok("v,n\n1,2\n2,1\n".to_owned()));
}

/// A model's answer depends on the data alone: not on the back end, the number of executors, or the order of the rows.
#[test]
fn forecasts_are_equal_bit_for_bit_wherever_they_run() {
    let mut cluster = Cluster::start();
    let address = cluster.address();
    let made = "CREATE TABLE ordered AS \
                SELECT d AS district, make_date(2012 + m / 12, m % 12 + 1, 1) AS month, \
                       100 + d * 7.3 + m * 0.37 + 12 * sin(m * 0.5235987755982988) + 5 * sin(m * d * 1.7) AS v \
                FROM (SELECT unnest(range(0, 96)) AS m) CROSS JOIN (SELECT unnest(range(1, 8)) AS d); \
                CREATE TABLE shuffled AS SELECT * FROM ordered ORDER BY md5(CAST(v AS VARCHAR)); \
                INSERT INTO shuffled SELECT * FROM ordered WHERE false";
    sql(&address, "csv", made).expect("made");
    let ask = |table: &str, model: &str, backend: &str| {
        let query = format!(
            "SET huitong.backend = '{backend}'; SELECT district, f.step, f.ts, f.yhat, f.lo, f.hi, f.spec FROM \
             (SELECT district, unnest(ts_forecast(month, v, 12, '{model}')) AS f FROM {table} GROUP BY district) \
             ORDER BY district, f.step"
        );
        sql(&address, "csv", &query).expect("a forecast")
    };
    let models = ["naive", "snaive", "theta", "auto_ets", "auto"];
    let of_all = |backend: &str| -> Vec<String> {
        let each = models.iter().flat_map(|model| [ask("ordered", model, backend), ask("shuffled", model, backend)]);
        each.collect()
    };
    let on_two = of_all("staged");
    assert!(on_two.iter().all(|answer| answer.lines().count() == 1 + 7 * 12), "{}", on_two[0]);
    for pair in on_two.chunks(2) {
        assert_eq!(pair[0], pair[1], "the order of the rows changes the forecast");
    }
    assert_eq!(on_two, of_all("local"));
    assert!(cluster.executors.pop().expect("two executors").stop(), "the executor did not stop well");
    cluster.wait_for_executors(1);
    assert_eq!(on_two, of_all("staged"));
}

/// What a coordinator has no memory for is run on the cluster, unseen by the client.
#[test]
fn a_query_without_memory_here_is_run_on_the_cluster() {
    let sections = "[engine]\nmemory = \"48MiB\"\nlocal_bytes_max = \"10GiB\"\n";
    let cluster = Cluster::with(&Settings { sections, ..Settings::default() });
    let address = cluster.address();
    let made = "SET huitong.backend = 'staged'; CREATE TABLE wide AS \
                SELECT v, repeat(md5(CAST(v AS VARCHAR)), 5) AS t FROM unnest(range(0, 300000)) AS r(v)";
    sql(&address, "csv", made).expect("made");
    let jobs = || sql(&address, "csv", "SELECT count(*) AS n FROM huitong.jobs").expect("jobs");
    let before = jobs();
    let query = "SELECT count(*) AS n, sum(b.v) AS s FROM wide a JOIN wide b ON a.t = b.t";
    let explained = sql(&address, "csv", &format!("EXPLAIN {query}")).expect("explained");
    assert!(explained.contains("local"), "{explained}");
    let sum: u64 = (0..300_000).sum();
    assert_eq!(sql(&address, "csv", query), Ok(format!("n,s\n300000,{sum}\n")));
    assert_ne!(jobs(), before, "it fitted here");
    let forced = sql(&address, "csv", &format!("SET huitong.backend = 'local'; {query}")).unwrap_err();
    assert!(forced.contains("HT0406"), "{forced}");
}

/// A join whose smaller side does not fit into memory is run again with joins that spill, unseen by the client.
#[test]
fn a_join_larger_than_memory_is_answered() {
    let cluster = Cluster::with(&Settings { memory: "64MiB", ..Settings::default() });
    let script = "SET huitong.backend = 'staged'; \
                  CREATE TABLE wide AS SELECT v, repeat(md5(CAST(v AS VARCHAR)), 5) AS t \
                  FROM unnest(range(0, 600000)) AS r(v)";
    sql(&cluster.address(), "csv", script).expect("made");
    let script = "SET huitong.backend = 'staged'; \
                  SELECT count(*) AS n, max(a.t) > min(a.t) AS d, sum(b.v) AS s FROM wide a JOIN wide b ON a.t = b.t";
    let sum: u64 = (0..600_000).sum();
    assert_eq!(sql(&cluster.address(), "csv", script), Ok(format!("n,d,s\n600000,true,{sum}\n")));
    let again = "SELECT count(*) > 0 AS again FROM huitong.jobs WHERE error LIKE '%HashJoinInput%'";
    assert_eq!(sql(&cluster.address(), "csv", again), Ok("again\ntrue\n".to_owned()), "it fitted at once");
}
