//! Files of sqllogictest that others wrote for DataFusion, asked through Flight SQL: of one process, and of a coordinator with two
//! executors. They are read from the directory that `DATAFUSION_SLT_DIR` names (`test_files` of the crate `datafusion-sqllogictest`
//! in the version of our DataFusion) and are no part of this repository; without it the test says that it is skipped.
//!
//! `datafusion.csv` says of each file how many records pass, and why others do not. More or fewer is an error: the first wants a
//! better number, the second a repair. See `README.md` beside it.

mod connection;
mod known;
mod values;
mod verdict;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqllogictest::{Record, Runner};

use self::connection::{Door, Place};
use self::known::Count;
use self::values::Kind;
use self::verdict::{Judge, Verdict};
use crate::cluster::Cluster;
use crate::work::Server;

/// Files that are asked at the same time.
const AT_ONCE: usize = 2;

/// What became of one record.
struct Outcome {
    line: u32,
    sql: String,
    verdict: Verdict,
}

#[test]
fn the_files_of_datafusion_are_answered() {
    let Some(folder) = std::env::var_os("DATAFUSION_SLT_DIR").map(PathBuf::from) else {
        eprintln!("skipped: DATAFUSION_SLT_DIR names no directory with DataFusion's sqllogictest files");
        return;
    };
    let mut files = Vec::new();
    listed(&folder, &mut files);
    assert!(!files.is_empty(), "{} has no files", folder.display());
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("data");
    let arguments = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
    let server = Server::start(&arguments, home.path());
    let one = asked(&folder, &files, &Place { address: server.address("flight"), backend: "auto" });
    assert!(server.stop(), "the server did not stop well");
    let cluster = Cluster::start();
    let many = asked(&folder, &files, &Place { address: cluster.address(), backend: "staged" });
    known::check(&files, [&one, &many]);
}

/// Files below a folder, relative to it, in order; those that `DATAFUSION_SLT_ONLY` names a part of, if it is set.
fn listed(folder: &Path, found: &mut Vec<String>) {
    fn below(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                below(root, &path, found);
            } else if path.extension().is_some_and(|ending| ending == "slt") {
                let name = path.strip_prefix(root).expect("below").to_str().expect("text");
                found.push(name.to_owned());
            }
        }
    }
    below(folder, folder, found);
    if let Ok(only) = std::env::var("DATAFUSION_SLT_ONLY") {
        found.retain(|name| name.contains(&only));
    }
    found.sort();
}

/// What became of the records of each file.
fn asked(folder: &Path, files: &[String], place: &Place) -> Vec<Count> {
    let next = AtomicUsize::new(0);
    let counts = Mutex::new(vec![Count::default(); files.len()]);
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(name) = files.get(number) else { return };
                    let outcomes = runtime.block_on(file(&folder.join(name), name, place, number));
                    known::report(place, name, &outcomes);
                    counts.lock().expect("counts")[number] = Count::of(&outcomes);
                }
            });
        }
    });
    counts.into_inner().expect("counts")
}

async fn file(path: &Path, name: &str, place: &Place, number: usize) -> Vec<Outcome> {
    let records = match sqllogictest::parse_file::<Kind>(path) {
        Ok(records) => records,
        Err(error) => {
            let verdict = Verdict::Unread(error.to_string());
            return vec![Outcome { line: 0, sql: String::new(), verdict }];
        }
    };
    let mut judge = Judge::new(name);
    let mut runner = Runner::new(|| Door::open(place.clone(), format!("slt_{number}")));
    runner.add_label("Datafusion");
    let mut outcomes = Vec::new();
    for record in records {
        let told = match &record {
            Record::Halt { .. } => break,
            Record::Statement { loc, sql, .. } | Record::Query { loc, sql, .. } => Some((loc.line(), sql.clone())),
            _ => None,
        };
        let aside = judge.aside(&record);
        let asked = record.clone();
        let output = match aside {
            Some(_) => None,
            None => Some(runner.apply_record(record).await),
        };
        let (Some((line, sql)), Some(verdict)) = (told, judge.verdict(&asked, aside, output)) else { continue };
        outcomes.push(Outcome { line, sql, verdict });
    }
    runner.shutdown_async().await;
    outcomes
}
