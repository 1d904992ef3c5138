//! The whole of it.

use std::thread;
use std::time::Duration;

use super::builder::Builder;
use super::client::Client;
use super::scene::Scene;
use super::{Operation, Share, villain};
use crate::rig::Rig;

const EXECUTORS: usize = 3;
/// Tables, how many rows one statement adds at most, and how many clients write.
const TABLES: [(&str, u32, u32); 3] = [("small", 20, 2), ("middle", 2_000, 1), ("large", 60_000, 1)];
const SEED: u64 = 20_261_125;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Nothing is lost, doubled or half seen, no statement hangs, and no error blames what is not to blame; for as many minutes and
/// with such a seed as the environment says.
#[test]
fn chaos() {
    let Some(minutes) = number("HUITONG_CHAOS_MINUTES") else {
        println!("skipped: HUITONG_CHAOS_MINUTES does not say how long; `tests/run chaos` does");
        return;
    };
    let seed = number("HUITONG_CHAOS_SEED").unwrap_or(SEED);
    let Some(mut rig) = Rig::start(EXECUTORS) else { return };
    println!("chaos: {minutes} minutes, seed {seed}");
    let scene = Scene::new(rig.cluster.address(), Duration::from_secs(60 * minutes));
    let mut clients = Vec::new();
    for (table, rows_max, count) in TABLES {
        rig.ask(&Operation::create(table)).expect("a table");
        for who in 0..count {
            let share = Share { table: table.to_owned(), who };
            clients.push(Client::new(&scene, share, count == 1, seed + clients.len() as u64, rows_max));
        }
    }
    let mut builder = Builder::new(&scene, seed);
    thread::scope(|scope| {
        scope.spawn(|| builder.work());
        clients.iter_mut().for_each(|client| {
            scope.spawn(|| client.work());
        });
        villain::work(&scene, &mut rig, !seed);
    });
    rig.cluster.wait_for_executors(EXECUTORS);
    scene.tell("all", "quiet; each table is read once more");
    clients.iter_mut().for_each(Client::finish);
    builder.finish();
    let all_worked = clients.iter().map(Client::sum_up).fold(builder.made > 0, |all, worked| all && worked);
    let wrong = scene.all_wrong();
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    assert!(all_worked, "seed {seed}: nothing was done");
}
