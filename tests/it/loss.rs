//! Parts that are killed, stopped and started while statements run.

use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;

use crate::cluster::{Cluster, Settings};
use crate::faults::{Fault, Rule, When};
use crate::rig::Rig;
use crate::work::{signal, sql};

/// A statement is answered, or fails and is answered when asked again, this long after a part was lost. Only what hangs takes so long,
/// however busy the machine is; an answer comes within a minute on one that has nothing else to do.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// Enough work that there is time to kill somebody in the middle: a join of a table with itself behind two shuffles.
pub const MADE: &str = "SET huitong.backend = 'staged'; \
    CREATE TABLE wide AS SELECT v, v % 4000 AS k, repeat(md5(CAST(v AS VARCHAR)), 4) AS t FROM unnest(range(0, 200000)) AS r(v)";
pub const ASKED: &str = "SET huitong.backend = 'staged'; \
    SELECT count(*) AS n, sum(CAST(a.v AS BIGINT)) AS s, count(DISTINCT a.t) AS d \
    FROM wide a JOIN wide b ON a.k = b.k AND a.v <> b.v";
pub const ANSWER: &str = "n,s,d\n9800000,979995100000,200000\n";

/// Waits until the newest job has finished a stage and not all of them: an executor holds output that others need.
fn wait_for_shuffled_output(address: &str) {
    let begun = Instant::now();
    let query = "SELECT count(*) AS n FROM huitong.jobs WHERE status = 'running' AND stages_done > 0";
    while sql(address, "csv", query) != Ok("n\n1\n".to_owned()) {
        assert!(begun.elapsed() < ANSWER_TIMEOUT, "no job has got so far");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs the query, does something to the cluster in the middle, and answers with the result and the time since then.
pub fn asked_while(cluster: &Cluster, harm: impl FnOnce()) -> (Result<String, String>, Duration) {
    let address = cluster.address();
    thread::scope(|scope| {
        let answer = scope.spawn(|| sql(&address, "csv", ASKED));
        wait_for_shuffled_output(&address);
        let harmed = Instant::now();
        harm();
        (answer.join().expect("the client ends"), harmed.elapsed())
    })
}

/// An executor that holds finished shuffle output dies; the query's work is done again by the other one.
#[test]
fn a_query_outlives_the_death_of_an_executor() {
    let mut cluster = Cluster::start();
    sql(&cluster.address(), "csv", MADE).expect("made");
    let victim = cluster.executor_id(0);
    let (answer, after) = asked_while(&cluster, || signal("KILL", victim));
    assert_eq!(answer, Ok(ANSWER.to_owned()));
    assert!(after < ANSWER_TIMEOUT, "answered after {after:?}");
    cluster.wait_for_executors(1);
    cluster.start_executor();
    cluster.wait_for_executors(2);
    assert_eq!(sql(&cluster.address(), "csv", ASKED), Ok(ANSWER.to_owned()));
}

/// One that no longer answers, though its connections are open, is noticed too; when it goes on it takes part again.
#[test]
fn a_query_outlives_an_executor_that_is_stopped() {
    let cluster = Cluster::start();
    sql(&cluster.address(), "csv", MADE).expect("made");
    let victim = cluster.executor_id(0);
    let (answer, after) = asked_while(&cluster, || signal("STOP", victim));
    assert_eq!(answer, Ok(ANSWER.to_owned()));
    assert!(after < ANSWER_TIMEOUT, "answered after {after:?}");
    signal("CONT", victim);
    cluster.wait_for_executors(2);
    assert_eq!(sql(&cluster.address(), "csv", ASKED), Ok(ANSWER.to_owned()));
}

/// One that is asked to stop finishes its tasks first.
#[test]
fn a_query_outlives_an_executor_that_drains() {
    let mut cluster = Cluster::start();
    sql(&cluster.address(), "csv", MADE).expect("made");
    let leaving = cluster.take_executor(0);
    let (answer, after) = asked_while(&cluster, || assert!(leaving.stop(), "the executor did not stop well"));
    assert_eq!(answer, Ok(ANSWER.to_owned()));
    assert!(after < ANSWER_TIMEOUT, "answered after {after:?}");
}

/// A coordinator that is killed takes its queries with it and says so to nobody; started again on the same place, executors
/// find it by themselves, what was committed is there, and what was not is not.
#[test]
fn executors_find_a_coordinator_that_was_killed() {
    let mut cluster = Cluster::start();
    sql(&cluster.address(), "csv", MADE).expect("made");
    let coordinator = cluster.scheduler_id();
    let (answer, _) = asked_while(&cluster, || signal("KILL", coordinator));
    let told = answer.expect_err("the coordinator is dead");
    assert!(told.contains("HT0408"), "{told}");
    cluster.restart_scheduler();
    cluster.wait_for_executors(2);
    let address = cluster.address();
    assert_eq!(sql(&address, "csv", ASKED), Ok(ANSWER.to_owned()));
    cluster.wait_for_no_files();
}

/// A write that loses an executor commits each row once.
#[test]
fn a_write_outlives_the_death_of_an_executor() {
    let mut cluster = Cluster::with(&Settings { executors: 3, ..Settings::default() });
    let address = cluster.address();
    sql(&address, "csv", MADE).expect("made");
    let write = "SET huitong.backend = 'staged'; CREATE TABLE pairs AS \
                 SELECT a.v AS v, b.v AS w FROM wide a JOIN wide b ON a.k = b.k AND b.v < 5000";
    let victim = cluster.take_executor(0);
    thread::scope(|scope| {
        let written = scope.spawn(|| sql(&address, "csv", write));
        wait_for_shuffled_output(&address);
        drop(victim);
        written.join().expect("the client ends").expect("written");
    });
    let counted = "SELECT count(*) AS n, count(DISTINCT v * 1000000 + w) AS d FROM pairs";
    assert_eq!(sql(&address, "csv", counted), Ok("n,d\n250000,250000\n".to_owned()));
}

/// A coordinator is killed while it makes a table and adds rows to another one: the next one removes the directory that never got a
/// name, `VACUUM` removes the files that never got into a version, and what was there before is whole.
#[test]
fn what_a_killed_coordinator_left_is_removed() {
    let Some(mut rig) = Rig::start(2) else { return };
    rig.ask(MADE).expect("made");
    let files = |rig: &Rig, table: &str| -> Vec<String> {
        let all = rig.store.files("lake/public").into_iter();
        all.filter(|path| path.contains(&format!("/{table}.")) && path.ends_with(".parquet")).collect()
    };
    let before = files(&rig, "wide");
    assert!(!before.is_empty());
    // All files are written, and the commits do not come through. Those of the history of statements do.
    let held = [("pairs", 0), ("wide", 1)].map(|(table, version)| {
        let (path, fault) = (format!("public/{table}.*/_delta_log/{version:020}.json"), Fault::Answer(503));
        rig.proxy.rule(Rule { method: Some(Method::PUT), path, when: When::Always, fault })
    });
    let coordinator = rig.cluster.scheduler_id();
    thread::scope(|scope| {
        let statements = ["CREATE TABLE pairs AS SELECT * FROM wide", "INSERT INTO wide SELECT * FROM wide"];
        let rig = &rig;
        let told = statements.map(|statement| scope.spawn(move || rig.ask(statement)));
        let begun = Instant::now();
        while held.iter().any(|rule| rule.seen() == 0) {
            assert!(begun.elapsed() < ANSWER_TIMEOUT, "the statements have not come to their commits");
            thread::sleep(Duration::from_millis(20));
        }
        assert!(!files(rig, "pairs").is_empty() && files(rig, "wide").len() > before.len());
        signal("KILL", coordinator);
        for told in told {
            assert!(told.join().expect("the client ends").is_err(), "a killed coordinator has answered");
        }
    });
    rig.proxy.clear();
    rig.cluster.restart_scheduler();
    rig.cluster.wait_for_executors(2);
    let begun = Instant::now();
    while !files(&rig, "pairs").is_empty() {
        assert!(begun.elapsed() < ANSWER_TIMEOUT, "a directory without a name is left");
        thread::sleep(Duration::from_millis(100));
    }
    let left = "SELECT name, state FROM huitong.dropped WHERE schema = 'public'";
    assert_eq!(rig.ask(left), Ok("name,state\npairs,leaving\n".to_owned()));
    rig.ask("VACUUM wide RETAIN 0 HOURS").expect("cleaned");
    assert_eq!(files(&rig, "wide"), before);
    assert_eq!(rig.ask("SELECT count(*) AS n FROM wide"), Ok("n\n200000\n".to_owned()));
    rig.ask("CREATE TABLE pairs AS SELECT 1 AS a").expect("the name is free");
}
