//! Disks that are full: the error names the disk, nothing is lost or half there, and the next statement works.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Settings};
use crate::work::{Server, sql};

/// Files of a failed query are gone within this time.
const TIDY_TIMEOUT: Duration = Duration::from_secs(30);

/// The beginning of a command line whose rest runs with a small disk below a directory; none where that is not allowed.
fn small_disk(directory: &Path, size: &str) -> Option<Vec<String>> {
    let directory = directory.to_str().expect("a path is text");
    let mount = format!("mount -t tmpfs -o size={size} none '{directory}' && exec \"$@\"");
    // As root, and else as somebody who is root in a namespace of his own.
    for rights in [&[][..], &["--user", "--map-root-user"]] {
        let words = [&["unshare", "--mount"], rights, &["sh", "-c", &mount, "sh"]].concat();
        let tried = Command::new(words[0]).args(&words[1..]).arg("true").stderr(Stdio::null()).status();
        if tried.is_ok_and(|status| status.success()) {
            return Some(words.into_iter().map(str::to_owned).collect());
        }
    }
    println!("skipped: nobody may mount a disk of his own here");
    None
}

/// Larger than the disks of these tests; values that do not compress.
fn rows(from: u32, to: u32) -> String {
    let digests = (0..8).map(|part| format!("md5('{part}' || CAST(v AS VARCHAR))"));
    format!("SELECT v, {} AS t FROM unnest(range({from}, {to})) AS r(v)", digests.collect::<Vec<_>>().join(" || "))
}

#[test]
fn an_executor_whose_disk_is_full_says_so_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    if small_disk(folder.path(), "1m").is_none() {
        return;
    }
    let mut cluster = Cluster::with(&Settings { executors: 0, ..Settings::default() });
    cluster.start_executor_behind(|work| small_disk(work, "24m").expect("allowed a moment ago"));
    cluster.wait_for_executors(1);
    let address = cluster.address();
    let ask = |query: &str| sql(&address, "csv", &format!("SET huitong.backend = 'staged'; {query}"));
    sql(&address, "csv", &format!("SET huitong.backend = 'local'; CREATE TABLE wide AS {}", rows(0, 200_000)))
        .expect("made");
    let large = "SELECT count(*) AS n, count(DISTINCT a.t) AS d FROM wide a JOIN wide b ON a.v = b.v WHERE a.t >= b.t";
    for _ in 0..2 {
        let told = ask(large).expect_err("its disk is too small");
        assert!(told.contains("HT0311") && told.contains("executor-1/work"), "{told}");
        let begun = Instant::now();
        let small = "SELECT v % 2 AS k, count(*) AS n FROM wide WHERE v < 1000 GROUP BY v % 2 ORDER BY k";
        let mut told = ask(small);
        while told.is_err() {
            assert!(begun.elapsed() < TIDY_TIMEOUT, "the disk is still full: {told:?}");
            told = ask(small);
        }
        assert_eq!(told, Ok("k,n\n0,500\n1,500\n".to_owned()));
    }
    cluster.start_executor();
    cluster.wait_for_executors(2);
    drop(cluster.take_executor(0));
    cluster.wait_for_executors(1);
    assert_eq!(ask(large), Ok("n,d\n200000,200000\n".to_owned()));
}

#[test]
fn a_lake_that_is_full_says_so_and_holds_what_it_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, lake) = (folder.path().display(), folder.path().join("lake"));
    std::fs::create_dir(&lake).expect("made");
    let Some(disk) = small_disk(&lake, "48m") else { return };
    // A full disk of the state database would stop the coordinator.
    let config = folder.path().join("serve.toml");
    let text = format!(
        "[storage]\nroot = \"{home}/lake\"\n[state]\npath = \"{home}/state.db\"\n\
         [engine]\nwork_dir = \"{home}/work\"\n[listen]\nflight = \"127.0.0.1:0\"\n"
    );
    std::fs::write(&config, text).expect("written");
    let arguments = ["serve", "--config", config.to_str().expect("text")];
    let server = Server::start_behind(&disk, &arguments, folder.path(), &[]);
    let address = server.address("flight");
    let ask = |script: &str| sql(&address, "csv", script);
    let count = |n: u32| Ok(format!("n\n{n}\n"));
    ask(&format!("CREATE TABLE t AS {}", rows(0, 50_000))).expect("made");
    for statement in [
        format!("INSERT INTO t {}", rows(50_000, 400_000)),
        format!("CREATE TABLE u AS {}", rows(0, 400_000)),
        "SET huitong.backend = 'staged'; INSERT INTO t SELECT a.v, b.t || a.t FROM t a CROSS JOIN t b WHERE b.v < 9"
            .to_owned(),
    ] {
        let told = ask(&statement).expect_err("the disk is too small");
        assert!(told.contains("HT0311"), "{told}");
        assert_eq!(ask("SELECT count(*) AS n FROM t"), count(50_000), "{statement}");
    }
    // What the failed statements wrote does not stay in the way.
    ask(&format!("INSERT INTO t {}", rows(50_000, 60_000))).expect("there is space");
    assert_eq!(ask("SELECT count(DISTINCT v) AS n FROM t"), count(60_000));
    assert_eq!(ask("SELECT count(*) AS n FROM information_schema.tables WHERE table_name = 'u'"), count(0));
    ask("DROP TABLE t PURGE; CREATE TABLE t AS SELECT 1 AS v").expect("there is space");
}
