//! A statement that wants to start, and why it may not.

use std::sync::Arc;
use std::time::Duration;

use super::limits::Group;

/// A statement that wants to start.
#[derive(Clone, Debug)]
pub struct Ask {
    pub user: String,
    /// The protocol that it came by.
    pub door: &'static str,
    /// A statement is held to the limits of the group as they were when it asked; groups of one name are one group.
    pub group: Arc<Group>,
    /// Estimated memory. Without any, a statement never waits for memory.
    pub bytes: u64,
}

/// Why a statement may not start. Nothing of it has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many statements of the group wait as may.
    Full { group: String, queued: usize },
    /// As many statements of this user wait in the group as may; others still get in.
    UserFull { group: String, queued: usize },
    /// No place came free in time.
    TooLong { waited: Duration },
}
