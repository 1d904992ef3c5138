//! Parts that are killed, stopped and started while statements run.

use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Settings};
use crate::work::{signal, sql};

/// A statement is answered, or fails and is answered when asked again, this long after a part was lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Enough work that there is time to kill somebody in the middle: a join of a table with itself behind two shuffles.
const MADE: &str = "SET huitong.backend = 'staged'; \
    CREATE TABLE wide AS SELECT v, v % 4000 AS k, repeat(md5(CAST(v AS VARCHAR)), 4) AS t FROM unnest(range(0, 200000)) AS r(v)";
const ASKED: &str = "SET huitong.backend = 'staged'; \
    SELECT count(*) AS n, sum(CAST(a.v AS BIGINT)) AS s, count(DISTINCT a.t) AS d \
    FROM wide a JOIN wide b ON a.k = b.k AND a.v <> b.v";
const ANSWER: &str = "n,s,d\n9800000,979995100000,200000\n";

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
fn asked_while(cluster: &Cluster, harm: impl FnOnce()) -> (Result<String, String>, Duration) {
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
    let begun = Instant::now();
    while cluster.jobs_on_disk() > 0 {
        assert!(begun.elapsed() < ANSWER_TIMEOUT, "files of jobs are left: {}", cluster.jobs_on_disk());
        thread::sleep(Duration::from_millis(100));
    }
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
