//! Answers: their formats, values and errors, and how fast they come.

use std::io::Read;
use std::time::Duration;

use arrow::array::cast::AsArray;
use arrow::ipc::reader::StreamReader;
use serde_json::{Value, json};

use super::{Client, ENDLESS, LONG, serve};

#[test]
fn every_format_has_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    let made = "CREATE TABLE 人口 AS SELECT * FROM (VALUES (1, '王芳', CAST('12.30' AS DECIMAL(12, 2)), CAST('2026-11-25' AS DATE)), \
                (2, '', NULL, NULL), (9007199254740993, NULL, CAST('-0.05' AS DECIMAL(12, 2)), NULL)) AS v(编号, 姓名, 份额, 日期)";
    let answer = client.sql(made);
    assert_eq!((answer.status, answer.whole), (200, true), "{}", answer.text());
    assert_eq!(answer.json()["rows_affected"], 3);
    assert!(answer.json()["query_id"].is_string() && answer.json()["command"].is_string(), "{}", answer.text());
    let asked = json!({ "sql": "SELECT * FROM 人口 ORDER BY 编号" });

    let answer = client.ask(&asked);
    assert_eq!((answer.status, answer.whole), (200, true));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let document = answer.json();
    assert_eq!(document["query_id"].as_str(), answer.header("huitong-query-id"));
    let rows =
        json!([[1, "王芳", "12.30", "2026-11-25"], [2, "", null, null], ["9007199254740993", null, "-0.05", null],]);
    assert_eq!((&document["rows"], &document["row_count"]), (&rows, &json!(3)));
    assert_eq!(document["columns"][2], json!({ "name": "份额", "type": "DECIMAL(12,2)" }));

    let csv = "编号,姓名,份额,日期\r\n1,王芳,12.30,2026-11-25\r\n2,\"\",,\r\n9007199254740993,,-0.05,\r\n";
    let answer = client.clone().with("accept", "text/csv").ask(&asked);
    assert_eq!((answer.status, answer.text().as_str(), answer.whole), (200, csv, true));
    // What a document says goes before the header.
    let named = json!({ "sql": asked["sql"], "format": "csv" });
    assert_eq!(client.clone().with("accept", "application/json").ask(&named).text(), csv);

    let answer = client.clone().with("accept", "application/x-ndjson").ask(&asked);
    let lines: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).expect("a line")).collect();
    assert_eq!(
        (lines.len(), &lines[0]),
        (3, &json!({ "编号": 1, "姓名": "王芳", "份额": "12.30", "日期": "2026-11-25" }))
    );

    let answer = client.clone().with("accept", "application/vnd.apache.arrow.stream").ask(&asked);
    let batches: Vec<_> =
        StreamReader::try_new(&answer.body[..], None).expect("a stream").map(|batch| batch.expect("rows")).collect();
    assert_eq!(batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), 3);
    assert_eq!(batches[0].column(1).as_string::<i32>().value(0), "王芳");
    // Marked as ended, and nothing behind it.
    assert!(answer.whole && answer.body.ends_with(b"\xff\xff\xff\xff\0\0\0\0"));
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn values_are_bound_and_settings_hold_for_one_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    for made in ["CREATE SCHEMA s", "CREATE TABLE s.t (n BIGINT, name TEXT, born DATE, share DECIMAL(10, 2))"] {
        assert_eq!(client.sql(made).status, 200);
    }
    let insert = "INSERT INTO t VALUES ($1, $2, $3, $4)";
    let row = json!([i64::MAX, "it's; --", "1990-05-01", "12.34"]);
    let answer = client.ask(&json!({ "sql": insert, "parameters": row, "settings": { "schema": "s" } }));
    assert_eq!((answer.status, &answer.json()["rows_affected"]), (200, &json!(1)), "{}", answer.text());
    let asked = json!({ "sql": "SELECT * FROM s.t WHERE name = ? AND n > ? AND true = ?", "parameters": ["it's; --", 1, true] });
    let expected = json!([["9223372036854775807", "it's; --", "1990-05-01", "12.34"]]);
    assert_eq!(client.ask(&asked).json()["rows"], expected);
    let null = json!({ "sql": "SELECT CAST($1 AS BIGINT) AS n, $2 + 0.5 AS x", "parameters": [null, 1.25] });
    assert_eq!(client.ask(&null).json()["rows"], json!([[null, 1.75]]));
    // The settings were that request's.
    assert_eq!(client.sql("SELECT * FROM t").code(), "HT0102");
    for (asked, status, code) in [
        (json!({ "sql": "SELECT $1", "parameters": [] }), 400, "HT0113"),
        (json!({ "sql": "SELECT 1", "parameters": [1] }), 400, "HT0113"),
        (json!({ "sql": "SELECT $1", "parameters": [[1]] }), 400, "HT0701"),
        (json!({ "sql": "SELECT $1", "parameters": [1e300] }), 200, ""),
        (json!({ "sql": "SELECT 1", "settings": { "schema": "nowhere" } }), 404, "HT0109"),
        (json!({ "sql": "SELECT 1", "settings": { "nothing": 1 } }), 403, "HT0107"),
        (json!({ "sql": "SET timezone = '+08:00'" }), 422, "HT0106"),
    ] {
        let answer = client.ask(&asked);
        let told = if answer.status == 200 { String::new() } else { answer.code() };
        assert_eq!((answer.status, told.as_str()), (status, code), "{asked}");
    }
    let answer = client.ask(&json!({ "sql": LONG, "settings": { "statement_timeout": "300ms" } }));
    assert_eq!((answer.status, answer.code().as_str()), (504, "HT0405"), "{}", answer.text());
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn errors_have_statuses_and_say_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    assert_eq!(client.sql("CREATE TABLE t (n INT NOT NULL, CHECK (n > 0))").status, 200);
    for (sql, status, code) in [
        ("SELEC 1", 400, "HT0101"),
        ("", 400, "HT0101"),
        ("SELECT 1; SELECT 2", 400, "HT0101"),
        ("SELECT * FROM nothing", 404, "HT0102"),
        ("SELECT 1 / 0", 400, "HT0114"),
        ("INSERT INTO t VALUES (-1)", 400, "HT0310"),
        ("CREATE TABLE t (n INT)", 409, "HT0111"),
        ("TRUNCATE t", 422, "HT0106"),
        ("COPY (SELECT 1) TO '/etc/x.csv'", 403, "HT0304"),
    ] {
        let answer = client.sql(sql);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{sql}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{sql}");
    }
    let error = client.with("accept", "text/csv").sql("SELECT '甲',\n  nmae FROM t").json()["error"].clone();
    let place = (&error["code"], &error["line"], &error["column"]);
    assert_eq!(place, (&json!("HT0103"), &json!(2), &json!(3)), "{error}");
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn an_error_in_the_middle_breaks_the_answer_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http"));
    let failing = "SELECT 1 / (v - 500000) AS n FROM unnest(range(0, 1000000)) AS t(v)";
    for accept in ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"] {
        let answer = client.clone().with("accept", accept).sql(failing);
        assert_eq!((answer.status, answer.whole), (200, false), "{accept}");
        assert!(answer.body.len() > 10_000, "{accept}: {} bytes", answer.body.len());
        let last = answer.text().lines().last().unwrap_or_default().to_owned();
        match accept {
            "application/json" => {
                let document = answer.json();
                assert_eq!(document["error"]["code"], "HT0114");
                assert_eq!(document["error"]["query_id"], document["query_id"]);
                assert_eq!(document["row_count"], document["rows"].as_array().expect("rows").len());
            }
            "application/x-ndjson" => {
                let line: Value = serde_json::from_str(&last).expect("a line");
                assert_eq!(line["error"]["code"], "HT0114");
            }
            "text/csv" => assert!(!last.contains("HT"), "{last}"),
            _ => assert!(!answer.body.ends_with(b"\xff\xff\xff\xff\0\0\0\0")),
        }
    }
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn rows_come_as_fast_as_they_are_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::new(&server.address("http")).with("content-type", "text/plain");
    let mut socket = client.open("POST", "/api/v1/query", ENDLESS.as_bytes());
    let mut some = vec![0; 1024 * 1024];
    socket.read_exact(&mut some).expect("rows come");
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the process is there");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line").to_owned();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1024
    };
    let before = memory();
    std::thread::sleep(Duration::from_secs(3));
    let grown = memory().saturating_sub(before);
    // As fast as it can it makes some hundred megabytes in a second.
    assert!(grown < 100, "{grown} MiB more while nobody reads");
    socket.read_exact(&mut some).expect("more rows come");
    drop(socket);
    assert!(server.stop(), "the server did not stop well");
}
