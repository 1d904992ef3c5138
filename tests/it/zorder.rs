//! `OPTIMIZE … ZORDER BY` as the log shows it: the same rows in files that are narrow in each of the columns.

use std::path::Path;

use crate::cluster::Cluster;
use crate::work::{Server, sql};

const ROWS: u64 = 240_000;

/// A data file, as the log names it.
struct File {
    stats: serde_json::Value,
}

/// Actions of a table's newest commit.
fn newest_commit(lake: &Path, table: &str) -> Vec<serde_json::Value> {
    let folder = std::fs::read_dir(lake.join("public")).expect("a schema").map(|entry| entry.expect("an entry").path());
    let is_table = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{table}.")))
    };
    let log = folder.into_iter().find(is_table).expect("the table").join("_delta_log");
    let commits = std::fs::read_dir(log).expect("a log").map(|entry| entry.expect("an entry").path());
    let newest = commits.filter(|path| path.extension().is_some_and(|e| e == "json")).max().expect("a commit");
    let text = std::fs::read_to_string(newest).expect("read");
    text.lines().map(|line| serde_json::from_str(line).expect("an action")).collect()
}

fn added(actions: &[serde_json::Value]) -> Vec<File> {
    let stats = actions.iter().filter_map(|action| action["add"]["stats"].as_str());
    stats.map(|stats| File { stats: serde_json::from_str(stats).expect("statistics") }).collect()
}

/// How many of the files a filter on one value of a column would read, on average.
fn read_by(files: &[File], column: &str, values: &[serde_json::Value]) -> f64 {
    let may_hold = |file: &File, value: &serde_json::Value| {
        let (least, greatest) = (&file.stats["minValues"][column], &file.stats["maxValues"][column]);
        match value.as_str() {
            Some(text) => least.as_str().expect("a text") <= text && text <= greatest.as_str().expect("a text"),
            None => least.as_i64() <= value.as_i64() && value.as_i64() <= greatest.as_i64(),
        }
    };
    let read: usize = values.iter().map(|value| files.iter().filter(|file| may_hold(file, value)).count()).sum();
    read as f64 / values.len() as f64
}

fn narrows_both_columns(address: &str, backend: &str, lake: &Path, table: &str) {
    let ask = |script: &str| sql(address, "csv", &format!("SET huitong.backend = '{backend}'; {script}"));
    let made = format!(
        "CREATE TABLE {table} AS SELECT v * 7919 % {ROWS} AS number, \
           'house-' || lpad(CAST(v * 104729 % {ROWS} AS VARCHAR), 6, '0') AS house, md5(CAST(v AS VARCHAR)) AS rest \
         FROM unnest(range(0, {ROWS})) AS r(v); \
         ALTER TABLE {table} SET TBLPROPERTIES ('delta.targetFileSize' = '1mb')"
    );
    ask(&made).expect("made");
    ask(&format!("OPTIMIZE {table} ZORDER BY (number, house)")).expect("ordered");
    let actions = newest_commit(lake, table);
    let files = added(&actions);
    assert!(files.len() >= 8, "{} files", files.len());
    for action in &actions {
        for kind in ["add", "remove"] {
            assert!(action[kind].is_null() || action[kind]["dataChange"] == false, "{action}");
        }
    }
    let numbers: Vec<_> = (0..50).map(|v| serde_json::json!(v * (ROWS / 50) + 17)).collect();
    let houses: Vec<_> = (0..50).map(|v| serde_json::json!(format!("house-{:06}", v * (ROWS / 50) + 17))).collect();
    for (column, values) in [("number", &numbers), ("house", &houses)] {
        let read = read_by(&files, column, values);
        assert!(read <= files.len() as f64 * 0.6, "{column}: {read} of {} files", files.len());
    }
    let same = format!(
        "SELECT count(*) AS n, count(DISTINCT number) AS d, \
           (SELECT count(*) FROM (SELECT * FROM {table} EXCEPT SELECT * FROM {table} VERSION AS OF 0) AS d) AS other \
         FROM {table}"
    );
    assert_eq!(ask(&same), Ok(format!("n,d,other\n{ROWS},{ROWS},0\n")));
    let found = format!("SELECT rest FROM {table} WHERE house = 'house-000017'");
    assert_eq!(ask(&found).expect("found").lines().count(), 2);
}

#[test]
fn files_become_narrow_in_both_columns_in_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let server =
        Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder.path());
    for backend in ["local", "staged"] {
        narrows_both_columns(&server.address("flight"), backend, &dir.join("lake"), &format!("house_{backend}"));
    }
}

#[test]
fn files_become_narrow_in_both_columns_on_a_cluster() {
    let cluster = Cluster::start();
    narrows_both_columns(&cluster.address(), "staged", &cluster.folder().join("lake"), "house");
}
