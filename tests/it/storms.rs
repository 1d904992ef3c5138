//! A store that loses answers, is too busy, slow, silent or breaks off: statements take effect once, or say what is wrong.

use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;

use crate::faults::{Fault, Rule, When};
use crate::rig::Rig;

/// A statement whose store does not answer says so within this time.
const SILENCE_MAX: Duration = Duration::from_secs(90);
/// Longest line that tells an error.
const LINE_MAX: usize = 400;

const MADE: &str = "CREATE TABLE t AS SELECT v AS id, v FROM unnest(range(0, 10000)) AS r(v)";
const READ: &str = "SELECT count(*) AS n, count(DISTINCT id) AS d, sum(v) AS s FROM t";
const INSERT: &str = "INSERT INTO t SELECT v AS id, v FROM unnest(range(10000, 20000)) AS r(v)";
const UPDATE: &str = "UPDATE t SET v = v + 1 WHERE id < 10000 AND id % 2 = 0";
const COPY: &str = "CREATE TABLE u AS SELECT * FROM t";

/// What [`READ`] answers.
fn read(n: i64, d: i64, s: i64) -> Result<String, String> {
    Ok(format!("n,d,s\n{n},{d},{s}\n"))
}

fn rule(method: Method, path: &str, when: When, fault: Fault) -> Rule {
    Rule { method: Some(method), path: path.to_owned(), when, fault }
}

/// The number of a table's commits.
fn commits(rig: &Rig) -> usize {
    rig.ask("DESCRIBE HISTORY t").expect("a history").lines().count() - 1
}

/// The store has taken a commit, and whoever made it is not told.
#[test]
fn a_commit_whose_answer_is_lost_takes_effect_once() {
    let Some(rig) = Rig::start(2) else { return };
    let statements = [
        (MADE, read(10_000, 10_000, 49_995_000)),
        (INSERT, read(20_000, 20_000, 199_990_000)),
        (UPDATE, read(20_000, 20_000, 199_995_000)),
        ("OPTIMIZE t", read(20_000, 20_000, 199_995_000)),
        ("DELETE FROM t WHERE id >= 10000", read(10_000, 10_000, 50_000_000)),
        (
            "MERGE INTO t USING (SELECT 0 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = 0",
            read(10_000, 10_000, 49_999_999),
        ),
        ("RESTORE TABLE t TO VERSION AS OF 0", read(10_000, 10_000, 49_995_000)),
    ];
    for (number, (statement, expected)) in statements.into_iter().enumerate() {
        let lost = rig.proxy.rule(rule(Method::PUT, "/_delta_log/0", When::First(1), Fault::DropAfter));
        let told = rig.ask(statement);
        assert!(told.is_ok(), "{statement}: {told:?}");
        assert_eq!(lost.injected(), 1, "{statement}");
        rig.proxy.clear();
        assert_eq!(rig.ask(READ), expected, "{statement}");
        assert_eq!(commits(&rig), number + 1, "{statement}");
    }
}

/// Answers to executors that write files are lost too.
#[test]
fn a_store_that_is_busy_or_breaks_off_makes_statements_slower_only() {
    let Some(rig) = Rig::start(2) else { return };
    let busy = rig.proxy.rule(Rule { when: When::Every(3), ..Rule::all(Fault::Answer(503)) });
    let dropped = rig.proxy.rule(Rule { when: When::Every(5), ..Rule::all(Fault::DropBefore) });
    let lost = rig.proxy.rule(rule(Method::PUT, ".parquet", When::Every(2), Fault::DropAfter));
    let script = format!("{MADE}; {INSERT}; {UPDATE}; OPTIMIZE t; DELETE FROM t WHERE id >= 10000; {READ}");
    let told = rig.ask(&script).expect("all of it");
    assert!(told.ends_with("10000,10000,50000000\n"), "{told}");
    assert!([&busy, &dropped, &lost].iter().all(|rule| rule.injected() > 0), "{busy:?} {dropped:?} {lost:?}");
    rig.proxy.clear();
    assert_eq!(rig.ask(READ), read(10_000, 10_000, 50_000_000));
    assert_eq!(commits(&rig), 5);
}

/// Nobody can say whether a commit came to pass; so it is not said that it failed.
#[test]
fn a_commit_that_the_store_does_not_tell_of_is_told_as_such() {
    let Some(rig) = Rig::start(2) else { return };
    rig.ask(MADE).expect("made");
    let lost = rig.proxy.rule(rule(Method::PUT, "/_delta_log/0", When::First(1), Fault::DropAfter));
    rig.proxy.rule(rule(Method::PUT, "/_delta_log/0", When::Always, Fault::Answer(503)));
    let (told, after) = thread::scope(|scope| {
        let client = scope.spawn(|| {
            let begun = Instant::now();
            (rig.ask(INSERT), begun.elapsed())
        });
        let begun = Instant::now();
        while lost.injected() == 0 {
            assert!(begun.elapsed() < SILENCE_MAX, "nothing was committed");
            thread::sleep(Duration::from_millis(10));
        }
        rig.proxy.rule(Rule::all(Fault::Answer(503)));
        client.join().expect("the client ends")
    });
    let told = told.expect_err("nobody knows");
    unavailable(&told, after);
    assert!(told.contains("may have taken effect"), "{told}");
    rig.proxy.clear();
    assert_eq!(rig.ask(READ), read(20_000, 20_000, 199_990_000), "it had");
}

#[test]
fn a_store_that_is_slow_makes_statements_slower_only() {
    let Some(rig) = Rig::start(2) else { return };
    let late = rig.proxy.rule(Rule::all(Fault::Delay(Duration::from_millis(300))));
    let told = rig.ask(&format!("{MADE}; {UPDATE}; {READ}")).expect("all of it");
    assert!(told.ends_with("10000,10000,50000000\n"), "{told}");
    assert!(late.injected() > 10, "{late:?}");
}

/// The store answers a part of what it is asked, for a while or always.
#[test]
fn a_body_that_breaks_off_is_never_an_answer() {
    let Some(rig) = Rig::start(2) else { return };
    rig.ask(MADE).expect("made");
    let expected = read(10_000, 10_000, 49_995_000);
    for bytes in [0, 4, 1000] {
        let cut = rig.proxy.rule(rule(Method::GET, ".parquet", When::First(4), Fault::Truncate(bytes)));
        assert_eq!(rig.ask(READ), expected, "{bytes}");
        assert!(cut.injected() > 0, "{cut:?}");
        rig.proxy.clear();
    }
    let cut = rig.proxy.rule(rule(Method::GET, ".parquet", When::Always, Fault::Truncate(1000)));
    let begun = Instant::now();
    let told = rig.ask(READ).expect_err("no file can be read");
    unavailable(&told, begun.elapsed());
    assert!(told.contains(".parquet") && cut.injected() > 0, "{told}");
    rig.proxy.clear();
    assert_eq!(rig.ask(READ), expected);
}

#[test]
fn a_store_that_is_silent_is_told_and_nothing_is_done() {
    silent(
        Rule::all(Fault::Answer(503)),
        &[
            (READ, read(10_000, 10_000, 49_995_000)),
            (INSERT, read(20_000, 20_000, 199_990_000)),
            (UPDATE, read(20_000, 20_000, 199_995_000)),
            (COPY, read(20_000, 20_000, 199_995_000)),
        ],
    );
}

#[test]
fn files_that_cannot_be_read_are_told_and_nothing_is_done() {
    silent(
        Rule { path: ".parquet".to_owned(), ..Rule::all(Fault::Answer(503)) },
        &[(READ, read(10_000, 10_000, 49_995_000)), (UPDATE, read(10_000, 10_000, 50_000_000))],
    );
}

#[test]
fn files_that_cannot_be_written_are_told_and_nothing_is_done() {
    silent(
        Rule { path: ".parquet".to_owned(), ..Rule::all(Fault::Answer(503)) },
        &[(INSERT, read(20_000, 20_000, 199_990_000)), (COPY, read(20_000, 20_000, 199_990_000))],
    );
}

#[test]
fn commits_that_cannot_be_made_are_told_and_nothing_is_done() {
    silent(
        rule(Method::PUT, "/_delta_log/", When::Always, Fault::Answer(503)),
        &[
            (INSERT, read(20_000, 20_000, 199_990_000)),
            (UPDATE, read(20_000, 20_000, 199_995_000)),
            (COPY, read(20_000, 20_000, 199_995_000)),
        ],
    );
}

/// Checks an error that says that the store does not answer.
fn unavailable(told: &str, after: Duration) {
    assert!(told.contains("error[HT0307]"), "{told}");
    assert!(after < SILENCE_MAX, "told after {after:?}: {told}");
    assert!(told.lines().all(|line| line.len() <= LINE_MAX), "{told}");
    assert!(!told.contains("Generic {") && !told.contains("RetryError"), "{told}");
}

/// Nothing but 503 for all requests that meet a rule, for the whole of some statements that run side by side; each gets such an
/// error, has done nothing, and works afterwards.
fn silent(silence: Rule, statements: &[(&str, Result<String, String>)]) {
    let Some(rig) = Rig::start(2) else { return };
    rig.ask(MADE).expect("made");
    rig.ask(READ).expect("read");
    let rule = rig.proxy.rule(silence);
    let begun = Instant::now();
    let told: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> =
            statements.iter().map(|(statement, _)| scope.spawn(|| (rig.ask(statement), begun.elapsed()))).collect();
        all.into_iter().map(|client| client.join().expect("the client ends")).collect()
    });
    for ((statement, _), (told, after)) in statements.iter().zip(told) {
        println!("{statement}: after {after:?}: {told:?}");
        let told = told.expect_err(statement);
        unavailable(&told, after);
        assert!(told.contains("503"), "{statement}: {told}");
    }
    assert!(rule.injected() > 0);
    rig.proxy.clear();
    assert_eq!(rig.ask(READ), read(10_000, 10_000, 49_995_000));
    assert_eq!(commits(&rig), 1);
    for (statement, expected) in statements {
        rig.ask(statement).unwrap_or_else(|told| panic!("{statement}: {told}"));
        assert_eq!(&rig.ask(READ), expected, "{statement}");
    }
}
