//! Slows down guessing: after a few failures, a user name has to wait, longer each time.
//!
//! The wait is bounded, since an attacker could otherwise lock a user out for ever; and it applies to names that do not
//! exist just as well, since it would otherwise tell which do. It lives in memory: a restart forgives.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Timestamp;

/// Failures that cost nothing: typing mistakes.
const FREE_FAILURES: u32 = 5;

const WAIT_MAX: Duration = Duration::from_secs(300);

/// Failures are forgotten this long after the last one.
const MEMORY: Duration = Duration::from_secs(3600);

/// Names remembered at once; the one that failed longest ago gives way.
const NAMES_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Lockout(HashMap<String, Failures>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Lockout {
    /// How much longer `name` has to wait; nothing when it may try.
    pub fn wait(&self, name: &str, now: Timestamp) -> Option<Duration> {
        let failures = self.0.get(name)?;
        let left = wait_after(failures.count).saturating_sub(now.since(failures.last));
        (!left.is_zero()).then_some(left)
    }

    pub fn failed(&mut self, name: &str, now: Timestamp) {
        if !self.0.contains_key(name) {
            self.make_room(now);
        }
        let failures = self.0.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
        if now.since(failures.last) >= MEMORY {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    pub fn succeeded(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.0.len() < NAMES_MAX {
            return;
        }
        self.0.retain(|_, failures| now.since(failures.last) < MEMORY);
        if self.0.len() < NAMES_MAX {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, failures)| failures.last).map(|(name, _)| name.clone());
        if let Some(name) = oldest {
            self.0.remove(&name);
        }
    }
}

/// One second after the fifth failure, then twice as long each time, up to [`WAIT_MAX`].
fn wait_after(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE_FAILURES) else { return Duration::ZERO };
    let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).min(WAIT_MAX)
}

#[cfg(test)]
mod tests;
