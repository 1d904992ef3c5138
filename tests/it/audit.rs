//! The audit: every statement is in it before its data are out, behind a kill too, and what is changed in it is found.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::city::City;
use crate::interference::doors::{connected, postgres};
use crate::work::{Server, huitong, run, signal, sql, sql_as};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server whose statements all wait for their records, with a segment each second.
fn serve(folder: &Path) -> Server {
    Server::start(&["serve", "--config", &config(folder)], folder)
}

fn config(folder: &Path) -> String {
    let file = folder.join("huitong.toml");
    let text = format!(
        "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\n\
         [audit]\nwait = 'all'\nseal_after = '1s'\nseal_records = 50\n",
        folder.join("data").display()
    );
    std::fs::create_dir_all(folder.join("data")).expect("a folder");
    std::fs::write(&file, text).expect("written");
    file.to_str().expect("text").to_owned()
}

/// What a verb of the audit says on both outputs, and whether it succeeded.
fn audit(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let config = config(folder);
    let (verb, rest) = arguments.split_first().expect("a verb");
    let output = run(&[&["audit", verb, "--config", &config][..], rest].concat());
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn ask(server: &Server, query: &str) -> Result<String, String> {
    sql(&server.address("flight"), "csv", query)
}

/// Reads the audit, as whoever may.
fn look(server: &Server, query: &str) -> Result<String, String> {
    sql_as(&server.address("flight"), "shen", query)
}

const AUDITOR: &str = "CREATE USER shen PASSWORD 'test-password-1' AUDITOR";

/// Files of segments, in order.
fn segments(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder.join("data/lake/_audit"));
    let mut files: Vec<_> = listed.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "audit"));
    files.sort();
    files
}

/// The segment that has a text in it, and its number.
fn wait_for_segment_with(folder: &Path, text: &str) -> (PathBuf, usize) {
    let begun = Instant::now();
    loop {
        let found = segments(folder)
            .into_iter()
            .zip(1..)
            .find(|(path, _)| std::fs::read_to_string(path).is_ok_and(|segment| segment.contains(text)));
        if let Some(found) = found {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "no segment with {text} after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn statements_are_in_the_audit_with_their_start_and_their_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let server = serve(folder);
    ask(&server, AUDITOR).expect("an auditor");
    ask(&server, "CREATE TABLE t AS SELECT 1 AS a; CREATE USER 王伟 PASSWORD 'correct-horse-1'").expect("made");
    assert_eq!(ask(&server, "SELECT a FROM t"), Ok("a\n1\n".to_owned()));
    ask(&server, "SELECT b FROM t").expect_err("there is no such column");
    let seen = "SELECT action, outcome, actor, door, objects, \"rows\", error_code, statement FROM huitong.audit \
                WHERE objects LIKE '%public.t%' OR statement LIKE '%FROM t%' OR statement LIKE '%王伟%' ORDER BY seq";
    let begun = Instant::now();
    let expected = [
        "command,started,admin,flight,public.t,,,CREATE TABLE t AS SELECT 1 AS a",
        "command,started,admin,flight,,,,CREATE USER 王伟 PASSWORD '***'",
        "query,started,admin,flight,public.t,,,SELECT a FROM t",
        "query,failed,admin,flight,,,HT0103,SELECT b FROM t",
    ];
    loop {
        let answer = look(&server, seen).expect("answered");
        let mut found: Vec<_> = answer.lines().map(str::trim_end).filter(|line| expected.contains(line)).collect();
        // A client may ask for a plan more than once.
        found.dedup();
        if found == expected {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
    }
    // The end of each, by the id of its start.
    let ends = "SELECT count(*) AS n FROM huitong.audit s JOIN huitong.audit e ON s.query_id = e.query_id \
                WHERE s.statement = 'SELECT a FROM t' AND s.outcome = 'started' AND e.outcome = 'ended' AND e.\"rows\" = 1";
    assert_eq!(look(&server, ends), Ok("n\n1\n".to_owned()));
    assert!(!look(&server, "SELECT statement FROM huitong.audit").expect("answered").contains("correct-horse"));
    // Who is no auditor does not know of it.
    assert!(ask(&server, "SELECT count(*) FROM huitong.audit").expect_err("no auditor").contains("HT0102"));
    let output = huitong()
        .env("HUITONG_PASSWORD", "correct-horse-1")
        .args(["sql", "--url", &format!("grpc://{}", server.address("flight")), "--user", "王伟"])
        .args(["-c", "SELECT count(*) FROM huitong.audit"])
        .output()
        .expect("the program starts");
    assert!(String::from_utf8_lossy(&output.stderr).contains("HT0102"), "{output:?}");
    assert!(server.stop(), "the server did not stop well");
    let (intact, told) = audit(folder, &["verify"]);
    assert!(intact && told.contains("intact"), "{told}");
}

/// Whom a statement was about is in its parameters, and where somebody signed in from is in the audit, too.
#[test]
fn what_was_bound_and_from_where_is_on_record() {
    let city = City::open(&[], &["li"]);
    city.make_user("shen", "AUDITOR");
    city.ask("li", "CREATE TABLE mine AS SELECT '110105194912310021' AS id").expect("made");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = connected(&postgres(&city, "li")).await;
        let query = "SELECT id FROM mine WHERE id = $1 AND $2";
        let rows = sqlx::query(query).bind("110105194912310021").bind(true).fetch_all(&mut connection).await;
        assert_eq!(rows.expect("answered").len(), 1);
        let insert = "INSERT INTO mine VALUES ($1)";
        sqlx::query(insert).bind("王'小明").execute(&mut connection).await.expect("written");
        let wrong = postgres(&city, "li").password("another-password-1");
        PgConnection::connect_with(&wrong).await.expect_err("not signed in");
    });
    let url = format!("grpc://{}", city.address());
    let begun = Instant::now();
    loop {
        let bound = "SELECT statement, parameters FROM huitong.audit \
                     WHERE actor = 'li' AND outcome = 'started' AND parameters IS NOT NULL ORDER BY seq";
        let bound = city.ask("shen", bound).expect("answered");
        let expected = "statement,parameters\n\
            SELECT id FROM mine WHERE id = $1 AND $2,\"$1 = '110105194912310021', $2 = true\"\n\
            INSERT INTO mine VALUES ($1),$1 = '王''小明'\n";
        let from = "SELECT count(*) AS n FROM huitong.audit WHERE action = 'sign_in' AND outcome = 'failed' AND actor = 'li' \
                    AND address LIKE '127.0.0.1:%'";
        let from = city.ask("shen", from).expect("answered");
        if bound == expected && from == "n\n1\n" {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{url}: {bound}{from}");
    }
    let unknown = "SELECT count(*) AS n FROM huitong.audit WHERE action = 'sign_in' AND address IS NULL";
    assert_eq!(city.ask("shen", unknown), Ok("n\n0\n".to_owned()), "every door tells where from");
}

/// What is done to users and to the database by hand is no secret either.
#[test]
fn what_is_done_without_a_server_is_on_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let config = config(folder);
    let hand = |command: &[&str]| {
        let command = [command, &["--config", &config]].concat();
        huitong().env("HUITONG_PASSWORD", "test-password-1").args(&command).output().expect("the program starts")
    };
    assert!(hand(&["user", "add", "admin", "--admin"]).status.success());
    assert!(hand(&["user", "add", "shen", "--office", "audit"]).status.success());
    assert!(hand(&["user", "add", "li"]).status.success());
    assert!(hand(&["user", "standing", "li", "--clearance", "4"]).status.success());
    assert!(!hand(&["user", "remove", "nobody"]).status.success());
    let token = hand(&["user", "token", "li", "--label", "夜间", "--scope", "read"]);
    let token = String::from_utf8(token.stdout).expect("text");
    let server = serve(folder);
    let kept = folder.join("kept.backup");
    let kept = kept.to_str().expect("text");
    // Beside the server, whose own records go on behind it.
    assert!(hand(&["backup", kept]).status.success());
    ask(&server, "SELECT 1").expect("answered");
    let done = "SELECT statement, outcome, error_code FROM huitong.audit WHERE via = 'operator' AND action = 'command' ORDER BY seq";
    let expected = format!(
        "statement,outcome,error_code\n\
         huitong user add admin --office system,started,\nhuitong user add admin --office system,ended,\n\
         huitong user add shen --office audit,started,\nhuitong user add shen --office audit,ended,\n\
         huitong user add li,started,\nhuitong user add li,ended,\n\
         huitong user standing li --clearance 4,started,\nhuitong user standing li --clearance 4,ended,\n\
         huitong user remove nobody,started,\nhuitong user remove nobody,failed,HT0206\n\
         huitong user token li --label 夜间 --days 90 --scope read,started,\n\
         huitong user token li --label 夜间 --days 90 --scope read,ended,\n\
         huitong backup {kept},started,\nhuitong backup {kept},ended,\n"
    );
    assert_eq!(look(&server, done), Ok(expected));
    assert!(!look(&server, "SELECT * FROM huitong.audit").expect("answered").contains(token.trim()));
    assert!(server.stop(), "the server did not stop well");
    let (intact, told) = audit(folder, &["verify"]);
    assert!(intact, "{told}");

    // What was restored has its users, its contracts and its audit, which goes on.
    let other = folder.join("other");
    std::fs::create_dir(&other).expect("made");
    let restored = self::config(&other);
    let done = run(&["restore", kept, "--config", &restored]);
    assert!(done.status.success(), "{done:?}");
    let server = Server::start(&["serve", "--config", &restored], &other);
    let seen = "SELECT statement FROM huitong.audit WHERE statement LIKE 'huitong %' AND outcome <> 'started' ORDER BY seq DESC LIMIT 2";
    let expected =
        format!("statement\nhuitong restore {kept}\nhuitong user token li --label 夜间 --days 90 --scope read\n");
    assert_eq!(look(&server, seen), Ok(expected));
    assert_eq!(sql_as(&server.address("flight"), "li", "SELECT 1 AS n"), Ok("n\n1\n".to_owned()));
    assert!(server.stop(), "the server did not stop well");
}

/// The table has no end: what is asked about numbers and times is found however far back, and the rest is not read for it.
#[test]
fn old_records_are_read_from_their_segments() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let server = serve(folder);
    ask(&server, AUDITOR).expect("an auditor");
    for number in 0..12 {
        let script: Vec<String> = (0..20).map(|n| format!("SELECT {} AS old", 1000 + 20 * number + n)).collect();
        ask(&server, &script.join("; ")).expect("answered");
    }
    wait_for_segment_with(folder, "SELECT 1239 AS old");
    let all = "SELECT count(DISTINCT statement) AS n FROM huitong.audit WHERE statement LIKE 'SELECT 1___ AS old'";
    assert_eq!(look(&server, all), Ok("n\n240\n".to_owned()));
    let of = |mark: &str, column: &str| {
        let query = format!("SELECT min({column}) AS v FROM huitong.audit WHERE statement = 'SELECT {mark} AS old'");
        let answer = look(&server, &query).expect("answered");
        answer.lines().nth(1).expect("a row").to_owned()
    };
    let (seq, time) = (of("1003", "seq"), of("1003", "time"));
    let is_there = |condition: &str| {
        let query = format!(
            "SELECT count(*) > 0 AS found FROM huitong.audit WHERE statement = 'SELECT 1003 AS old' AND {condition}"
        );
        look(&server, &query)
    };
    let conditions =
        [format!("seq = {seq}"), format!("seq BETWEEN {seq} AND {seq}"), format!("time <= TIMESTAMPTZ '{time}'")];
    for condition in &conditions {
        assert_eq!(is_there(condition), Ok("found\ntrue\n".to_owned()), "{condition}");
    }
    assert_eq!(is_there(&format!("seq < {seq}")), Ok("found\nfalse\n".to_owned()));
    assert_eq!(is_there(&format!("time < TIMESTAMPTZ '{time}'")), Ok("found\nfalse\n".to_owned()));
    // The newest segments are not asked for.
    let (newest, _) = wait_for_segment_with(folder, "SELECT 1239 AS old");
    std::fs::write(&newest, "no segment").expect("written");
    for condition in &conditions {
        assert_eq!(is_there(condition), Ok("found\ntrue\n".to_owned()), "{condition}");
    }
    assert!(look(&server, "SELECT count(statement) FROM huitong.audit").expect_err("it is damaged").contains("HT0902"));
    assert!(server.stop(), "the server did not stop well");
}

/// Killed at any moment: the chain is whole, and whatever was answered is in it.
#[test]
fn a_kill_leaves_no_answer_without_its_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut answered = Vec::new();
    for round in 0..4u64 {
        let server = serve(folder);
        let address = server.address("flight");
        let id = server.id();
        thread::scope(|scope| {
            let asking: Vec<_> = (0..3)
                .map(|client| {
                    let address = &address;
                    scope.spawn(move || {
                        let mut told = Vec::new();
                        for number in 0.. {
                            let mark = 1_000_000 * (round + 1) + 10_000 * client + number;
                            match sql(address, "csv", &format!("SELECT {mark} AS n")) {
                                Ok(answer) if answer == format!("n\n{mark}\n") => told.push(mark),
                                _ => return told,
                            }
                        }
                        told
                    })
                })
                .collect();
            // Another moment of writing and sealing each time.
            thread::sleep(Duration::from_millis(1_500 + 370 * round));
            signal("KILL", id);
            for client in asking {
                answered.extend(client.join().expect("the client ends"));
            }
        });
        drop(server);
        let (intact, told) = audit(folder, &["verify"]);
        assert!(intact, "round {round}: {told}");
    }
    assert!(answered.len() > 10, "too few answers: {}", answered.len());
    let server = serve(folder);
    ask(&server, AUDITOR).expect("an auditor");
    let recorded = look(&server, "SELECT statement FROM huitong.audit WHERE outcome = 'started'").expect("answered");
    for mark in answered {
        assert!(recorded.contains(&format!("SELECT {mark} AS n")), "{mark} was answered and is not in the audit");
    }
    assert!(server.stop(), "the server did not stop well");
    assert!(segments(folder).len() > 1, "segments were made meanwhile");
}

#[test]
fn what_was_changed_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (intact, told) = audit(folder, &["verify"]);
    assert!(!intact && told.contains("HT0308"), "there is nothing yet: {told}");
    let server = serve(folder);
    ask(&server, "SELECT 1; SELECT 2; SELECT 3").expect("answered");
    let (file, number) = wait_for_segment_with(folder, "SELECT 2");
    // While the server runs.
    let (intact, told) = audit(folder, &["verify"]);
    assert!(intact, "{told}");
    let (done, key) = audit(folder, &["key"]);
    assert!(done && key.trim().len() == 64, "{key}");
    ask(&server, "SELECT 4").expect("answered");
    let (_, last) = wait_for_segment_with(folder, "SELECT 4");
    let anchors = folder.join("anchors");
    let begun = Instant::now();
    // The object is there a moment before it is written down.
    let anchored = loop {
        let (done, anchor) = audit(folder, &["anchor"]);
        let read: serde_json::Value = serde_json::from_str(&anchor).unwrap_or_default();
        if let Some(segment) = read["segment"].as_u64().filter(|segment| done && *segment >= last as u64) {
            std::fs::write(&anchors, anchor).expect("written");
            break segment;
        }
        assert!(begun.elapsed() < PATIENCE, "{anchor}");
    };
    assert!(server.stop(), "the server did not stop well");
    let verify = ["verify", "--key", key.trim(), "--anchor", anchors.to_str().expect("text")];
    let (intact, told) = audit(folder, &verify);
    assert!(intact && !told.contains("note:"), "{told}");

    let whole = std::fs::read_to_string(&file).expect("text");
    let changed = whole.replacen("SELECT 2", "SELECT 5", 1);
    assert_ne!(whole, changed, "{whole}");
    let line = whole.lines().position(|line| line.contains("SELECT 2")).expect("it is there");
    let record = whole.lines().nth(line).and_then(|line| line.split([':', ',']).nth(1)).expect("its number");
    std::fs::write(&file, changed).expect("written");
    let (intact, told) = audit(folder, &verify);
    assert!(!intact && told.contains("HT0902"), "{told}");
    let expected = format!("audit segment {number:010}, line {}, record {record}:", line + 1);
    assert!(told.contains(&expected), "{expected}: {told}");
    std::fs::write(&file, &whole).expect("written");
    // An auditor who has copies of the segments and the anchor, and nothing else.
    let copies = folder.join("copies");
    std::fs::create_dir(&copies).expect("made");
    for path in segments(folder).into_iter().take(last - 1) {
        std::fs::copy(&path, copies.join(path.file_name().expect("a name"))).expect("copied");
    }
    let alone = ["audit", "verify", "--segments", copies.to_str().expect("text"), "--key", key.trim()];
    assert!(run(&alone).status.success(), "the first segments alone are intact");
    let told = run(&[&alone[..], &["--anchor", anchors.to_str().expect("text")]].concat());
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("HT0902") && told.contains(&format!("the anchor of segment {anchored}")), "{told}");
}
