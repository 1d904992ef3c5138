//! Small files are put together by themselves, and nobody notices but by the number of files.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::work::{Server, sql};

const INSERTS: u64 = 200;
/// Between two reads, so that they do not keep the writer from its work.
const PAUSE: Duration = Duration::from_millis(100);
const WAIT: Duration = Duration::from_secs(60);

fn start(folder: &std::path::Path, more: &str) -> Server {
    let config = folder.join("c.toml");
    let text =
        format!("[storage]\nroot = \"lake\"\n{more}\n[state]\npath = \"s.db\"\n[listen]\nflight = \"127.0.0.1:0\"\n");
    fs::write(&config, text).expect("written");
    Server::start(&["serve", "--config", config.to_str().expect("text")], folder)
}

fn numbers(told: &str) -> Vec<u64> {
    let row = told.lines().last().expect("a row");
    row.split(',').map(|number| number.parse().expect("a number")).collect()
}

/// Readers and writers go on while files are put together; tables that say so are left alone.
#[test]
fn many_small_inserts_end_with_few_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(folder.path(), "compact_after_files = 10");
    let address = server.address("flight");
    let ask = |script: &str| sql(&address, "csv", script);
    ask("CREATE TABLE 登记 (v BIGINT, n BIGINT); CREATE TABLE 原样 (v BIGINT); \
         ALTER TABLE 原样 SET TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'false')")
    .expect("made");
    let inserts = |table: &str, values: &dyn Fn(u64) -> String, count: u64| {
        let script: Vec<_> = (0..count).map(|v| format!("INSERT INTO {table} VALUES {}", values(v))).collect();
        ask(&script.join("; ")).expect("inserted");
    };
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reads = |from: u64| {
            let mut last = from;
            let mut reads = 0;
            while !is_over.load(Ordering::Relaxed) {
                let told = ask("SELECT count(*) AS n, coalesce(sum(v), 0) AS s, count(DISTINCT v) AS d FROM 登记");
                let told = numbers(&told.expect("read"));
                let [n, s, d] = told.as_slice() else { panic!("{told:?}") };
                assert!(*n >= last && n == d && *s == n * n.saturating_sub(1) / 2, "{told:?} after {last}");
                last = *n;
                reads += 1;
                std::thread::sleep(PAUSE);
            }
            reads
        };
        let readers = [scope.spawn(move || reads(0)), scope.spawn(move || reads(0))];
        let changes = scope.spawn(|| {
            let change = "UPDATE 登记 SET n = n + 1 WHERE v = 0";
            let count = |told: Result<String, String>| numbers(&told.expect("counted"))[0];
            while count(ask("SELECT count(*) AS n FROM 登记")) == 0 {
                std::thread::sleep(PAUSE);
            }
            (0..10).for_each(|_| drop(ask(change).expect("changed")));
        });
        inserts("登记", &|v| format!("({v}, 0)"), INSERTS);
        inserts("原样", &|v| format!("({v})"), 30);
        changes.join().expect("all changes");
        is_over.store(true, Ordering::Relaxed);
        let reads: u32 = readers.map(|reader| reader.join().expect("all reads are right")).iter().sum();
        assert!(reads > 10, "{reads} reads");
    });
    let files = |table: &str| {
        let told = ask(&format!("DESCRIBE HISTORY {table}")).expect("a history");
        let mut lines = told.lines();
        let names: Vec<&str> = lines.next().expect("names").split(',').collect();
        let place = |name: &str| names.len() - names.iter().position(|n| *n == name).expect("a column");
        let (added, removed) = (place("files_added"), place("files_removed"));
        // Parameters hold commas; what is asked for stands behind them.
        let number = |line: &str, from_end: usize| {
            let parts: Vec<&str> = line.split(',').collect();
            parts[parts.len() - from_end].parse::<i64>().unwrap_or_default()
        };
        lines.fold((0, 0), |(files, optimised), line| {
            let optimised = optimised + u32::from(line.contains("OPTIMIZE") && line.contains("(compaction)"));
            (files + number(line, added) - number(line, removed), optimised)
        })
    };
    let begun = Instant::now();
    while files("登记").0 >= 20 {
        assert!(begun.elapsed() < WAIT, "{:?} after {WAIT:?}", files("登记"));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(files("登记").1 > 1, "{:?}", files("登记"));
    assert_eq!(files("原样"), (30, 0));
    let all = format!("n,s,c\n{INSERTS},{},10\n", INSERTS * (INSERTS - 1) / 2);
    assert_eq!(ask("SELECT count(*) AS n, sum(v) AS s, max(n) AS c FROM 登记"), Ok(all));
    // Old versions keep their files.
    assert_eq!(ask("SELECT count(*) AS n FROM 登记 VERSION AS OF 1"), Ok("n\n1\n".to_owned()));
    assert!(server.stop(), "the server did not stop well");
}

/// Nothing is put together where the configuration says so, unless the table does.
#[test]
fn tables_are_left_alone_where_the_setting_is_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(folder.path(), "compact_after_files = 0");
    let ask = |script: &str| sql(&server.address("flight"), "csv", script);
    let inserts = |table: &str| (0..60).map(|v| format!("; INSERT INTO {table} VALUES ({v})")).collect::<String>();
    ask(&format!("CREATE TABLE a (v BIGINT){}", inserts("a"))).expect("inserted");
    let on = "ALTER TABLE b SET TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'true')";
    ask(&format!("CREATE TABLE b (v BIGINT); {on}{}", inserts("b"))).expect("inserted");
    let optimised =
        |table: &str| ask(&format!("DESCRIBE HISTORY {table}")).expect("history").matches("OPTIMIZE").count();
    let begun = Instant::now();
    while optimised("b") == 0 {
        assert!(begun.elapsed() < WAIT, "not compacted after {WAIT:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(optimised("a"), 0);
    assert_eq!(ask("SELECT count(*) AS n, sum(v) AS s FROM b"), Ok("n,s\n60,1770\n".to_owned()));
}

/// Tables are dropped and brought back while their files are put together: rows stay what they were, and what is gone stays gone.
#[test]
fn a_compaction_never_disturbs_drop_and_undrop() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = start(folder.path(), "compact_after_files = 4");
    let address = server.address("flight");
    let ask = |script: &str| sql(&address, "csv", script);
    std::thread::scope(|scope| {
        for name in ["甲", "乙"] {
            scope.spawn(move || {
                ask(&format!("CREATE TABLE {name} (v BIGINT)")).expect("made");
                for round in 1..=12_u64 {
                    let inserts = format!("INSERT INTO {name} VALUES ({round}); ").repeat(6);
                    ask(&format!("{inserts} DROP TABLE {name}; UNDROP TABLE {name}")).expect(name);
                    let counted = ask(&format!("SELECT count(*) AS n, sum(v) AS s FROM {name}"));
                    assert_eq!(counted, Ok(format!("n,s\n{},{}\n", round * 6, round * (round + 1) * 3)));
                }
            });
        }
        scope.spawn(|| {
            for round in 0..12 {
                let inserts = "INSERT INTO 丙 VALUES (1); ".repeat(6);
                let kept = if round % 2 == 0 { "" } else { " PURGE" };
                ask(&format!("CREATE TABLE 丙 (v BIGINT); {inserts} DROP TABLE 丙{kept}")).expect("made and dropped");
            }
        });
    });
    let put_together =
        |table: &str| ask(&format!("DESCRIBE HISTORY {table}")).expect("a history").matches("OPTIMIZE").count();
    let begun = Instant::now();
    while put_together("甲") == 0 || put_together("乙") == 0 {
        assert!(begun.elapsed() < WAIT, "nothing was put together after {WAIT:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(ask("SELECT count(*) AS n FROM 甲 JOIN 乙 ON 甲.v = 乙.v"), Ok("n\n432\n".to_owned()));
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains(" ERROR "), "{log}");
    let left = ask("SELECT count(*) AS n FROM huitong.dropped WHERE name = '丙' AND state = 'dropped'");
    assert_eq!(left, Ok("n\n6\n".to_owned()), "those that were purged are gone");
}
