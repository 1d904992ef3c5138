//! The door of PostgreSQL, asked by a client that others wrote (sqlx), and by hand where a client would not do such a thing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::work::{PASSWORD, Server, run, sql};

const PATIENCE: Duration = Duration::from_secs(30);

pub fn serve(folder: &Path) -> Server {
    let dir = folder.join("data");
    let arguments = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
    Server::start(&[&arguments[..], &["--listen-postgres", "127.0.0.1:0"]].concat(), folder)
}

fn options(server: &Server) -> PgConnectOptions {
    let (host, port) =
        server.address("postgres").split_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).expect("both");
    let options = PgConnectOptions::new_without_pgpass().host(&host).port(port.parse().expect("a number"));
    options.username("admin").password(PASSWORD).database("city").ssl_mode(PgSslMode::Disable)
}

async fn connect(server: &Server) -> PgConnection {
    PgConnection::connect_with(&options(server)).await.expect("connected")
}

/// Runs texts as a simple query, and tells the code of an error.
async fn state(connection: &mut PgConnection, text: &str) -> String {
    match connection.execute(AssertSqlSafe(text.to_owned())).await {
        Ok(_) => "00000".to_owned(),
        Err(error) => error
            .as_database_error()
            .and_then(|e| e.code().map(std::borrow::Cow::into_owned))
            .unwrap_or(error.to_string()),
    }
}

#[tokio::test]
async fn statements_are_run_and_values_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut client = connect(&server).await;
    let made = "CREATE SCHEMA 人口; SET search_path = '人口'; CREATE TABLE person (id BIGINT, name TEXT, born DATE, share DOUBLE)";
    assert_eq!(state(&mut client, made).await, "00000");
    let insert = "INSERT INTO person VALUES ($1, $2, '1990-05-01', $3)";
    for (id, name) in [(1_i64, Some("王芳")), (2, Some("it's; --")), (3, None)] {
        let done = sqlx::query(insert).bind(id).bind(name).bind(0.5_f64).execute(&mut client).await.expect("inserted");
        assert_eq!(done.rows_affected(), 1);
    }
    let asked = "SELECT id, name, share, count(*) OVER () AS n, true AS yes FROM person WHERE id >= $1 AND name IS NOT NULL ORDER BY id LIMIT $2";
    let rows = sqlx::query(asked).bind(1_i64).bind(10_i64).fetch_all(&mut client).await.expect("rows");
    let read: Vec<(i64, String, f64, i64, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect();
    assert_eq!(read, [(1, "王芳".to_owned(), 0.5, 2, true), (2, "it's; --".to_owned(), 0.5, 2, true)]);
    let updated = sqlx::query("UPDATE person SET share = $1 WHERE name = $2").bind(1.5_f64).bind("王芳");
    assert_eq!(updated.execute(&mut client).await.expect("updated").rows_affected(), 1);
    let deleted = client.execute("DELETE FROM person WHERE share = 0.5").await.expect("deleted");
    assert_eq!(deleted.rows_affected(), 2);
    // What one door wrote another one reads.
    assert_eq!(sql(&server.address("flight"), "csv", "SELECT name FROM 人口.person"), Ok("name\n王芳\n".to_owned()));
    client.close().await.expect("closed");
    assert!(server.stop(), "the server did not stop well");
}

#[tokio::test]
async fn errors_carry_states_and_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut client = connect(&server).await;
    assert_eq!(state(&mut client, "CREATE TABLE t (n INT NOT NULL, CHECK (n > 0))").await, "00000");
    for (text, expected) in [
        ("SELECT * FROM nothing", "42P01"),
        ("SELECT nmae FROM t", "42703"),
        ("SELEC 1", "42601"),
        ("SELECT nothing(1)", "42883"),
        ("SELECT 1 / 0", "22012"),
        ("SELECT CAST('x' AS INT)", "22P02"),
        ("SELECT CAST('divide by zero' AS INT)", "22P02"),
        ("SELECT CAST(99999999999 AS INT)", "22003"),
        ("CREATE SCHEMA full_of", "00000"),
        ("CREATE TABLE full_of.t (n INT)", "00000"),
        ("DROP SCHEMA full_of", "2BP01"),
        ("CREATE SCHEMA full_of", "42P06"),
        ("INSERT INTO t VALUES (-1)", "23514"),
        ("CREATE TABLE t (n INT)", "42P07"),
        ("SET search_path = 'nothing'", "3F000"),
        ("SET nothing = 1", "42704"),
        ("SET client_encoding = 'GBK'", "22023"),
        ("SHOW nothing", "42704"),
        ("TRUNCATE t", "0A000"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "0A000"),
        ("EXECUTE nothing", "0A000"),
    ] {
        assert_eq!(state(&mut client, text).await, expected, "{text}");
    }
    let error = client.execute("SELECT '甲';\nSELECT 1,\n  nmae FROM t").await.expect_err("no such column");
    let told = error.as_database_error().expect("of the server").downcast_ref::<PgDatabaseError>();
    assert!(told.message().starts_with("HT0103: "), "{}", told.message());
    // The two lines before it have 22 characters with their ends, and two spaces come before the word.
    assert_eq!(told.position(), Some(sqlx::postgres::PgErrorPosition::Original(25)));
}

#[tokio::test]
async fn transactions_are_of_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut client = connect(&server).await;
    let script = [
        ("CREATE TABLE t AS SELECT 1 AS n", "00000"),
        ("BEGIN", "00000"),
        ("SELECT * FROM t", "00000"),
        ("SAVEPOINT a", "00000"),
        ("INSERT INTO t VALUES (2)", "0A000"),
        ("SELECT * FROM t", "25P02"),
        ("ROLLBACK TO a", "00000"),
        ("SELECT * FROM t", "00000"),
        ("ROLLBACK TO b", "3B001"),
        // A transaction that has failed is rolled back, whatever it is asked.
        ("COMMIT", "00000"),
        ("INSERT INTO t VALUES (2)", "00000"),
        ("BEGIN; SET LOCAL timezone = '+08:00'; COMMIT", "00000"),
        ("COMMIT", "00000"),
    ];
    for (text, expected) in script {
        assert_eq!(state(&mut client, text).await, expected, "{text}");
    }
    let zone: String = client.fetch_one("SHOW timezone").await.expect("shown").get(0);
    let count: i64 = client.fetch_one("SELECT count(*) FROM t").await.expect("counted").get(0);
    assert_eq!((zone.as_str(), count), ("UTC", 2));
}

#[tokio::test]
async fn each_connection_has_its_own_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let (mut one, mut other) = (connect(&server).await, connect(&server).await);
    assert_eq!(state(&mut one, "CREATE SCHEMA a; SET search_path = a; CREATE TABLE t AS SELECT 1 AS n").await, "00000");
    assert_eq!(state(&mut one, "SET application_name = 'report'; SELECT n FROM t").await, "00000");
    assert_eq!(state(&mut other, "SELECT n FROM t").await, "42P01");
    let shown = "SELECT current_setting('application_name') AS a, current_schema() AS s, current_database() AS d";
    let shown = one.fetch_one(shown).await.expect("shown");
    assert_eq!((shown.get::<&str, _>(0), shown.get::<&str, _>(1), shown.get::<&str, _>(2)), ("report", "a", "city"));
    assert_eq!(state(&mut one, "DISCARD ALL").await, "00000");
    assert_eq!(state(&mut one, "SELECT n FROM t").await, "42P01");
}

#[tokio::test]
async fn who_cannot_sign_in_is_not_told_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut told = Vec::new();
    for (user, password) in [("admin", "wrong"), ("nobody", PASSWORD), ("no body!", "x"), ("admin", "")] {
        let error = PgConnection::connect_with(&options(&server).username(user).password(password)).await;
        let error = error.expect_err("not signed in");
        let error = error.as_database_error().expect("of the server");
        told.push((error.code().map(std::borrow::Cow::into_owned), error.message().to_owned()));
    }
    let expected = (Some("28P01".to_owned()), "HT0202: wrong user or password".to_owned());
    assert!(told.iter().all(|one| *one == expected), "{told:?}");
    let other = PgConnection::connect_with(&options(&server).database("other")).await.expect_err("no such database");
    assert_eq!(other.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("3F000"));
    // After some failures the name has to wait, also with the right password.
    for _ in 0..6 {
        PgConnection::connect_with(&options(&server).username("guessed").password("x")).await.expect_err("wrong");
    }
    let waits =
        PgConnection::connect_with(&options(&server).username("guessed").password("x")).await.expect_err("waits");
    assert!(waits.to_string().contains("HT0209"), "{waits}");
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_query() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut other = connect(&server).await;
    assert_eq!(
        state(&mut other, "CREATE TABLE n AS SELECT value AS v FROM generate_series(1, 30000) AS s(value)").await,
        "00000"
    );
    let mut running = async || -> i64 {
        other.fetch_one("SELECT count(*) FROM huitong.running WHERE door = 'postgres'").await.expect("counted").get(0)
    };
    let options = options(&server);
    let long = tokio::spawn(async move {
        let mut client = PgConnection::connect_with(&options).await.expect("connected");
        client.fetch_all("SELECT count(*) FROM n AS a JOIN n AS b ON a.v % 7 < b.v").await
    });
    until("the query runs", async || running().await == 1).await;
    long.abort();
    until("the query is over", async || running().await == 0).await;
}

#[tokio::test]
async fn rows_come_as_fast_as_they_are_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut client = connect(&server).await;
    // More than memory would hold, if the server made all of it before the first row is taken.
    let endless = "SELECT a.value AS v, repeat('x', 1000) AS x FROM generate_series(1, 1000000000) AS a(value)";
    let mut rows = client.fetch(endless);
    let mut sum = 0_i64;
    for _ in 0..5000 {
        sum += rows.try_next().await.expect("a row").expect("more rows").get::<i64, _>(0);
    }
    assert_eq!(sum, 5000 * 5001 / 2);
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends bytes and reads until the server hangs up.
fn answer(address: &str, sent: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).expect("connected");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    socket.write_all(sent).ok();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("the server hangs up");
    answer
}

#[tokio::test]
async fn garbage_is_refused_and_disturbs_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let address = server.address("postgres");
    // Connected, and silent from then on.
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&address).expect("connected")).collect();
    let start = |body: &[u8]| [&i32::try_from(body.len() + 4).expect("short").to_be_bytes()[..], body].concat();
    let garbage: [Vec<u8>; 8] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        // A first message that would be a gigabyte, one that is shorter than its own length, and one of protocol 2.
        0x4000_0000_i32.to_be_bytes().to_vec(),
        3_i32.to_be_bytes().to_vec(),
        start(b"\0\x02\0\0user\0x\0\0"),
        start(b"\0\x03\0\0user\0x"),
        start(b"\0\x03\0\0\xff\xfe\0x\0\0"),
        start(b"\0\x03\0\0\0"),
    ];
    for bytes in garbage {
        let answer = answer(&address, &bytes);
        assert_eq!(answer.first(), Some(&b'E'), "{bytes:?}: {answer:?}");
    }
    // A password that is none, and a statement before signing in.
    let hello = start(b"\0\x03\0\0user\0admin\0\0");
    for next in [&b"p\0\0\0\x05x"[..], b"Q\0\0\0\x0dSELECT 1\0", b"p\x7f\xff\xff\xff", b"B\0\0\0\x04"] {
        let answer = answer(&address, &[&hello, next].concat());
        assert_eq!(answer.first(), Some(&b'R'), "{next:?}");
        assert!(String::from_utf8_lossy(&answer).contains("SFATAL"), "{next:?}: {answer:?}");
    }
    // Without a certificate there is no TLS, and the client may go on without it.
    let mut socket = TcpStream::connect(&address).expect("connected");
    socket.write_all(&start(&80_877_103_i32.to_be_bytes())).expect("sent");
    let mut byte = [0];
    socket.read_exact(&mut byte).expect("answered");
    assert_eq!(byte, *b"N");
    let mut client = connect(&server).await;
    assert_eq!(client.fetch_one("SELECT 1::BIGINT").await.expect("a row").get::<i64, _>(0), 1);
    drop(silent);
    assert!(server.stop(), "the server did not stop well");
}

#[tokio::test]
async fn with_a_certificate_nothing_goes_in_the_clear() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    assert!(run(&["certs", "init", &path("certs")]).status.success());
    let config = format!(
        "[storage]\nroot = '{}'\n[state]\npath = '{}'\n[listen]\nflight = '127.0.0.1:0'\npostgres = '127.0.0.1:0'\n[tls]\ncert = '{}'\nkey = '{}'\n",
        path("lake"),
        path("state.db"),
        path("certs/server.pem"),
        path("certs/server.key"),
    );
    std::fs::write(path("serve.toml"), config).expect("written");
    let server = Server::start(&["serve", "--config", &path("serve.toml")], folder.path());
    let secured = options(&server).ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(path("certs/ca.pem"));
    let mut client = PgConnection::connect_with(&secured).await.expect("connected");
    assert_eq!(client.fetch_one("SELECT 1::BIGINT").await.expect("a row").get::<i64, _>(0), 1);
    let plain = PgConnection::connect_with(&options(&server)).await.expect_err("in the clear");
    assert!(plain.to_string().contains("HT0201"), "{plain}");
}

/// What once ended the process: types that a map brings in, texts that are long, rows that are long.
#[tokio::test]
async fn long_texts_and_odd_types_end_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let mut client = connect(&server).await;
    for map in [
        "MAP(['a'], [arrow_cast('x', 'LargeUtf8')])",
        "MAP([arrow_cast('a', 'Utf8View')], [1])",
        "MAP(['a'], [arrow_cast(1.5, 'Float16')])",
    ] {
        assert_eq!(state(&mut client, &format!("SELECT {map}")).await, "00000", "{map}");
    }
    let chain = format!("SELECT pg_backend_pid(), 1{}", "+1".repeat(500_000));
    let copied = format!("COPY (SELECT 1{}) TO STDOUT", "+1".repeat(500_000));
    let list = format!("SELECT 1{}", ",1".repeat(10_000_000));
    for (long, told) in [(chain, "42601"), (copied, "42601"), (list, "54000")] {
        assert_eq!(state(&mut client, &long).await, told);
    }
    assert_eq!(state(&mut client, "CREATE TABLE 长 (t TEXT)").await, "00000");
    let mut copy = client.copy_in_raw("COPY 长 FROM STDIN").await.expect("begun");
    let line = format!("{}\n", "数".repeat(300_000));
    for _ in 0..60 {
        copy.send(line.as_bytes()).await.expect("sent");
    }
    assert_eq!(copy.finish().await.expect("loaded"), 60);
    let counted: i64 = client.fetch_one("SELECT count(*) FROM 长").await.expect("counted").get(0);
    assert_eq!(counted, 60);
}
