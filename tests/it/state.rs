//! The state of a coordinator on PostgreSQL: one at a time, and the next one finds what the last one left.

use std::path::Path;

use crate::work::{Server, run, sql};

/// A configuration of a coordinator with its own directories.
fn config(home: &Path, url: &str) -> String {
    std::fs::create_dir_all(home).expect("a folder");
    let text = format!(
        "[storage]\nroot = \"{0}/lake\"\n[state]\nurl = \"{url}\"\n[engine]\nwork_dir = \"{0}/work\"\n[listen]\nflight = \"127.0.0.1:0\"\n",
        home.display()
    );
    let file = home.join("serve.toml");
    std::fs::write(&file, text).expect("written");
    file.to_str().expect("text").to_owned()
}

#[test]
fn a_second_coordinator_on_one_database_waits_its_turn() {
    let Ok(url) = std::env::var("HUITONG_TEST_POSTGRES") else {
        println!("skipped: HUITONG_TEST_POSTGRES names no server; tests/postgres starts one");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let (first, second) = (config(&one, &url), config(&two, &url));
    let server = Server::start(&["serve", "--config", &first], &one);
    sql(&server.address("flight"), "csv", "CREATE SCHEMA 人口; CREATE VIEW 人口.v AS SELECT 1 AS a").expect("made");
    let told = run(&["serve", "--config", &second]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("HT0305") && told.contains("another coordinator"), "{told}");
    assert!(server.stop(), "the first one did not stop well");
    let server = Server::start(&["serve", "--config", &second], &two);
    assert_eq!(sql(&server.address("flight"), "csv", "SELECT * FROM 人口.v"), Ok("a\n1\n".to_owned()));
    // Killed, it holds its right for a moment longer, and the next one waits for that.
    drop(server);
    let server = Server::start(&["serve", "--config", &first], &one);
    assert_eq!(sql(&server.address("flight"), "csv", "SELECT * FROM 人口.v"), Ok("a\n1\n".to_owned()));
    assert!(server.stop(), "the last one did not stop well");
}
