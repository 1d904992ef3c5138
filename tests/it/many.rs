//! A table of very many files: planned from the log, sent to executors within the limits of messages, and written to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::work::{Server, sql};

/// Files in the table; each has one row, and is a partition of its own.
const FILES: usize = 50_000;

struct City {
    server: Server,
    _folder: tempfile::TempDir,
}

impl City {
    fn ask(&self, backend: &str, query: &str) -> String {
        let script = format!("SET huitong.backend = '{backend}'; {query}");
        sql(&self.server.address("flight"), "csv", &script).expect(query)
    }
}

/// A server with the table `many (id, v, name, part)`: written once by huitong, and then by hand in one commit whose files are
/// all links to the same one. Partition values are in the log only, so that is what a writer of such files would have left.
fn open() -> City {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let server =
        Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder.path());
    let made = "CREATE TABLE many (id BIGINT, v DOUBLE, name VARCHAR, part INT) PARTITIONED BY (part); \
                INSERT INTO many VALUES (7, 0.5, '联和市', 0)";
    sql(&server.address("flight"), "csv", made).expect("the table is made");
    let table = directory(&dir, "many.").expect("the table has a directory");
    let log = table.join("_delta_log");
    let first = fs::read_to_string(log.join("00000000000000000001.json")).expect("a commit");
    let add: serde_json::Value = first
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an action"))
        .find(|action| action.get("add").is_some())
        .expect("the commit adds a file");
    let file = table.join(add["add"]["path"].as_str().expect("a path"));
    let mut commit = String::new();
    for part in 1..FILES {
        let mut add = add.clone();
        let path = format!("part={part}/{part}.parquet");
        fs::create_dir(table.join(format!("part={part}"))).expect("a folder");
        fs::hard_link(&file, table.join(&path)).expect("a link");
        add["add"]["path"] = path.into();
        add["add"]["partitionValues"]["part"] = part.to_string().into();
        commit.push_str(&format!("{add}\n"));
    }
    fs::write(log.join("00000000000000000002.json"), commit).expect("written");
    City { server, _folder: folder }
}

fn directory(below: &Path, name: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(below).ok()?.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
        if entry.file_name().to_string_lossy().starts_with(name) {
            return Some(entry.path());
        }
        if let Some(found) = directory(&entry.path(), name) {
            return Some(found);
        }
    }
    None
}

#[test]
fn a_table_of_fifty_thousand_files_is_read_and_written() {
    let city = open();
    // From the log alone.
    assert_eq!(city.ask("local", "SELECT count(*) AS n FROM many"), format!("n\n{FILES}\n"));
    assert_eq!(city.ask("local", "SELECT min(part) AS a, max(part) AS b FROM many"), format!("a,b\n0,{}\n", FILES - 1));
    for backend in ["local", "staged"] {
        let few = "SELECT id, name, part FROM many WHERE part BETWEEN 41998 AND 42001 ORDER BY part";
        let rows: String = (41_998..=42_001).map(|part| format!("7,联和市,{part}\n")).collect();
        assert_eq!(city.ask(backend, few), format!("id,name,part\n{rows}"), "{backend}");
        // More files than are sent with statistics.
        let some = "SELECT count(*) AS n, sum(part) AS p, sum(v) AS v FROM many WHERE part < 1500 AND id = 7";
        assert_eq!(city.ask(backend, some), "n,p,v\n1500,1124250,750.0\n", "{backend}");
    }
    // All files are in the plan that is sent; few of them are read.
    let first = "SELECT id, name FROM many WHERE name LIKE '联%' LIMIT 2";
    assert_eq!(city.ask("staged", first), "id,name\n7,联和市\n7,联和市\n");
    // Writers read what has come since, not all of it again.
    for written in 0..3 {
        city.ask("auto", &format!("INSERT INTO many VALUES (8, 1.5, '新', {})", FILES + written));
    }
    city.ask("auto", "DELETE FROM many WHERE part = 100");
    city.ask("auto", "UPDATE many SET v = 2.5 WHERE part = 50002");
    let after = "SELECT count(*) AS n, max(part) AS p FROM many";
    assert_eq!(city.ask("local", after), format!("n,p\n{},{}\n", FILES + 2, FILES + 2));
    let new = "SELECT part, v FROM many WHERE id = 8 AND part >= 50000 ORDER BY part";
    assert_eq!(city.ask("staged", new), "part,v\n50000,1.5\n50001,1.5\n50002,2.5\n");
    assert!(city.server.stop());
}
