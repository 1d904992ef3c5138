//! Ctrl-C: the work ends where it runs, and a command that had not come to its commit has had no effect.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::work::{Server, huitong, sql};

const PATIENCE: Duration = Duration::from_secs(30);

fn open(folder: &Path) -> Server {
    let dir = folder.join("data");
    let server = Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder);
    let made = "CREATE TABLE n AS SELECT value AS v FROM generate_series(1, 30000) AS s(value)";
    sql(&server.address("flight"), "csv", made).expect("made");
    server
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn jobs(server: &Server, status: &str) -> u32 {
    let count = format!("SELECT count(*) AS n FROM huitong.jobs WHERE status = '{status}'");
    let counted = sql(&server.address("flight"), "csv", &count).expect("counted");
    counted.trim_start_matches("n\n").trim().parse().expect("a number")
}

/// Starts a script, waits until `begun`, presses Ctrl-C, and waits for the client's end.
fn interrupt(server: &Server, script: &str, begun: impl FnMut() -> bool) {
    let url = format!("grpc://{}", server.address("flight"));
    let mut client = huitong()
        .args(["sql", "--url", &url, "--format", "csv", "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the client starts");
    wait("the statement runs", begun);
    assert!(Command::new("kill").args(["-INT", &client.id().to_string()]).status().expect("kill runs").success());
    assert!(!client.wait().expect("the client ends").success(), "an interrupted client says that all is well");
}

/// What a process has computed, in hundredths of a second.
fn cpu_ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("the process is there");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    // Fields 14 and 15 of proc(5), of which two stand before the bracket.
    fields[11].parse::<u64>().expect("a number") + fields[12].parse::<u64>().expect("a number")
}

/// Directories of jobs in the executors' work directories.
fn job_files(folder: &Path) -> usize {
    let works = (1..=2).map(|number| folder.join(format!("data/work/executor-{number}")));
    let entries = works.flat_map(|work| std::fs::read_dir(work).expect("an executor has a directory"));
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().len() == 32)).count()
}

fn directories(folder: &Path, table: &str) -> usize {
    let schema = folder.join("data/lake/public");
    let entries = std::fs::read_dir(schema).expect("the schema has a directory");
    entries.filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().starts_with(table))).count()
}

#[test]
fn an_interrupted_query_frees_the_executors() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = open(folder.path());
    let script = "SET huitong.backend = 'staged'; SELECT count(*) FROM n AS a JOIN n AS b ON a.v % 7 < b.v";
    interrupt(&server, script, || jobs(&server, "running") == 1);
    wait("the job is over", || jobs(&server, "running") == 0);
    // Writers of a cancelled task run on by themselves until their rows end.
    let busy = || {
        let before = cpu_ticks(server.id());
        std::thread::sleep(Duration::from_millis(500));
        cpu_ticks(server.id()) - before
    };
    wait("nothing is computed any more", || busy() < 10);
    wait("its files are gone", || job_files(folder.path()) == 0);
    // Its tasks are gone too: another query gets their slots.
    let begun = Instant::now();
    sql(&server.address("flight"), "csv", "SET huitong.backend = 'staged'; SELECT count(*) FROM n").expect("counted");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn an_interrupted_command_has_no_effect() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = open(folder.path());
    let address = server.address("flight");
    for backend in ["staged", "local"] {
        let script = format!(
            "SET huitong.backend = '{backend}'; CREATE TABLE never AS SELECT a.v, b.v AS w FROM n AS a JOIN n AS b ON a.v % 7 < b.v"
        );
        interrupt(&server, &script, || match backend {
            "staged" => jobs(&server, "running") == 1,
            _ => directories(folder.path(), "never") == 1,
        });
        wait("the files are gone", || directories(folder.path(), "never") == 0);
        let told = sql(&address, "csv", "SELECT * FROM never").unwrap_err();
        assert!(told.contains("HT0102"), "{told}");
    }
    // What came to its end stays.
    sql(&address, "csv", "CREATE TABLE always AS SELECT 1 AS n").expect("made");
    assert_eq!(sql(&address, "csv", "SELECT n FROM always"), Ok("n\n1\n".to_owned()));
}
