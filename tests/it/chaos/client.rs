//! One client with its rows of a table.

use std::thread;
use std::time::{Duration, Instant};

use super::scene::Scene;
use super::{Dice, Model, Operation, Operations, Outcome, Read, Share};
use crate::work::{Limited, sql_within};

/// A statement has ended within this time, whatever happens to the cluster.
const STATEMENT_MAX: Duration = Duration::from_secs(120);
/// How long a request that nobody waits for may still be on its way to the store.
const LATE: Duration = Duration::from_secs(2);
/// How often a settled cluster is asked for what a table holds in the end.
const LAST_TRIES: usize = 5;

/// Errors that promise that nothing has changed: other writers were quicker, no executor, and a job that failed although it was
/// tried again.
const NOTHING_DONE: [&str; 3] = [CONFLICT, "HT0402", "HT0403"];
const CONFLICT: &str = "HT0306";
/// The store did not answer; a commit may have come to pass.
const SILENCE: &str = "HT0307";
/// The coordinator is gone.
const GONE: &str = "HT0408";

pub struct Client<'a> {
    scene: &'a Scene,
    share: Share,
    /// What it is called.
    name: String,
    /// Whether others write the same table.
    is_alone: bool,
    model: Model,
    operations: Operations,
    dice: Dice,
    tally: Tally,
}

/// How many statements ended how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub done: u32,
    pub failed: u32,
    pub unknown: u32,
    pub slowest: Duration,
}

impl<'a> Client<'a> {
    pub fn new(scene: &'a Scene, share: Share, is_alone: bool, seed: u64, batch_rows_max: u32) -> Self {
        Self {
            scene,
            name: format!("{}/{}", share.table, share.who),
            share,
            is_alone,
            model: Model::default(),
            operations: Operations::new(seed, batch_rows_max),
            dice: Dice::new(!seed),
            tally: Tally::default(),
        }
    }

    /// Tells how its statements ended; whether any was done.
    pub fn sum_up(&self) -> bool {
        self.scene.tell(&self.name, format!("{:?}", self.tally));
        self.tally.done > 0
    }

    /// Works until the scene is over.
    pub fn work(&mut self) {
        while !self.scene.is_over() {
            let next = if self.model.must_read() { Some(Operation::Read) } else { self.operations.next() };
            self.run(&next.expect("operations without end"));
        }
    }

    /// Reads the table once more on both back ends, when nothing is wrong any more.
    pub fn finish(&mut self) {
        for backend in ["staged", "local"] {
            let script = format!("SET huitong.backend = '{backend}'; {}", Operation::Read.sql(&self.share));
            let told = (0..LAST_TRIES).find_map(|_| end(self.scene, &self.name, &script).told.ok());
            match told {
                Some(told) => self.check(&told),
                None => self.scene.wrong(&self.name, format!("cannot be read, {backend}")),
            }
        }
    }

    fn run(&mut self, operation: &Operation) {
        let backend = if self.dice.below(5) == 0 { "local" } else { "staged" };
        let script = format!("SET huitong.backend = '{backend}'; {}", operation.sql(&self.share));
        let begun = Instant::now();
        let End { told, outcome, code } = end(self.scene, &self.name, &script);
        self.tally.slowest = self.tally.slowest.max(begun.elapsed());
        let outcome = outcome.filter(|_| code != CONFLICT || !self.is_alone).unwrap_or_else(|| {
            self.scene.wrong(&self.name, format!("{operation:?} on {backend}: {told:?}"));
            Outcome::Unknown
        });
        match outcome {
            Outcome::Done => self.tally.done += 1,
            Outcome::Failed => self.tally.failed += 1,
            Outcome::Unknown => self.tally.unknown += 1,
        }
        match (operation.is_read(), told) {
            (true, Ok(told)) => self.check(&told),
            (true, Err(_)) => {}
            (false, _) => self.model.after(operation, outcome),
        }
    }

    fn check(&mut self, told: &str) {
        let Some(read) = parsed(told) else {
            return self.scene.wrong(&self.name, format!("an answer that is none: {told:?}"));
        };
        if let Err(mismatch) = self.model.check(read) {
            self.scene.wrong(&self.name, mismatch);
        }
    }
}

/// How a statement ended.
pub struct End {
    pub told: Result<String, String>,
    /// None for an error that nothing that the villain does explains.
    pub outcome: Option<Outcome>,
    pub code: String,
}

/// Runs a script, and waits until it can no longer take effect.
pub fn end(scene: &Scene, who: &str, script: &str) -> End {
    let coordinator = scene.coordinator();
    let begun = Instant::now();
    let told = match sql_within(&coordinator.address, "csv", script, STATEMENT_MAX) {
        Limited::Ended(told) => told,
        Limited::Hung => Err(format!("no answer within {STATEMENT_MAX:?}")),
    };
    let after = begun.elapsed();
    let code = told.as_ref().err().map_or("", |told| code(told)).to_owned();
    let outcome = match &told {
        Ok(_) => Some(Outcome::Done),
        Err(_) if NOTHING_DONE.contains(&code.as_str()) => Some(Outcome::Failed),
        Err(_) if code == SILENCE => Some(Outcome::Unknown),
        Err(_) if code == GONE => scene.wait_for_another(coordinator.life).then_some(Outcome::Unknown),
        Err(_) => None,
    };
    let text = told.as_ref().err().and_then(|told| told.lines().next()).unwrap_or_default();
    let outcome_text = outcome.map_or_else(|| "?".to_owned(), |outcome| format!("{outcome:?}"));
    scene.tell(who, format!("{script} ({after:.1?}): {outcome_text} {text}"));
    if outcome == Some(Outcome::Unknown) {
        thread::sleep(LATE);
    }
    End { told, outcome, code }
}

/// The code in `error[HT0307]: …`.
fn code(told: &str) -> &str {
    told.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(code, _)| code)
}

/// What [`Operation::Read`] answered: a line of names and one of numbers.
fn parsed(told: &str) -> Option<Read> {
    let numbers: Vec<i64> = told.lines().nth(1)?.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [rows, id_sum, v_sum, product_sum] = numbers.try_into().ok()?;
    Some(Read { rows, id_sum, v_sum, product_sum })
}
