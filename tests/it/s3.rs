//! Tables in a bucket of a real S3 store (SeaweedFS), written and read by separate processes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Settings};
use crate::faults::{Fault, Proxy, Rule};
use crate::store::{self, CREDENTIALS, KEY, SECRET, Store};
use crate::work::{huitong, sql};

/// A program that cannot use its store ends within this time.
const END_TIMEOUT: Duration = Duration::from_secs(60);

/// Rows are written by executors, committed once, changed and dropped, and the secret is told nowhere.
#[test]
fn tables_live_in_a_bucket_and_the_secret_is_not_told() {
    let Some(store) = Store::start() else { return };
    let section = store::section(store.address());
    let environment = [&CREDENTIALS[..], &[("RUST_LOG", "info")]].concat();
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

/// Signatures cover host, path and headers; what passes through the proxy of other tests is as it was.
#[test]
fn a_proxy_before_the_store_harms_nothing() {
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.address());
    let passed = proxy.rule(Rule::all(Fault::Delay(Duration::ZERO)));
    let section = store::section(proxy.address());
    let settings =
        Settings { root: Some("s3://city/lake"), sections: &section, environment: &CREDENTIALS, ..Settings::default() };
    let cluster = Cluster::with(&settings);
    let script = "SET huitong.backend = 'staged'; CREATE SCHEMA 人口; \
                  CREATE TABLE 人口.户籍 AS SELECT v AS id FROM unnest(range(0, 50000)) AS r(v); \
                  UPDATE 人口.户籍 SET id = -id WHERE id % 2 = 1; OPTIMIZE 人口.户籍; \
                  SELECT count(*) AS n, sum(id) AS s FROM 人口.户籍";
    let told = sql(&cluster.address(), "csv", script).expect("all of it");
    assert!(told.ends_with("n,s\n50000,-25000\n"), "{told}");
    assert!(passed.injected() > 10, "{passed:?}");
}

/// With wrong credentials a coordinator says so at its start, and tells no secret.
#[test]
fn a_bucket_that_cannot_be_used_stops_the_start() {
    let Some(store) = Store::start() else { return };
    let told = refused(store.address(), "another-secret-that-is-wrong");
    assert!(told.contains("HT0307") && !told.contains("another-secret"), "{told}");
}

/// Where the store cannot tell of two commits which came first, one coordinator makes them one by one, and a second one with a state
/// database of its own is refused.
#[test]
fn a_store_without_conditional_writes_has_one_coordinator() {
    // The header is signed.
    let Some(store) = Store::start_open() else { return };
    let proxy = Proxy::start(store.address());
    let hidden = proxy.rule(Rule::all(Fault::StripHeader("if-none-match")));
    let section = store::section(proxy.address());
    let mut cluster = Cluster::with(&Settings {
        root: Some("s3://city/lake"),
        sections: &section,
        environment: &CREDENTIALS,
        ..Settings::default()
    });
    let ask = |cluster: &Cluster, script: &str| sql(&cluster.address(), "csv", script);
    ask(&cluster, "CREATE TABLE 登记 (v BIGINT)").expect("made");
    let inserts = |from: u32| {
        std::thread::scope(|scope| {
            for v in from..from + 8 {
                let cluster = &cluster;
                scope.spawn(move || ask(cluster, &format!("INSERT INTO 登记 VALUES ({v})")).expect("inserted"));
            }
        });
    };
    inserts(0);
    let counted = |n: u32| Ok(format!("n,d\n{n},{n}\n"));
    let count = "SELECT count(*) AS n, count(DISTINCT v) AS d FROM 登记";
    assert_eq!(ask(&cluster, count), counted(8));
    let told = refused(proxy.address(), SECRET);
    assert!(told.contains("HT0305") && told.contains("hint"), "{told}");
    cluster.restart_scheduler();
    ask(&cluster, "INSERT INTO 登记 VALUES (8)").expect("inserted");
    assert_eq!(ask(&cluster, count), counted(9));
    assert!(hidden.injected() > 0, "{hidden:?}");
}

/// A copy is an object of the bucket when all rows are in it; what was there before stays until then. None goes where tables are.
#[test]
fn copies_appear_whole_beside_the_lake() {
    let Some(store) = Store::start() else { return };
    let section = format!("allowed_paths = [\"s3://city/exports\"]\n{}", store::section(store.address()));
    let settings =
        Settings { root: Some("s3://city/lake"), sections: &section, environment: &CREDENTIALS, ..Settings::default() };
    let cluster = Cluster::with(&settings);
    let ask = |script: &str| sql(&cluster.address(), "csv", script);
    let copy = |query: &str, to: &str| ask(&format!("SET huitong.backend = 'staged'; COPY ({query}) TO '{to}'"));
    ask("CREATE TABLE 户籍 AS SELECT v AS id, '王芳' || CAST(v AS VARCHAR) AS 姓名 FROM unnest(range(0, 3)) AS r(v)")
        .expect("made");
    let ordered = "SELECT * FROM 户籍 ORDER BY id";
    copy(ordered, "s3://city/exports/2026/户 籍.csv").expect("copied");
    let text = |key: &str| store.object(key).map(|bytes| String::from_utf8(bytes).expect("text"));
    let csv = Some("id,姓名\n0,王芳0\n1,王芳1\n2,王芳2\n".to_owned());
    assert_eq!(text("exports/2026/户 籍.csv"), csv);
    copy("SELECT 1 AS n", "s3://city/exports/a.json").expect("copied");
    assert_eq!(text("exports/a.json").as_deref(), Some("{\"n\":1}\n"));
    copy("SELECT id FROM 户籍 WHERE false", "s3://city/exports/a.json").expect("copied over");
    assert_eq!(text("exports/a.json").as_deref(), Some(""));
    copy(ordered, "s3://city/exports/a.parquet").expect("copied");
    let parquet = store.object("exports/a.parquet").expect("an object");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));

    // In parts.
    let many = "SELECT v, repeat(md5(CAST(v AS VARCHAR)), 4) AS t, 1 / (v - 400000) AS n FROM unnest(range(0, {rows})) AS r(v)";
    copy(&many.replace("{rows}", "300000"), "s3://city/exports/many.csv").expect("copied");
    let lines = || text("exports/many.csv").map(|text| text.lines().count());
    assert_eq!(lines(), Some(300_001));
    // On the cluster rows come when all is well; here they are on their way when it fails.
    let failing = many.replace("{rows}", "500000");
    let local = format!("SET huitong.backend = 'local'; COPY ({failing}) TO 's3://city/exports/many.csv'");
    let told = ask(&local).unwrap_err();
    assert!(told.contains("HT0114"), "{told}");
    assert_eq!(lines(), Some(300_001), "what was there stays");
    wait(|| store.uploads() == 0, "the upload that failed is given up");

    // Its client goes away.
    let endless = many.replace("{rows}", "400000").replace("AS r(v)", "AS r(v), unnest(range(0, 1000)) AS s(w)");
    let script = format!("COPY ({endless}) TO 's3://city/exports/endless.csv'");
    let mut client = huitong()
        .args(["sql", "--url", &format!("grpc://{}", cluster.address()), "-c", &script])
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    wait(|| store.uploads() == 1, "the upload begins");
    client.kill().expect("killed");
    client.wait().expect("it has ended");
    wait(|| store.uploads() == 0, "the upload that nobody waits for is given up");
    assert_eq!(store.object("exports/endless.csv"), None);

    let refused = [
        ("s3://city/lake/x.csv", "HT0304"),
        ("s3://city/lake/public/x.csv", "HT0304"),
        ("s3://city/exports2/x.csv", "HT0304"),
        ("s3://city/x.csv", "HT0304"),
        ("s3://town/exports/x.csv", "HT0304"),
        ("s3a://city/exports/x.csv", "HT0304"),
        ("s3://city/exports/../lake/x.csv", "HT0304"),
        ("s3://city/exports//x.csv", "HT0304"),
        ("s3://city/exports/", "HT0106"),
    ];
    for (to, code) in refused {
        let told = ask(&format!("COPY (SELECT 1 AS n) TO '{to}' STORED AS CSV")).unwrap_err();
        assert!(told.contains(code), "{to}: {told}");
    }
    ask("CREATE USER clerk PASSWORD 'clerk-password-1'").expect("made");
    let arguments = ["sql", "--url", &format!("grpc://{}", cluster.address()), "--user", "clerk", "-c"];
    let told = huitong()
        .args(arguments)
        .arg("COPY (SELECT 1 AS n) TO 's3://city/exports/clerk.csv'")
        .env("HUITONG_PASSWORD", "clerk-password-1")
        .output()
        .expect("the program starts");
    assert!(String::from_utf8_lossy(&told.stderr).contains("HT0204"), "{told:?}");
    assert_eq!(store.object("exports/clerk.csv"), None);
}

fn wait(is_so: impl Fn() -> bool, what: &str) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < END_TIMEOUT, "not so after {END_TIMEOUT:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a coordinator says that does not start on such a store.
fn refused(store: SocketAddr, secret: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.toml");
    let text = format!(
        "[storage]\nroot = \"s3://city/lake\"\n{}\n[state]\npath = \"s.db\"\n[listen]\nflight = \"127.0.0.1:0\"\n",
        store::section(store)
    );
    std::fs::write(&config, text).expect("written");
    let mut child = huitong()
        .args(["serve", "--config", config.to_str().expect("text")])
        .envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", secret)])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    while child.try_wait().expect("the process is ours").is_none() {
        if begun.elapsed() > END_TIMEOUT {
            child.kill().ok();
            panic!("the server did not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output().expect("the program ended");
    assert!(!output.status.success(), "the server started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether a file below `folder` holds `bytes`.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).any(|path| match path.is_dir() {
        true => holds(&path, bytes),
        false => std::fs::read(&path).is_ok_and(|content| content.windows(bytes.len()).any(|part| part == bytes)),
    })
}
