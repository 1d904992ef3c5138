//! Clocks that jump: of the coordinator and of executors, forwards and back, while they work.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::cluster::{Cluster, Settings};
use crate::work::sql;

const ROWS: u32 = 20_000;

/// The library that gives a process a clock of its own; none without it.
fn library() -> Option<String> {
    let library = std::env::var("HUITONG_FAKETIME").ok();
    if library.is_none() {
        println!("skipped: HUITONG_FAKETIME does not name libfaketime's library; tests/run installs it");
    }
    library
}

/// A process's clock, as a file that says how far it is off.
struct Clock(PathBuf);

impl Clock {
    fn at(folder: &Path, name: &str) -> Self {
        let clock = Self(folder.join(name));
        clock.set("+0");
        clock
    }

    /// Renamed into place, so that nobody reads half of it.
    fn set(&self, offset: &str) {
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{offset}\n")).expect("written");
        fs::rename(&new, &self.0).expect("renamed");
    }

    fn variable(&self) -> String {
        format!("FAKETIME_TIMESTAMP_FILE={}", self.0.display())
    }
}

#[test]
fn clocks_that_jump_change_no_answer() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let clocks = ["coordinator", "executor-1", "executor-2"].map(|name| Clock::at(folder.path(), name));
    let file = clocks[0].0.to_str().expect("text").to_owned();
    // Only what the calendar says is off; what measures durations goes on, as when somebody sets a machine's clock.
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", &file),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("NO_FAKE_STAT", "1"),
    ];
    let mut cluster = Cluster::with(&Settings { executors: 0, environment: &environment, ..Settings::default() });
    for clock in &clocks[1..] {
        cluster.start_executor_behind(|_| vec!["env".to_owned(), clock.variable()]);
    }
    cluster.wait_for_executors(2);
    let address = cluster.address();
    let ask = |script: &str| sql(&address, "csv", &format!("SET huitong.backend = 'staged'; {script}"));
    ask(&format!("CREATE TABLE t AS SELECT v, v % 100 AS k FROM unnest(range(0, {ROWS})) AS r(v)")).expect("made");
    let now = || ask("SELECT CAST(to_unixtime(now()) AS BIGINT) AS n").expect("a time");
    let seconds = |told: String| told.trim_start_matches("n\n").trim().parse::<i64>().expect("a number");
    let before = seconds(now());

    let jumps =
        [["+1d", "+0", "+0"], ["-8h", "+0", "+0"], ["+0", "+3d", "-8h"], ["+40d", "-8h", "+40d"], ["+0", "+0", "+0"]];
    for (number, offsets) in (1..).zip(jumps) {
        let joined = "SELECT count(*) AS n FROM t a JOIN t b ON a.k = b.k WHERE a.v < 1000";
        let pairs = 1000 * (ROWS / 100) * number * number;
        thread::scope(|scope| {
            let asked: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(joined))).collect();
            for (clock, offset) in clocks.iter().zip(offsets) {
                clock.set(offset);
            }
            for one in asked {
                assert_eq!(one.join().expect("the client ends"), Ok(format!("n\n{pairs}\n")), "{offsets:?}");
            }
        });
        if offsets[0] == "+40d" {
            assert!(seconds(now()) - before > 39 * 86_400, "the clock is not the one that was set");
        }
        assert_eq!(ask("SELECT count(*) AS n FROM huitong.executors"), Ok("n\n2\n".to_owned()), "{offsets:?}");
        ask(&format!("INSERT INTO t SELECT v, v % 100 FROM unnest(range(0, {ROWS})) AS r(v)")).expect("written");
        assert_eq!(ask("SELECT count(*) AS n FROM t"), Ok(format!("n\n{}\n", ROWS * (number + 1))), "{offsets:?}");
    }
    assert_eq!(ask("SELECT count(*) AS n FROM t VERSION AS OF 2"), Ok(format!("n\n{}\n", ROWS * 3)));
    ask("OPTIMIZE t; VACUUM t").expect("tidied");
    assert_eq!(ask("SELECT count(*) AS n FROM t"), Ok(format!("n\n{}\n", ROWS * 6)));
}
