//! Networks that part nodes which all go on working.

use std::net::{IpAddr, Ipv4Addr};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, SECOND_HOST, Settings};
use crate::loss::{ANSWER, ANSWER_TIMEOUT, ASKED, MADE, asked_while};
use crate::relay::{Relay, Wire};
use crate::work::sql;

/// How long a wire stands still at least: longer than it takes to notice.
const SPLIT: Duration = Duration::from_secs(30);
/// An executor without work asks for some within this time.
const POLLED: Duration = Duration::from_secs(2);

/// An executor that the coordinator does not hear any more counts as lost, though it goes on; its results are not taken twice.
#[test]
fn a_query_outlives_a_split_between_coordinator_and_executor() {
    for wire in [Wire::Stands, Wire::Breaks] {
        let mut cluster = Cluster::with(&Settings { executors: 1, ..Settings::default() });
        let relay = Relay::start((IpAddr::from(Ipv4Addr::LOCALHOST), 0), cluster.internal());
        cluster.start_executor_between(relay.address(), "127.0.0.1");
        cluster.wait_for_executors(2);
        sql(&cluster.address(), "csv", MADE).expect("made");
        let (answer, after) = asked_while(&cluster, || relay.set(wire));
        assert_eq!(answer, Ok(ANSWER.to_owned()));
        assert!(after < ANSWER_TIMEOUT, "answered after {after:?}");
        relay.set(Wire::Passes);
        cluster.wait_for_executors(2);
        assert_eq!(sql(&cluster.address(), "csv", ASKED), Ok(ANSWER.to_owned()));
        cluster.wait_for_no_files();
    }
}

/// An executor's files cannot be fetched, though the coordinator hears of it: the query is answered or fails within its time, and is
/// answered when the network is whole again.
#[test]
fn a_split_between_executors_is_told_or_outlived() {
    let mut cluster = Cluster::with(&Settings { executors: 1, ..Settings::default() });
    cluster.start_executor_between(cluster.internal(), SECOND_HOST);
    let fetched = cluster.executor_address(1);
    let relay = Relay::start((SECOND_HOST.parse().expect("an address"), fetched.port()), fetched);
    cluster.wait_for_executors(2);
    let address = cluster.address();
    sql(&address, "csv", MADE).expect("made");
    for wire in [Wire::Stands, Wire::Breaks] {
        let (answer, after) = asked_while(&cluster, || {
            relay.set(wire);
            thread::sleep(SPLIT);
            relay.set(Wire::Passes);
        });
        println!("after {after:?}: {answer:?}");
        match answer {
            Ok(answer) => assert_eq!(answer, ANSWER),
            Err(told) => assert!(told.contains("HT0403"), "{told}"),
        }
        assert!(after < SPLIT + ANSWER_TIMEOUT, "ended after {after:?}");
        cluster.wait_for_executors(2);
        assert_eq!(sql(&address, "csv", ASKED), Ok(ANSWER.to_owned()));
    }
}

/// The scheduler gives tasks to an executor, and the answer that names them is lost: it believes that they run, and nobody runs them.
#[test]
fn tasks_that_nobody_got_are_noticed() {
    let mut cluster = Cluster::with(&Settings { executors: 0, ..Settings::default() });
    let relay = Relay::start((IpAddr::from(Ipv4Addr::LOCALHOST), 0), cluster.internal());
    cluster.start_executor_between(relay.address(), "127.0.0.1");
    cluster.wait_for_executors(1);
    let address = cluster.address();
    sql(&address, "csv", MADE).expect("made");
    thread::scope(|scope| {
        // The executor asks for work, which comes through when there is some, and hears nothing.
        relay.set(Wire::Stands);
        let answer = scope.spawn(|| sql(&address, "csv", ASKED));
        let is_there = "SELECT count(*) AS n FROM huitong.jobs WHERE status = 'running'";
        let begun = Instant::now();
        while sql(&address, "csv", is_there) != Ok("n\n1\n".to_owned()) {
            assert!(begun.elapsed() < ANSWER_TIMEOUT, "there is no job");
        }
        thread::sleep(POLLED);
        relay.set(Wire::Mutes);
        thread::sleep(POLLED);
        relay.set(Wire::Breaks);
        relay.set(Wire::Passes);
        let asked = Instant::now();
        assert_eq!(answer.join().expect("the client ends"), Ok(ANSWER.to_owned()));
        assert!(asked.elapsed() < 2 * ANSWER_TIMEOUT, "answered after {:?}", asked.elapsed());
    });
    assert!(cluster.logs().contains("the job stood still"), "nothing was lost");
}
