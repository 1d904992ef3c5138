//! Delta tables that another engine wrote (`tests/fixtures/delta`): read as that engine reads them, or refused by name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::work::{Server, sql};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/delta")
}

/// Where tables are put that a test changes.
fn place(folder: &Path) -> PathBuf {
    folder.join("place")
}

/// A server that may read the fixtures and tables in their place.
fn open(folder: &Path) -> Server {
    let config = folder.join("serve.toml");
    let text = format!(
        "[storage]\nroot = {:?}\nallowed_paths = [{:?}, {:?}]\n[state]\npath = {:?}\n[listen]\nflight = \"127.0.0.1:0\"\n",
        folder.join("lake"),
        fixtures(),
        place(folder),
        folder.join("state.db")
    );
    fs::write(&config, text).expect("a configuration is written");
    Server::start(&["serve", "--config", config.to_str().expect("text")], folder)
}

fn name(server: &Server, table: &str) -> Result<String, String> {
    let location = fixtures().join(table);
    let create = format!("CREATE EXTERNAL TABLE {table} STORED AS DELTA LOCATION '{}'", location.display());
    sql(&server.address("flight"), "csv", &create)
}

fn ask(server: &Server, backend: &str, query: &str) -> Result<String, String> {
    sql(&server.address("flight"), "csv", &format!("SET huitong.backend = '{backend}'; {query}"))
}

/// What the other engine read. It writes six digits of a second; ours leaves out three when they are zeros.
fn expected(table: &str) -> String {
    let rows = fs::read_to_string(fixtures().join(table).with_extension("csv")).expect("the rows are beside the table");
    rows.replace("500000Z", "500Z")
}

#[test]
fn tables_of_another_writer_are_read_as_it_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = open(folder.path());
    // Plain Parquet to us: on every back end. (The last one holds years that 64-bit nanoseconds cannot.)
    for table in ["partitioned", "checkpoint_v2", "timestamps_far"] {
        name(&server, table).expect("the table is taken in");
        for backend in ["local", "staged"] {
            let rows = ask(&server, backend, &format!("SELECT * FROM {table} ORDER BY 1"));
            assert_eq!(rows.as_deref(), Ok(expected(table).as_str()), "{table} on {backend}");
        }
    }
    // Rows or columns are not what the files say: through delta-rs, in the coordinator.
    for table in ["deletion_vectors", "column_mapping", "column_mapping_id"] {
        name(&server, table).expect("the table is taken in");
        let query = format!("SELECT * FROM {table} ORDER BY 1");
        assert_eq!(ask(&server, "auto", &query).as_deref(), Ok(expected(table).as_str()), "{table}");
        let told = ask(&server, "staged", &query).unwrap_err();
        assert!(told.contains("HT0401"), "{table}: {told}");
    }
    // Counts come from the log, deleted rows left out.
    let count = ask(&server, "auto", "SELECT count(*) AS n, sum(id) AS s, sum(v) AS v FROM deletion_vectors");
    assert_eq!(count.as_deref(), Ok("n,s,v\n167,16497,3163.5\n"));
}

#[test]
fn bounds_in_the_log_do_not_hide_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = open(folder.path());
    name(&server, "timestamps").expect("the table is taken in");
    name(&server, "partitioned").expect("the table is taken in");
    for backend in ["local", "staged"] {
        // The log keeps milliseconds; the largest value has microseconds beyond them.
        let late = "SELECT count(*) AS n FROM timestamps WHERE ts > TIMESTAMP '2024-02-29T23:59:59.999Z'";
        let all = "SELECT count(*) FILTER (WHERE ts > TIMESTAMP '2024-02-29T23:59:59.999Z') AS n FROM timestamps";
        let counted = ask(&server, backend, late).expect("counted");
        assert_eq!(Ok(counted.clone()), ask(&server, backend, all));
        assert_ne!(counted, "n\n0\n");
        let odd =
            ask(&server, backend, "SELECT count(*) AS n FROM partitioned WHERE district = 'a b/c%d'").expect("counted");
        let null =
            ask(&server, backend, "SELECT count(*) AS n FROM partitioned WHERE district IS NULL").expect("counted");
        assert!(odd != "n\n0\n" && null != "n\n0\n", "{odd} {null}");
    }
}

#[test]
fn unknown_features_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = open(folder.path());
    for (table, feature) in [("row_tracking_unknown", "futureFeature"), ("type_widening", "typeWidening")] {
        let told = name(&server, table).unwrap_err();
        assert!(told.contains("HT0303") && told.contains(feature), "{table}: {told}");
    }
}

#[test]
fn a_table_that_another_has_taken_the_place_of_is_read_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = place(folder.path()).join("t");
    copy(&fixtures().join("partitioned"), &table);
    let server = open(folder.path());
    let create = format!("CREATE EXTERNAL TABLE t STORED AS DELTA LOCATION '{}'", table.display());
    sql(&server.address("flight"), "csv", &create).expect("the table is taken in");
    let rows = || ask(&server, "local", "SELECT * FROM t ORDER BY 1");
    for _ in 0..3 {
        assert_eq!(rows().as_deref(), Ok(expected("partitioned").as_str()));
    }
    // Both have a second version, which is the newest.
    fs::remove_dir_all(&table).expect("the table is removed");
    assert!(rows().is_err());
    copy(&fixtures().join("timestamps_far"), &table);
    assert_eq!(rows().as_deref(), Ok(expected("timestamps_far").as_str()));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder is made");
    for entry in fs::read_dir(from).expect("a folder") {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a file is copied");
        }
    }
}
