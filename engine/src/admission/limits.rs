//! What may run and what may wait.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Limits of the process.
#[derive(Clone, Debug)]
pub struct Limits {
    pub running_max: NonZeroU32,
    pub bytes_max: u64,
    /// Of one user, in all groups together.
    pub user_running_max: NonZeroU32,
    /// Of the doors that have a limit.
    pub door_running_max: HashMap<&'static str, NonZeroU32>,
    /// How often a statement whose turn it is may be passed over because it does not fit.
    pub passes_max: u32,
    /// How long after the first time it may be passed over.
    pub patience: Duration,
}

/// Nothing is limited but the waiting of large statements.
impl Default for Limits {
    fn default() -> Self {
        Self {
            running_max: NonZeroU32::MAX,
            bytes_max: u64::MAX,
            user_running_max: NonZeroU32::MAX,
            door_running_max: HashMap::new(),
            passes_max: 32,
            patience: Duration::from_secs(30),
        }
    }
}

/// Statements that share places, memory and a queue.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: Arc<str>,
    /// How much the group may hold, against the weights of the other groups that wait.
    pub weight: NonZeroU32,
    pub running_max: NonZeroU32,
    pub bytes_max: u64,
    pub queued_max: usize,
    pub wait_max: Duration,
    /// Of one user in this group.
    pub user_running_max: NonZeroU32,
    /// Below [`Self::queued_max`], or one user can fill the queue and lock the others out.
    pub user_queued_max: usize,
}

impl Group {
    /// A group of weight 1 that runs what the process allows; up to 1 000 statements, 500 of one user, wait for ten minutes.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            weight: NonZeroU32::MIN,
            running_max: NonZeroU32::MAX,
            bytes_max: u64::MAX,
            queued_max: 1_000,
            wait_max: Duration::from_secs(600),
            user_running_max: NonZeroU32::MAX,
            user_queued_max: 500,
        }
    }
}
