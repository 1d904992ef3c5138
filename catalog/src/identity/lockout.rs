//! Slows down guessing: after a few failures, a user name has to wait, longer each time.
//!
//! The wait is bounded, since an attacker could otherwise lock a user out for ever; and it applies to names that do not
//! exist just as well, since it would otherwise tell which do. It lives in memory: a restart forgives.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Timestamp;

/// How much guessing is slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutRules {
    /// Failures that cost nothing: typing mistakes.
    pub free_failures: u32,
    pub wait_max: Duration,
    /// Failures are forgotten this long after the last one.
    pub memory: Duration,
}

impl Default for LockoutRules {
    fn default() -> Self {
        Self { free_failures: 5, wait_max: Duration::from_secs(300), memory: Duration::from_secs(3600) }
    }
}

/// Names remembered at once; the one that failed longest ago gives way.
const NAMES_MAX: usize = 10_000;

#[derive(Debug)]
pub(super) struct Lockout {
    rules: LockoutRules,
    names: HashMap<String, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Lockout {
    pub fn new(rules: LockoutRules) -> Self {
        Self { rules, names: HashMap::new() }
    }

    /// How much longer `name` has to wait; nothing when it may try.
    pub fn wait(&self, name: &str, now: Timestamp) -> Option<Duration> {
        let failures = self.names.get(name)?;
        let left = self.rules.wait_after(failures.count).saturating_sub(now.since(failures.last));
        (!left.is_zero()).then_some(left)
    }

    pub fn failed(&mut self, name: &str, now: Timestamp) {
        if !self.names.contains_key(name) {
            self.make_room(now);
        }
        let failures = self.names.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
        if now.since(failures.last) >= self.rules.memory {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    pub fn succeeded(&mut self, name: &str) {
        self.names.remove(name);
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.names.len() < NAMES_MAX {
            return;
        }
        let memory = self.rules.memory;
        self.names.retain(|_, failures| now.since(failures.last) < memory);
        if self.names.len() < NAMES_MAX {
            return;
        }
        let oldest = self.names.iter().min_by_key(|(_, failures)| failures.last).map(|(name, _)| name.clone());
        if let Some(name) = oldest {
            self.names.remove(&name);
        }
    }
}

impl LockoutRules {
    /// One second after the last free failure, then twice as long each time, up to the longest wait.
    fn wait_after(self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free_failures) else { return Duration::ZERO };
        let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        Duration::from_secs(seconds).min(self.wait_max)
    }
}

#[cfg(test)]
mod tests;
