//! Tables in a bucket of a real S3 store (SeaweedFS), written and read by separate processes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Settings};
use crate::work::{huitong, sql};

const KEY: &str = "city-key";
const SECRET: &str = "s3cret-that-must-not-be-told";
const BUCKET: &str = "city";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A store of its own on loopback; killed when dropped.
struct Store {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Store {
    /// Starts the program that `HUITONG_WEED` names; none without it.
    fn start() -> Option<Self> {
        let Some(weed) = std::env::var_os("HUITONG_WEED").map(PathBuf::from) else {
            println!("skipped: HUITONG_WEED does not name SeaweedFS's program; tests/run installs it");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let identities = serde_json::json!({"identities": [{
            "name": "city",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }]});
        let config = folder.path().join("s3.json");
        std::fs::write(&config, identities.to_string()).expect("written");
        let ports = free_ports::<8>();
        let flag = |name: &str, port: u16| format!("-{name}={port}");
        let [master, volume, filer, s3, master_grpc, volume_grpc, filer_grpc, s3_grpc] = ports;
        let child = Command::new(&weed)
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-volume.max=20"])
            .args(["-master.volumeSizeLimitMB=64", "-master.volumePreallocate=false"])
            .arg(format!("-dir={}", folder.path().display()))
            .arg(format!("-s3.config={}", config.display()))
            .args([flag("master.port", master), flag("master.port.grpc", master_grpc)])
            .args([flag("volume.port", volume), flag("volume.port.grpc", volume_grpc)])
            .args([flag("filer.port", filer), flag("filer.port.grpc", filer_grpc)])
            .args([flag("s3.port", s3), flag("s3.port.grpc", s3_grpc)])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the store starts");
        let store = Self { child, port: s3, _folder: folder };
        store.make_bucket(
            &weed,
            &format!("127.0.0.1:{master}.{master_grpc}"),
            &format!("127.0.0.1:{filer}.{filer_grpc}"),
        );
        Some(store)
    }

    fn make_bucket(&self, weed: &Path, master: &str, filer: &str) {
        let begun = Instant::now();
        loop {
            let mut shell = Command::new(weed)
                .args(["shell", &format!("-master={master}"), &format!("-filer={filer}")])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("the store's shell starts");
            let commands = format!("s3.bucket.create -name {BUCKET}\ns3.bucket.list\n");
            let mut input = shell.stdin.take().expect("a pipe");
            std::io::Write::write_all(&mut input, commands.as_bytes()).expect("written");
            drop(input);
            let told = shell.wait_with_output().expect("the shell ends");
            if String::from_utf8_lossy(&told.stdout).contains(BUCKET) {
                return;
            }
            assert!(begun.elapsed() < START_TIMEOUT, "the store has no bucket after {START_TIMEOUT:?}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn section(&self) -> String {
        format!("[s3]\nendpoint = \"http://127.0.0.1:{}\"", self.port)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Ports that were free a moment ago.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: Vec<_> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let ports: Vec<_> = listeners.iter().map(|l| l.local_addr().expect("an address").port()).collect();
    ports.try_into().expect("as many ports as asked for")
}

/// Rows are written by executors, committed once, changed and dropped, and the secret is told nowhere.
#[test]
fn tables_live_in_a_bucket_and_the_secret_is_not_told() {
    let Some(store) = Store::start() else { return };
    let section = store.section();
    let environment = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("RUST_LOG", "info")];
    let settings = Settings {
        root: Some("s3://city/lake/2026"),
        sections: &section,
        environment: &environment,
        ..Settings::default()
    };
    let cluster = Cluster::with(&settings);
    let address = cluster.address();
    let ask = |script: &str| sql(&address, "csv", &format!("SET huitong.backend = 'staged'; {script}"));
    ask("CREATE SCHEMA 人口; CREATE TABLE 人口.户籍 AS SELECT v AS id, '王芳' || CAST(v AS VARCHAR) AS 姓名 FROM unnest(range(0, 50000)) AS r(v)")
        .expect("made");
    assert_eq!(ask("SELECT count(*) AS n, max(姓名) AS m FROM 人口.户籍"), Ok("n,m\n50000,王芳9999\n".to_owned()));
    ask("UPDATE 人口.户籍 SET 姓名 = '李雷' WHERE id < 10; DELETE FROM 人口.户籍 WHERE id >= 40000").expect("changed");
    let counted = "SELECT count(*) AS n, count(*) FILTER (WHERE 姓名 = '李雷') AS l FROM 人口.户籍";
    assert_eq!(ask(counted), Ok("n,l\n40000,10\n".to_owned()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| ask("INSERT INTO 人口.户籍 VALUES (-1, '同时')").expect("inserted"));
        }
    });
    assert_eq!(ask("SELECT count(*) AS n FROM 人口.户籍 WHERE id = -1"), Ok("n\n4\n".to_owned()));
    assert!(ask("CREATE TABLE 人口.坏 AS SELECT 1 / (v - 9999) AS n FROM unnest(range(0, 10000)) AS r(v)").is_err());
    ask("DROP TABLE 人口.户籍").expect("dropped");
    assert!(ask("SELECT * FROM 人口.户籍").unwrap_err().contains("HT0102"));
    let told = [
        cluster.logs(),
        ask("SHOW ALL").expect("settings"),
        ask("SELECT * FROM huitong.jobs").expect("jobs"),
        ask("EXPLAIN SELECT * FROM 人口.户籍").unwrap_err(),
    ];
    assert!(told.iter().all(|text| !text.contains(SECRET)), "the secret was told");
    assert!(!holds(cluster.folder(), SECRET.as_bytes()), "the secret is in a file");
}

/// With wrong credentials a coordinator says so at its start, and tells no secret.
#[test]
fn a_bucket_that_cannot_be_used_stops_the_start() {
    let Some(store) = Store::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.toml");
    let text = format!(
        "[storage]\nroot = \"s3://city/lake\"\n{}\n[state]\npath = \"s.db\"\n[listen]\nflight = \"127.0.0.1:0\"\n",
        store.section()
    );
    std::fs::write(&config, text).expect("written");
    let mut child = huitong()
        .args(["serve", "--config", config.to_str().expect("text")])
        .envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", "another-secret-that-is-wrong")])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    while child.try_wait().expect("the process is ours").is_none() {
        if begun.elapsed() > START_TIMEOUT {
            child.kill().ok();
            panic!("the server did not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().expect("the program ended");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0307") && !told.contains("another-secret"), "{told}");
}

/// Whether a file below `folder` holds `bytes`.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).any(|path| match path.is_dir() {
        true => holds(&path, bytes),
        false => std::fs::read(&path).is_ok_and(|content| content.windows(bytes.len()).any(|part| part == bytes)),
    })
}
