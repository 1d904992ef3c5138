//! Statements beyond one request: fetched later, ended, left.

use std::io::Read;
use std::net::Shutdown;
use std::time::Duration;

use serde_json::json;

use super::{Client, ENDLESS, LONG, PATIENCE, serve, wait};
use crate::work::{PASSWORD, Server, sql};

#[test]
fn a_statement_is_fetched_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    let place = client.later("SELECT v FROM unnest(range(0, 100000)) AS t(v)");
    let news = client.until(&place, "ready");
    assert_eq!((&news["rows"], &news["progress"]), (&json!(0), &json!(1.0)), "{news}");
    assert_eq!(client.send("HEAD", &format!("{place}/result"), b"").status, 405);
    let answer = client.clone().with("accept", "text/csv").get(&format!("{place}/result"));
    assert_eq!((answer.status, answer.whole, answer.text().lines().count()), (200, true, 100_001));
    let news = client.until(&place, "finished");
    assert_eq!((&news["rows"], news.get("error")), (&json!(100_000), None));
    let again = client.get(&format!("{place}/result"));
    assert_eq!((again.status, again.code().as_str()), (404, "HT0702"));
    // The rows are waited for.
    let place = client.later("SELECT count(*) AS n FROM generate_series(1, 3000000) AS t(v)");
    assert_eq!(client.get(&format!("{place}/result")).json()["rows"], json!([[3_000_000]]));
    // A command has its effect, and tells it as often as it is asked.
    let place = client.later("CREATE TABLE t AS SELECT 1 AS n");
    let news = client.clone().with("prefer", "wait=30").get(&place).json();
    assert_eq!((&news["state"], &news["rows_affected"]), (&json!("finished"), &json!(1)), "{news}");
    for _ in 0..2 {
        assert_eq!(client.get(&format!("{place}/result")).json()["rows_affected"], 1);
    }
    // An error after the start is the answer's.
    let place = client.later("SELECT 1 / (v - 5) FROM unnest(range(0, 10)) AS t(v)");
    let news = client.until(&place, "failed");
    assert_eq!(news["error"]["code"], "HT0114", "{news}");
    let answer = client.get(&format!("{place}/result"));
    assert_eq!((answer.status, answer.code().as_str()), (400, "HT0114"));
    // One before it is told at once.
    assert_eq!(client.clone().with("prefer", "respond-async").sql("SELECT * FROM nothing").status, 404);
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn statements_are_ended_by_their_id_and_by_their_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    assert_eq!(client.sql(&format!("CREATE USER li PASSWORD '{PASSWORD}'")).status, 200);
    let li = Client::stranger(&server.address("http")).signed_in("li", PASSWORD);
    let place = client.later(LONG);
    client.until(&place, "running");
    for path in [place.clone(), format!("{place}/result")] {
        let told = li.get(&path);
        assert_eq!((told.status, told.code().as_str()), (404, "HT0702"), "{path}");
    }
    assert_eq!(li.send("DELETE", &place, b"").status, 404);
    assert_eq!(client.get(&place).json()["state"], "running");
    for _ in 0..2 {
        let ended = client.send("DELETE", &place, b"");
        assert_eq!((ended.status, ended.body.len()), (204, 0));
    }
    assert_eq!(client.get(&place).json()["state"], "cancelled");
    assert_eq!(client.get(&format!("{place}/result")).status, 499);
    wait("the query is over", Duration::from_secs(3), || running(&server) == 0);

    // Rows that wait are given up.
    let place = client.later(ENDLESS);
    client.until(&place, "ready");
    assert_eq!(client.send("DELETE", &place, b"").status, 204);
    wait("the query is over", Duration::from_secs(3), || running(&server) == 0);

    // One whose client waits, by the id of its head; the answer breaks off.
    let mut socket =
        client.clone().with("content-type", "text/plain").open("POST", "/api/v1/query", ENDLESS.as_bytes());
    let mut head = vec![0; 1000];
    socket.read_exact(&mut head).expect("an answer");
    let head = String::from_utf8_lossy(&head).into_owned();
    let id = head.lines().find_map(|line| line.strip_prefix("huitong-query-id: ")).expect("an id").to_owned();
    let place = format!("/api/v1/query/{id}");
    assert_eq!(client.get(&place).json()["state"], "running");
    let reader = std::thread::spawn(move || {
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).ok();
        rest
    });
    assert_eq!(client.send("DELETE", &place, b"").status, 204);
    let rest = String::from_utf8_lossy(&reader.join().expect("read")).into_owned();
    assert!(rest.contains("HT0404") && !rest.ends_with("0\r\n\r\n"), "{}", &rest[rest.len().saturating_sub(300)..]);
    wait("it is not listed any more", Duration::from_secs(3), || client.get(&place).status == 404);

    // An administrator ends what others run.
    let place = li.later(LONG);
    li.until(&place, "running");
    assert_eq!(client.get(&place).status, 404);
    assert_eq!(client.send("DELETE", &place, b"").status, 204);
    assert_eq!(li.until(&place, "cancelled")["error"]["code"], "HT0404");
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn one_user_may_leave_so_many_statements_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let address = server.address("http");
    let client = Client::new(&address);
    assert_eq!(client.sql(&format!("CREATE USER li PASSWORD '{PASSWORD}'")).status, 200);
    let later = client.clone().with("prefer", "respond-async");
    let statuses: Vec<u16> = (0..101).map(|_| later.sql("SELECT 1").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 100);
    assert_eq!(statuses[100], 429);
    assert_eq!(
        Client::stranger(&address).signed_in("li", PASSWORD).with("prefer", "respond-async").sql("SELECT 1").status,
        202
    );
    assert_eq!(client.sql("SELECT 1").status, 200);
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn a_client_that_leaves_ends_its_query() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http")).with("content-type", "text/plain");
    for sql in [LONG, ENDLESS] {
        let mut socket = client.open("POST", "/api/v1/query", sql.as_bytes());
        if sql == ENDLESS {
            socket.read_exact(&mut [0; 100_000]).expect("rows come");
        }
        wait("the query runs", PATIENCE, || running(&server) == 1);
        drop(socket);
        // A second, and what the other door takes to tell.
        wait("the query is over", Duration::from_secs(3), || running(&server) == 0);
    }
    // Whoever only stops sending is gone, too.
    let socket = client.open("POST", "/api/v1/query", LONG.as_bytes());
    wait("the query runs", PATIENCE, || running(&server) == 1);
    socket.shutdown(Shutdown::Write).expect("closed");
    wait("the query is over", Duration::from_secs(3), || running(&server) == 0);
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn a_stop_lets_what_runs_come_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http")).with("content-type", "text/plain");
    let some = "SELECT v, repeat('x', 1000) AS x FROM unnest(range(0, 50000)) AS t(v)";
    let mut socket = client.open("POST", "/api/v1/query", some.as_bytes());
    let mut first = vec![0; 1000];
    socket.read_exact(&mut first).expect("an answer");
    let reader = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).expect("all of it");
        String::from_utf8_lossy(&rest[rest.len() - 40..]).into_owned()
    });
    assert_eq!(server.stop_within(Duration::from_secs(20)), Some(true));
    let rest = reader.join().expect("read");
    assert!(rest.contains("\"row_count\":50000}") && rest.ends_with("0\r\n\r\n"), "{rest}");
}

/// How many statements of this door run, as another door tells.
fn running(server: &Server) -> u32 {
    let counted =
        sql(&server.address("flight"), "csv", "SELECT count(*) AS n FROM huitong.running WHERE door = 'http'");
    counted.expect("counted").trim_start_matches("n\n").trim().parse().expect("a number")
}
