//! The state of a coordinator on PostgreSQL: one at a time, and the next one finds what the last one left.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;

use crate::faults::{Fault, Proxy, Rule, When};
use crate::store::{self, CREDENTIALS, Store};
use crate::work::{Server, run, signal, sql};

/// The URL of a server that no other test uses meanwhile; none without one.
fn database() -> Option<(String, MutexGuard<'static, ()>)> {
    static TURN: Mutex<()> = Mutex::new(());
    let Ok(url) = std::env::var("HUITONG_TEST_POSTGRES") else {
        println!("skipped: HUITONG_TEST_POSTGRES names no server; tests/postgres starts one");
        return None;
    };
    Some((url, TURN.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// A configuration of a coordinator with its own directories; `storage` says where its tables are, with further sections.
fn config(home: &Path, url: &str, storage: &str) -> String {
    std::fs::create_dir_all(home).expect("a folder");
    let text = format!(
        "[storage]\n{storage}\n[state]\nurl = \"{url}\"\n[engine]\nwork_dir = \"{}/work\"\n[listen]\nflight = \"127.0.0.1:0\"\n",
        home.display()
    );
    let file = home.join("serve.toml");
    std::fs::write(&file, text).expect("written");
    file.to_str().expect("text").to_owned()
}

#[test]
fn a_second_coordinator_on_one_database_waits_its_turn() {
    let Some((url, _turn)) = database() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let own = |home: &Path| config(home, &url, &format!("root = \"{}/lake\"", home.display()));
    let (first, second) = (own(&one), own(&two));
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

/// A coordinator stands still in the middle of CREATE TABLE, another one takes over, and the first one goes on: it is refused, and the
/// name is what the second one made of it.
#[test]
fn a_coordinator_that_stood_still_changes_nothing_any_more() {
    let Some((url, _turn)) = database() else { return };
    let Some(store) = Store::start() else { return };
    let proxy = Proxy::start(store.address());
    let storage = format!("root = \"s3://city/lake\"\n{}", store::section(proxy.address()));
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let (first, second) = (config(&one, &url, &storage), config(&two, &url, &storage));
    let former = Server::start_with(&["serve", "--config", &first], &one, &CREDENTIALS);
    let address = former.address("flight");
    sql(&address, "csv", "CREATE TABLE kept AS SELECT 1 AS a").expect("made");
    // Its only commit is on its way while its coordinator stands still.
    let (path, fault) = ("_delta_log/00000000000000000000.json".to_owned(), Fault::Delay(Duration::from_secs(3)));
    let commit = proxy.rule(Rule { method: Some(Method::PUT), path, when: When::First(1), fault });
    thread::scope(|scope| {
        let told = scope.spawn(|| sql(&address, "csv", "CREATE TABLE taken AS SELECT 1 AS a"));
        wait("the commit is under way", || commit.seen() == 1);
        signal("STOP", former.id());
        let server = Server::start_with(&["serve", "--config", &second], &two, &CREDENTIALS);
        let newest = server.address("flight");
        sql(&newest, "csv", "CREATE VIEW taken AS SELECT 2 AS a; INSERT INTO kept VALUES (2)").expect("made");
        signal("CONT", former.id());
        let told = told.join().expect("the client ends").expect_err("it was taken over");
        assert!(told.contains("HT0413"), "{told}");
        let seen = "SELECT (SELECT max(a) FROM taken) AS t, count(*) AS n, sum(a) AS s FROM kept";
        assert_eq!(sql(&newest, "csv", seen), Ok("t,n,s\n2,2,3\n".to_owned()));
        assert_eq!(former.stop_within(Duration::from_secs(30)), Some(false), "the former one says what happened");
        assert!(server.stop(), "the new one did not stop well");
    });
}

fn wait(what: &str, mut until: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: not after a minute");
        thread::sleep(Duration::from_millis(20));
    }
}
