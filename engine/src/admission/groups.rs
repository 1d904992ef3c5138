//! The groups of a process, from its configuration.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::config::{Admission as Config, GroupConfig};

use super::limits::{Group, Limits};

/// The group of people who wait for an answer.
pub const INTERACTIVE: &str = "interactive";
/// The group of jobs.
pub const BATCH: &str = "batch";

/// How often an interactive statement starts for each of a job's, when both wait.
const INTERACTIVE_WEIGHT: NonZeroU32 = NonZeroU32::new(4).unwrap();
/// Statements at a time for each core, unless the configuration says otherwise: some wait for stores or for slow readers.
const RUNNING_PER_CORE: u32 = 8;

/// The queue of a process.
#[derive(Debug, Clone)]
pub struct Queue {
    pub limits: Limits,
    /// The two that are always there, and those of the configuration.
    pub groups: Vec<Arc<Group>>,
    /// How long a statement may run unless its session says otherwise.
    pub statement_timeout: Option<Duration>,
    /// How long a batch of rows may wait: of a result, to be taken; of a load, to come.
    pub abandoned_after: Option<Duration>,
}

impl Queue {
    /// `memory_bytes` is that of all statements together.
    pub fn new(config: &Config, memory_bytes: u64, cores: usize) -> Self {
        let cores = u32::try_from(cores).unwrap_or(1).max(1);
        let default = NonZeroU32::MIN.saturating_add(cores.saturating_mul(RUNNING_PER_CORE) - 1);
        let limits = Limits {
            running_max: config.running_max.unwrap_or(default),
            bytes_max: memory_bytes,
            user_running_max: config.user_running_max.unwrap_or(NonZeroU32::MAX),
            door_running_max: config.doors.iter().copied().collect(),
            ..Limits::default()
        };
        let interactive = Group { weight: INTERACTIVE_WEIGHT, ..group(INTERACTIVE, config) };
        let mut groups = vec![interactive, group(BATCH, config)];
        for given in &config.groups {
            let at = groups.iter().position(|group| *group.name == *given.name);
            let base = at.map_or_else(|| group(&given.name, config), |at| groups.remove(at));
            groups.push(with(base, given, memory_bytes));
        }
        Self {
            limits,
            groups: groups.into_iter().map(Arc::new).collect(),
            statement_timeout: config.statement_timeout,
            abandoned_after: config.abandoned_after,
        }
    }
}

fn group(name: &str, config: &Config) -> Group {
    let queued_max = config.queued_max;
    // One user alone does not fill the queue.
    Group { queued_max, user_queued_max: (queued_max / 2).max(1), wait_max: config.wait_max, ..Group::new(name) }
}

fn with(base: Group, given: &GroupConfig, memory_bytes: u64) -> Group {
    Group {
        weight: given.weight.unwrap_or(base.weight),
        running_max: given.running_max.unwrap_or(base.running_max),
        user_running_max: given.user_running_max.unwrap_or(base.user_running_max),
        bytes_max: given.memory.map_or(base.bytes_max, |memory| memory.resolve(memory_bytes)),
        ..base
    }
}
