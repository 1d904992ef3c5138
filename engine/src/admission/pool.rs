//! What runs under one limit, and for whom the limit is reserved.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::book::Id;

/// Whose limit it is. A statement draws on one pool of each kind, in this order, from the narrowest to the widest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    User(Arc<str>),
    Member { group: Arc<str>, user: Arc<str> },
    Door(&'static str),
    Group(Arc<str>),
    Process,
}

/// The kinds of scopes.
pub const LEVELS: usize = 5;

/// What may run at once.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub running_max: NonZeroU32,
    pub bytes_max: u64,
}

/// What runs under a limit.
#[derive(Debug, Default)]
pub struct Pool {
    /// Statements that wait for it or run in it; without any, the pool can be forgotten.
    pub members: usize,
    pub running: u32,
    pub bytes: u64,
    pub reserved: Option<Reserved>,
    rest: Option<Rest>,
}

/// Room that is kept for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    pub id: Id,
    pub bytes: u64,
}

/// The time in which nothing is reserved again.
#[derive(Debug)]
struct Rest {
    starts: u32,
    since: Instant,
}

impl Pool {
    /// Whether a statement has room beside what runs and what is reserved for another. More memory than the limit allows fits
    /// where nobody holds any.
    pub fn fits(&self, bytes: u64, bound: Bound, reserved: Option<Reserved>) -> bool {
        let running = self.running.saturating_add(u32::from(reserved.is_some()));
        let held = u128::from(self.bytes) + reserved.map_or(0, |reserved| u128::from(reserved.bytes));
        let memory = bytes == 0 || held == 0 || held + u128::from(bytes) <= u128::from(bound.bytes_max);
        running < bound.running_max.get() && memory
    }

    pub fn take(&mut self, id: Id, bytes: u64, now: Instant) {
        self.running += 1;
        self.bytes += bytes;
        if self.cancel_reservation(id) {
            self.rest = Some(Rest { starts: 0, since: now });
        } else if let Some(rest) = &mut self.rest {
            rest.starts = rest.starts.saturating_add(1);
        }
    }

    pub fn give_back(&mut self, bytes: u64) {
        self.running -= 1;
        self.bytes -= bytes;
    }

    /// Whether it was reserved for the statement.
    pub fn cancel_reservation(&mut self, id: Id) -> bool {
        self.reserved.take_if(|reserved| reserved.id == id).is_some()
    }

    /// Whether it can be reserved: it is not, and others had their time since the last one.
    pub fn can_be_reserved(&self, starts_min: u32, time_min: Duration, now: Instant) -> bool {
        let over = |rest: &Rest| rest.starts >= starts_min || now.duration_since(rest.since) >= time_min;
        self.reserved.is_none() && self.rest.as_ref().is_none_or(over)
    }
}
