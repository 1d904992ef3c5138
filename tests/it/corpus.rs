//! One SQL corpus, many doors: every file of `tests/sql` runs on the command line on a data directory, over Flight SQL on a server
//! with embedded executors under each back end, over HTTP and PostgreSQL's protocol, and on a cluster of separate processes. Answers
//! are those in the files, so they are equal.

/// The door of Flight SQL.
mod flight;
/// The door of PostgreSQL.
mod postgres;

use std::path::{Path, PathBuf};

use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

use crate::calls::Caller;
use crate::cluster::Cluster;
use crate::http;
use crate::work::{Server, sql_in};

/// A door where each statement is a session of its own, and what comes is CSV.
struct Each<F>(F);

fn over_http(client: &http::Client, backend: &str, statement: &str) -> Result<String, String> {
    let asked = serde_json::json!({ "sql": statement, "settings": { "huitong.backend": backend } });
    let answer = client.clone().with("accept", "text/csv").ask(&asked);
    match (answer.status, answer.whole) {
        (200, true) => Ok(answer.text()),
        (200, false) => Err("the answer broke off".to_owned()),
        _ => {
            let told = answer.json();
            let text = |name: &str| told["error"][name].as_str().unwrap_or_default().to_owned();
            Err(format!("{}: {} {}", text("code"), text("message"), text("hint")))
        }
    }
}

#[derive(Debug)]
pub struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl<F: FnMut(&str) -> Result<String, String> + Send> DB for Each<F> {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, statement: &str) -> Result<DBOutput<Self::ColumnType>, Self::Error> {
        let text = (self.0)(statement).map_err(Failed)?;
        Ok(if is_query(statement) { table(&text) } else { DBOutput::StatementComplete(0) })
    }

    fn engine_name(&self) -> &str {
        "huitong"
    }
}

fn is_query(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default().to_uppercase();
    ["SELECT", "WITH", "VALUES", "SHOW", "EXPLAIN", "CHECK", "DESCRIBE"].contains(&first.as_str())
}

/// An answer that came as CSV.
fn table(text: &str) -> DBOutput<DefaultColumnType> {
    let mut rows = records(text);
    let types = if rows.is_empty() { 1 } else { rows.remove(0).len() };
    DBOutput::Rows { types: vec![DefaultColumnType::Any; types], rows }
}

/// The records of a CSV text (RFC 4180), header first: nothing for NULL, quotes for an empty string.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted, mut was_quoted) =
        (Vec::new(), Vec::new(), String::new(), false, false);
    let mut chars = text.chars().peekable();
    let shown = |cell: &mut String, was_quoted: &mut bool| {
        let cell = std::mem::take(cell);
        match (cell.is_empty(), std::mem::take(was_quoted)) {
            (true, false) => "NULL".to_owned(),
            (true, true) => "(empty)".to_owned(),
            _ => cell.replace(' ', "␠"),
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => (quoted, was_quoted) = (!quoted, true),
            '\r' if !quoted => {}
            ',' if !quoted => row.push(shown(&mut cell, &mut was_quoted)),
            '\n' if !quoted => {
                row.push(shown(&mut cell, &mut was_quoted));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("tests/sql is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "slt") {
            found.push(path);
        }
    }
    found.sort();
}

/// Runs every file against one door; each file cleans up after itself, so the next door starts alike.
fn run_files<D: DB<Error = Failed> + Send>(
    label: Option<&str>,
    backend: &str,
    connect: impl Fn() -> Result<D, Failed>,
) {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql"), &mut found);
    assert!(!found.is_empty(), "the corpus is empty");
    for file in found {
        let mut runner = Runner::new(|| std::future::ready(connect()));
        label.iter().for_each(|label| runner.add_label(label));
        if let Err(error) = runner.run_file(&file) {
            panic!("{} on {backend}: {}", file.display(), error.display(false));
        }
    }
}

#[test]
fn the_corpus_holds_on_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let server =
        Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder.path());
    let address = server.address("flight");
    for backend in ["local", "staged"] {
        run_files(None, backend, || flight::Door::open(&address, backend));
    }
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn the_corpus_holds_over_http() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = http::serve(folder.path());
    // A password is slow to check by design.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let caller = runtime.block_on(Caller::connect(&server.address("flight"), "admin"));
    let token = caller.sql.token().expect("signed in");
    let client = http::Client::stranger(&server.address("http")).with("authorization", &format!("Bearer {token}"));
    for backend in ["auto", "staged"] {
        run_files(Some("http"), backend, || Ok(Each(|statement: &str| over_http(&client, backend, statement))));
    }
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn the_corpus_holds_over_postgres() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = crate::postgres::serve(folder.path());
    let address = server.address("postgres");
    for backend in ["auto", "staged"] {
        run_files(Some("postgres"), backend, || postgres::Door::open(&address, backend));
    }
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn the_corpus_holds_on_a_cluster() {
    let cluster = Cluster::start();
    let address = cluster.address();
    for backend in ["auto", "staged"] {
        run_files(None, backend, || flight::Door::open(&address, backend));
    }
}

#[test]
fn the_corpus_holds_in_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    run_files(None, "auto", || Ok(Each(|statement: &str| sql_in(&dir, statement))));
}
