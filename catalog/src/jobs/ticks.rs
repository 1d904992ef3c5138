//! Which of the ticks that have come get a run.

use std::time::Duration;

use super::schedule::Schedule;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::state::CatchUp;

/// Bound on the ticks that are decided at once; the rest is decided next.
pub(super) const TICKS_MAX: usize = 1_000;

/// A tick that is no older was not missed: coordinators look every few seconds, and one that takes over needs some more. Less
/// than the smallest distance of two ticks.
const ON_TIME: Duration = Duration::from_millis(59_999);

/// The decision on the ticks from one time up to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Those that get a run.
    pub ticks: Vec<Timestamp>,
    /// The first that is not decided yet.
    pub next: Timestamp,
}

/// Decides the ticks of `schedule` from the tick `from` up to `now`, or the first [`TICKS_MAX`] of them.
pub(super) fn due(schedule: &Schedule, catch_up: CatchUp, from: Timestamp, now: Timestamp) -> Result<Due> {
    let (mut ticks, mut next) = (Vec::new(), from);
    while next <= now && ticks.len() < TICKS_MAX {
        ticks.push(next);
        next = schedule.next_after(next)?;
    }
    let more = next <= now;
    let last = ticks.last().copied().filter(|_| !more);
    Ok(match catch_up {
        CatchUp::All => Due { ticks, next },
        CatchUp::Last => Due { ticks: last.into_iter().collect(), next },
        CatchUp::None => Due { ticks: last.filter(|tick| now.since(*tick) <= ON_TIME).into_iter().collect(), next },
    })
}

#[cfg(test)]
mod tests;
