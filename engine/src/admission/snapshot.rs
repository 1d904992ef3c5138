//! What people are told about the queue.

use std::sync::Arc;
use std::time::Duration;

/// One moment: those who wait in the order in which they came, and the groups that run or wait, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub waiting: Vec<Waiting>,
    pub groups: Vec<Load>,
}

/// A statement that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub user: Arc<str>,
    pub group: Arc<str>,
    pub door: &'static str,
    pub waited: Duration,
    pub bytes: u64,
}

/// What a group holds, and how many of its statements wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    pub group: Arc<str>,
    pub running: u32,
    pub bytes: u64,
    pub queued: usize,
}
