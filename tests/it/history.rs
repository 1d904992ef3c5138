//! The history of statements: whole, once, behind a crash too, without secrets, and shown to whom it belongs.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{Connection, Executor};

use crate::work::{PASSWORD, Server, huitong, sql};

const PATIENCE: Duration = Duration::from_secs(30);

fn serve(folder: &Path, sections: &str) -> Server {
    let file = folder.join("huitong.toml");
    let text = format!(
        "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\npostgres = '127.0.0.1:0'\n{sections}",
        folder.join("data").display()
    );
    std::fs::create_dir_all(folder.join("data")).expect("a folder");
    std::fs::write(&file, text).expect("written");
    Server::start(&["serve", "--config", file.to_str().expect("text")], folder)
}

fn ask(server: &Server, query: &str) -> Result<String, String> {
    sql(&server.address("flight"), "csv", query)
}

/// The rows of an answer, without the names of its columns.
fn rows(server: &Server, query: &str) -> Vec<String> {
    let answer = ask(server, query).expect("answered");
    answer.lines().skip(1).map(str::to_owned).collect()
}

fn ask_as(server: &Server, user: &str, password: &str, query: &str) -> Result<String, String> {
    let url = format!("grpc://{}", server.address("flight"));
    let output = huitong()
        .env("HUITONG_PASSWORD", password)
        .args(["sql", "--url", &url, "--user", user, "--format", "csv", "-c", query])
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

async fn postgres(server: &Server) -> Result<PgConnection, sqlx::Error> {
    let address = server.address("postgres");
    let (host, port) = address.split_once(':').expect("both");
    let options = PgConnectOptions::new_without_pgpass().host(host).port(port.parse().expect("a number"));
    let options = options.username("admin").password(PASSWORD).database("city").ssl_mode(PgSslMode::Disable);
    PgConnection::connect_with(&options.application_name("报表 3")).await
}

/// Files of any kind below a directory that have a text in them.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn every_statement_is_there_once_whatever_happens() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "");
    ask(&server, "CREATE TABLE 人 (n BIGINT, 名 VARCHAR); INSERT INTO 人 VALUES (1, '王芳'), (2, '李雷')")
        .expect("made");
    assert_eq!(rows(&server, "SELECT 名 FROM 人 WHERE n = 1"), ["王芳"]);
    assert_eq!(rows(&server, "SELECT 名 FROM 人 WHERE n = 2"), ["李雷"]);
    let told = ask(&server, "SELECT nn FROM 人").expect_err("no such column");
    let id = told
        .lines()
        .find_map(|line| line.trim().strip_prefix("query: "))
        .expect("the error names the statement")
        .to_owned();
    let mut client = postgres(&server).await.expect("connected");
    client.execute("SELECT count(*) FROM 人 WHERE n > 7").await.expect("counted");
    let failed = client.execute("SELECT 1 / (n - 1) FROM 人").await.expect_err("divided by zero").to_string();
    assert!(failed.contains("HT0114"), "{failed}");

    let asked = "SELECT state, door, error_code, \"rows\", statement FROM huitong.queries \
         WHERE statement LIKE '%人%' AND statement NOT LIKE '%huitong%' ORDER BY started";
    let expected = [
        "finished,flight,,,\"CREATE TABLE 人 (n BIGINT, 名 VARCHAR)\"",
        "finished,flight,,2,\"INSERT INTO 人 VALUES (1, '王芳'), (2, '李雷')\"",
        "finished,flight,,1,SELECT 名 FROM 人 WHERE n = 1",
        "finished,flight,,1,SELECT 名 FROM 人 WHERE n = 2",
        "failed,flight,HT0103,,SELECT nn FROM 人",
        "finished,postgres,,1,SELECT count(*) FROM 人 WHERE n > 7",
        "failed,postgres,HT0114,,SELECT 1 / (n - 1) FROM 人",
    ];
    let seen = |server: &Server| {
        rows(server, asked).into_iter().map(|row| row.replace("\" INSERT", "\"INSERT")).collect::<Vec<_>>()
    };
    assert_eq!(seen(&server), expected);
    let shapes = "SELECT count(DISTINCT fingerprint) FROM huitong.queries WHERE statement LIKE 'SELECT 名%'";
    assert_eq!(rows(&server, shapes), ["1"]);
    let of_error = format!("SELECT \"user\", error FROM huitong.queries WHERE query_id = '{id}'");
    let error = rows(&server, &of_error).join("");
    assert!(error.starts_with("admin,") && error.contains("nn"), "{error}");

    // Killed: what it had not written into the lake is in its journal.
    drop(client);
    drop(server);
    let server = serve(folder.path(), "");
    assert_eq!(seen(&server), expected);
    // Stopped: all of it is in the lake, as a table with one file or a few.
    server.stop();
    assert!(files_with(&folder.path().join("data/history"), "人").is_empty());
    assert!(!files_with(&folder.path().join("data/lake/huitong"), "PAR1").is_empty());
    let server = serve(folder.path(), "");
    assert_eq!(seen(&server), expected);
    for forbidden in
        ["DELETE FROM huitong.queries", "DROP TABLE huitong.queries", "INSERT INTO huitong.queries VALUES (1)"]
    {
        let told = ask(&server, forbidden).expect_err("the history is nobody's to change");
        assert!(told.contains("HT"), "{told}");
    }
    assert_eq!(seen(&server), expected);
}

#[test]
fn secrets_are_nowhere_and_others_see_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "");
    let secret = "korrekt-pferd-7";
    ask(&server, &format!("CREATE USER lilei PASSWORD '{secret}'")).expect("made");
    ask(&server, &format!("CREATE USER lilei PASWORD '{secret}'")).expect_err("misspelt");
    ask(&server, &format!("SELECT '{secret}' AS password, x")).expect_err("no such column");
    assert_eq!(ask_as(&server, "lilei", secret, "SELECT 1 AS mine"), Ok("mine\n1\n".to_owned()));
    let seen = ask_as(&server, "lilei", secret, "SELECT DISTINCT \"user\" FROM huitong.queries").expect("answered");
    assert_eq!(seen, "user\nlilei\n");
    let seen = ask_as(&server, "lilei", secret, "SELECT DISTINCT \"user\" FROM huitong.sessions").expect("answered");
    assert_eq!(seen, "user\nlilei\n");
    let kept =
        rows(&server, "SELECT statement FROM huitong.queries WHERE statement LIKE 'CREATE USER%' ORDER BY started");
    assert_eq!(kept, ["CREATE USER lilei PASSWORD '***'", "CREATE USER lilei PASWORD '***'"]);
    server.stop();
    assert_eq!(files_with(folder.path(), secret), Vec::<String>::new());
}

#[tokio::test]
async fn who_is_connected_is_listed_and_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        serve(folder.path(), "[clients]\nuser_sessions_max = 3\nidle_after = '2s'\nresult_bytes_max = '1MiB'\n");
    let mut client = postgres(&server).await.expect("connected");
    let seen =
        rows(&server, "SELECT client FROM huitong.sessions WHERE door = 'postgres' AND address LIKE '127.0.0.1:%'");
    assert_eq!(seen, ["报表 3"]);
    // The session that the question above left behind by Flight makes room; one that is connected does not.
    let others = [postgres(&server).await, postgres(&server).await, postgres(&server).await];
    let refused = match others {
        [Ok(_), Ok(_), Err(error)] => error.to_string(),
        others => panic!("not three sessions of one user: {others:?}"),
    };
    assert!(refused.contains("HT0415"), "{refused}");
    let told =
        client.execute("SELECT repeat('数', 1000) AS t FROM generate_series(1, 100000)").await.expect_err("large");
    assert!(told.to_string().contains("HT0414"), "{told}");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let gone = client.execute("SELECT 1").await.expect_err("idle for too long").to_string();
    assert!(gone.contains("HT0405") || gone.contains("closed"), "{gone}");
}

#[test]
fn what_waits_for_its_turn_can_be_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "[admission]\nrunning_max = 1\n");
    let slow = "SELECT count(*) FROM unnest(range(0, 3000)) a(v), unnest(range(0, 3000)) b(w), unnest(range(0, 3000)) c(x) WHERE v * w * x % 7 = 1";
    let (address, began) = (server.address("flight").to_owned(), Instant::now());
    let clients: Vec<_> = [slow, "SELECT count(*) AS second FROM unnest(range(0, 3)) a(v) WHERE v > 1"]
        .into_iter()
        .map(|statement| {
            let (address, statement) = (address.clone(), format!("{statement} AND 'mark' = 'mark'"));
            while began.elapsed() < PATIENCE
                && statement.contains("second")
                && rows(&server, "SELECT 1 FROM huitong.running WHERE state = 'running' AND statement LIKE '%''mark'''")
                    .is_empty()
            {
                std::thread::sleep(Duration::from_millis(50));
            }
            std::thread::spawn(move || sql(&address, "csv", &statement))
        })
        .collect();
    let find = |state: &str| {
        loop {
            let found = rows(
                &server,
                &format!("SELECT query_id FROM huitong.running WHERE state = '{state}' AND statement LIKE '%''mark'''"),
            );
            match found.first() {
                Some(id) => break id.clone(),
                None => assert!(began.elapsed() < PATIENCE, "nothing is {state}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let (running, queued) = (find("running"), find("queued"));
    for id in [&queued, &running] {
        ask(&server, &format!("KILL '{id}'")).expect("ended");
    }
    for client in clients {
        let told = client.join().expect("joined").expect_err("ended");
        assert!(told.contains("HT0404") && told.contains("`admin`"), "{told}");
    }
    let states = rows(
        &server,
        "SELECT DISTINCT state FROM huitong.queries WHERE statement LIKE '%''mark''' AND statement NOT LIKE '%LIKE%'",
    );
    assert_eq!(states, ["cancelled"]);
}
