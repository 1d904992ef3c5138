//! Tables that are dropped: who reads them reads on, and their files go later.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::work::{PASSWORD, Server, huitong, run, sql};

/// The files of a table that is kept for a moment are gone after this time.
const GONE_TIMEOUT: Duration = Duration::from_secs(60);
const ROWS: usize = 200_000;
/// Many files, and more rows than all buffers on the way hold.
const MADE: &str = "CREATE TABLE big PARTITIONED BY (k) AS SELECT v % 64 AS k, v, repeat(md5(CAST(v AS VARCHAR)), 4) AS t \
                    FROM unnest(range(0, 200000)) AS r(v)";

fn serve(folder: &Path, keep: &str) -> Server {
    let config = folder.join("serve.toml");
    let text = format!(
        "[storage]\nroot = \"lake\"\nkeep_dropped = \"{keep}\"\n[state]\npath = \"s.db\"\n[listen]\nflight = \"127.0.0.1:0\"\n"
    );
    std::fs::write(&config, text).expect("written");
    Server::start(&["serve", "--config", config.to_str().expect("text")], folder)
}

/// Directories of a table.
fn directories(folder: &Path, table: &str) -> usize {
    let entries = std::fs::read_dir(folder.join("lake/public")).expect("the schema has a directory");
    entries.filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().starts_with(table))).count()
}

/// Drops the table while a client has read its first row; answers with the number of rows that the client got, and what it said at
/// its end.
fn read_while_dropped(server: &Server, drop: &str) -> (usize, String) {
    let address = server.address("flight");
    let query = "SET huitong.backend = 'local'; SELECT v, t FROM big";
    let mut client = huitong()
        .args(["sql", "--url", &format!("grpc://{address}"), "--format", "csv", "-c", query])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client starts");
    let mut rows = BufReader::new(client.stdout.take().expect("a pipe"));
    let mut first = String::new();
    rows.read_line(&mut first).expect("the header");
    rows.read_line(&mut first).expect("a row");
    sql(&address, "csv", drop).expect("dropped");
    assert!(
        sql(&address, "csv", "SELECT * FROM big").expect_err("dropped").contains("HT0102"),
        "the name goes at once"
    );
    let read = 1 + rows.lines().count();
    let mut told = String::new();
    client.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
    client.wait().expect("the client ends");
    (read, told)
}

#[test]
fn whoever_reads_a_table_that_is_dropped_reads_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "1h");
    let address = server.address("flight");
    sql(&address, "csv", MADE).expect("made");
    assert_eq!(read_while_dropped(&server, "DROP TABLE big"), (ROWS, String::new()));
    // Without that time the same reader is told that its files are gone.
    sql(&address, "csv", "UNDROP TABLE big").expect("brought back");
    let (read, told) = read_while_dropped(&server, "DROP TABLE big PURGE");
    assert!(read < ROWS && told.contains("HT0301"), "{read} rows: {told}");
    assert_eq!(directories(folder.path(), "big."), 0, "PURGE removes at once");
}

/// What was dropped is known to the next server, which removes it in time.
#[test]
fn dropped_tables_go_in_time_after_a_restart_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "3s");
    let address = server.address("flight");
    let script = "CREATE TABLE old AS SELECT 1 AS a; CREATE TABLE stays AS SELECT 2 AS a; DROP TABLE old; \
                  CREATE TABLE old AS SELECT 3 AS a; SELECT a FROM old";
    assert_eq!(sql(&address, "csv", script), Ok("a\n3\n".to_owned()), "the name is free at once");
    assert_eq!(directories(folder.path(), "old."), 2);
    let listed = "SELECT schema, name, owner, state, until - since AS kept FROM huitong.dropped";
    let listed = sql(&address, "csv", listed).expect("an administrator sees it");
    assert!(listed.contains("public,old,admin,dropped,"), "{listed}");
    sql(&address, "csv", &format!("CREATE USER wang PASSWORD '{PASSWORD}'")).expect("made");
    let url = format!("grpc://{address}");
    let asked = ["sql", "--url", &url, "--user", "wang", "-c", "SELECT * FROM huitong.dropped"];
    let refused = String::from_utf8_lossy(&run(&asked).stderr).into_owned();
    assert!(refused.contains("HT0102"), "{refused}");
    // Killed.
    drop(server);
    assert_eq!(directories(folder.path(), "old."), 2);
    let server = serve(folder.path(), "3s");
    let begun = Instant::now();
    while directories(folder.path(), "old.") > 1 {
        assert!(begun.elapsed() < GONE_TIMEOUT, "the files are still there");
        thread::sleep(Duration::from_millis(100));
    }
    let script = "SELECT old.a AS o, stays.a AS s FROM old CROSS JOIN stays";
    assert_eq!(sql(&server.address("flight"), "csv", script), Ok("o,s\n3,2\n".to_owned()));
    let told = sql(&server.address("flight"), "csv", "DROP TABLE stays PURGE; UNDROP TABLE stays").unwrap_err();
    assert!(told.contains("HT0102") && told.contains("keep_dropped"), "{told}");
}
