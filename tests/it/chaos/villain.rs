//! What goes wrong with the cluster and its store.

use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;

use super::Dice;
use super::scene::Scene;
use crate::faults::{Fault, Rule, When};
use crate::rig::Rig;
use crate::work::signal;

/// An executor that is asked to stop has stopped within this time, its grace time included.
const DRAIN_MAX: Duration = Duration::from_secs(90);
const WHO: &str = "villain";

/// Does harm until the scene is over; leaves as many executors as there were, all of them awake, and a store that works.
pub fn work(scene: &Scene, rig: &mut Rig, seed: u64) {
    let mut dice = Dice::new(seed);
    while !scene.is_over() {
        thread::sleep(Duration::from_millis(u64::from(500 + dice.below(2_500))));
        let begun = Instant::now();
        let (rules, lasts_ms) = match dice.below(20) {
            0..6 => (Vec::new(), 0),
            6..19 => (faults(&mut dice), 1_000 + dice.below(5_000)),
            // Longer than a request is tried again.
            _ => (outage(&mut dice), 25_000 + dice.below(25_000)),
        };
        let lasts = Duration::from_millis(u64::from(lasts_ms));
        let armed: Vec<_> = rules.into_iter().map(|rule| (rig.proxy.rule(rule.clone()), rule)).collect();
        if !armed.is_empty() {
            let rules: Vec<_> = armed.iter().map(|(_, rule)| rule).collect();
            scene.tell(WHO, format!("for {lasts:.1?}: {rules:?}"));
        }
        if armed.is_empty() || dice.below(3) == 0 {
            harm(scene, rig, &mut dice);
        }
        thread::sleep(lasts.saturating_sub(begun.elapsed()));
        rig.proxy.clear();
        if !armed.is_empty() {
            let injected: Vec<_> = armed.iter().map(|(armed, _)| armed.injected()).collect();
            scene.tell(WHO, format!("the store works again; faults: {injected:?}"));
        }
    }
}

/// One or two kinds of faults of the store.
fn faults(dice: &mut Dice) -> Vec<Rule> {
    let some = |fault, n: u32| Rule { when: When::Every(u64::from(n)), ..Rule::all(fault) };
    let of = |method, path: &str, fault, n: u32| Rule {
        method: Some(method),
        path: path.to_owned(),
        when: When::Every(u64::from(n)),
        fault,
    };
    let n = 2 + dice.below(4);
    match dice.below(9) {
        0 => vec![some(Fault::Answer(503), n)],
        1 => vec![some(Fault::DropBefore, n)],
        2 => vec![some(Fault::DropAfter, n)],
        3 => vec![of(Method::PUT, "/_delta_log/0", Fault::DropAfter, 1 + dice.below(2))],
        4 => vec![some(Fault::Delay(Duration::from_millis(u64::from(50 + dice.below(450)))), 1)],
        5 => vec![of(Method::GET, ".parquet", Fault::Truncate(dice.below(2_000) as usize), n)],
        6 => vec![of(Method::GET, ".json", Fault::Truncate(dice.below(500) as usize), n)],
        7 => outage(dice),
        _ => vec![of(Method::PUT, "/_delta_log/0", Fault::DropAfter, 1), some(Fault::Answer(500), n)],
    }
}

/// The store does not answer, or not all that it is asked.
fn outage(dice: &mut Dice) -> Vec<Rule> {
    let silent = |method, path: &str| Rule { method, path: path.to_owned(), ..Rule::all(Fault::Answer(503)) };
    let rule = match dice.below(5) {
        0 => Rule::all(Fault::Refuse),
        1 => silent(Some(Method::PUT), ""),
        2 => silent(None, ".parquet"),
        3 => silent(None, "_delta_log"),
        _ => silent(None, ""),
    };
    vec![rule]
}

fn harm(scene: &Scene, rig: &mut Rig, dice: &mut Dice) {
    let number = dice.below(3) as usize;
    match dice.below(8) {
        0..3 => kill(scene, rig, dice),
        3 | 4 => pause(scene, "executor", rig.cluster.executor_id(number), 1_000 + dice.below(19_000)),
        5 => drain(scene, rig, number),
        6 => pause(scene, "coordinator", rig.cluster.scheduler_id(), 1_000 + dice.below(4_000)),
        _ => kill_coordinator(scene, rig),
    }
}

/// Mostly one executor, sometimes all of them.
fn kill(scene: &Scene, rig: &mut Rig, dice: &mut Dice) {
    let count = [1, 1, 2, 3][dice.below(4) as usize];
    scene.tell(WHO, format!("kills {count} executors"));
    (0..count).for_each(|_| drop(rig.cluster.take_executor(0)));
    thread::sleep(Duration::from_millis(u64::from(dice.below(3_000))));
    (0..count).for_each(|_| rig.cluster.start_executor());
}

/// A process does nothing for a while, though its connections are open.
fn pause(scene: &Scene, what: &str, id: u32, pause_ms: u32) {
    scene.tell(WHO, format!("stops {what} {id} for {pause_ms} ms"));
    signal("STOP", id);
    thread::sleep(Duration::from_millis(u64::from(pause_ms)));
    signal("CONT", id);
}

fn drain(scene: &Scene, rig: &mut Rig, number: usize) {
    scene.tell(WHO, format!("drains executor {}", rig.cluster.executor_id(number)));
    rig.cluster.start_executor();
    let (begun, leaving) = (Instant::now(), rig.cluster.take_executor(number));
    match leaving.stop_within(DRAIN_MAX) {
        Some(true) => scene.tell(WHO, format!("it has stopped after {:.1?}", begun.elapsed())),
        Some(false) => scene.wrong(WHO, "an executor did not stop well"),
        None => scene.wrong(WHO, "an executor did not stop"),
    }
}

fn kill_coordinator(scene: &Scene, rig: &mut Rig) {
    scene.tell(WHO, format!("kills the coordinator {}", rig.cluster.scheduler_id()));
    signal("KILL", rig.cluster.scheduler_id());
    // A coordinator does not start while its store is away.
    rig.proxy.clear();
    rig.cluster.restart_scheduler();
    scene.moved(rig.cluster.address());
    scene.tell(WHO, "the coordinator is there again");
}
