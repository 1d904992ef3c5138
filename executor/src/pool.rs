//! The memory of one task.
//!
//! Several parts of a plan run in a task, and they do not begin at the same moment. DataFusion's `FairSpillPool` shares the
//! memory out among the operators that have begun, so the first may fill it, and one that begins later fails at its first
//! byte although the others could spill; and the merge of what was spilled takes all that it can get. Here each has a share
//! that leaves room for the others.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};

/// Sorts that one part of a plan runs at the same time: those of the two inputs of a sort-merge join.
const SORTS_PER_PART: usize = 2;
/// Of a hundred bytes, how many all operators that can spill may hold together.
const SPILLING_PERCENT: usize = 45;
/// The same for the merges of what was spilled. A merge takes whatever it gets, to read more files at once.
const MERGING_PERCENT: usize = 35;
/// How DataFusion calls those merges.
const MERGE: &str = "ExternalSorterMerge";

/// A pool for as many parts as run at a time.
#[derive(Debug)]
pub struct TaskPool {
    bytes: usize,
    parts: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Spilling,
    Merging,
    /// Tables of hash joins and aggregates, and whatever else cannot give way.
    Other,
}

impl Kind {
    fn of(consumer: &MemoryConsumer) -> Self {
        match consumer.can_spill() {
            true => Self::Spilling,
            false if consumer.name().starts_with(MERGE) => Self::Merging,
            false => Self::Other,
        }
    }
}

#[derive(Debug, Default)]
struct Used {
    bytes: usize,
    spilling: usize,
    merging: usize,
}

impl Used {
    fn count(&mut self, kind: Kind) -> Option<&mut usize> {
        match kind {
            Kind::Spilling => Some(&mut self.spilling),
            Kind::Merging => Some(&mut self.merging),
            Kind::Other => None,
        }
    }
}

impl TaskPool {
    pub fn new(bytes: usize, parts: usize) -> Self {
        Self { bytes, parts, used: Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The most that an operator of a kind may hold, whatever is free.
    fn share(&self, used: &Used, kind: Kind) -> usize {
        let (percent, operators) = match kind {
            Kind::Spilling => (SPILLING_PERCENT, used.spilling),
            Kind::Merging => (MERGING_PERCENT, used.merging),
            Kind::Other => return self.bytes,
        };
        self.bytes / 100 * percent / operators.max(self.parts * SORTS_PER_PART).max(1)
    }
}

impl fmt::Display for TaskPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a task's {}", human_readable_size(self.bytes))
    }
}

impl MemoryPool for TaskPool {
    fn name(&self) -> &'static str {
        "task"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if let Some(count) = self.used().count(Kind::of(consumer)) {
            *count += 1;
        }
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if let Some(count) = self.used().count(Kind::of(consumer)) {
            *count = count.saturating_sub(1);
        }
    }

    fn grow(&self, _reservation: &MemoryReservation, additional: usize) {
        self.used().bytes += additional;
    }

    fn shrink(&self, _reservation: &MemoryReservation, shrink: usize) {
        let mut used = self.used();
        used.bytes = used.bytes.saturating_sub(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let held = reservation.size();
        let mut used = self.used();
        let share = self.share(&used, Kind::of(reservation.consumer())).saturating_sub(held);
        let available = share.min(self.bytes.saturating_sub(used.bytes));
        if additional > available {
            return Err(DataFusionError::ResourcesExhausted(format!(
                "{} has {} and needs {} more; {} of {self} are left for it",
                reservation.consumer().name(),
                human_readable_size(held),
                human_readable_size(additional),
                human_readable_size(available),
            )));
        }
        used.bytes += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.used().bytes
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn pool() -> Arc<dyn MemoryPool> {
        Arc::new(TaskPool::new(1000, 2))
    }

    #[test]
    fn who_begins_first_leaves_room_for_the_others() {
        let pool = pool();
        let named = |name: String, spills| MemoryConsumer::new(name).with_can_spill(spills).register(&pool);
        let sorters: Vec<_> = (0..4).map(|i| named(format!("ExternalSorter[{i}]"), true)).collect();
        let merges: Vec<_> = (0..4).map(|i| named(format!("ExternalSorterMerge[{i}]"), false)).collect();
        for (sorter, merge) in sorters.iter().zip(&merges) {
            assert!(sorter.try_grow(113).is_err(), "a quarter of 45 % is the most");
            sorter.try_grow(112).expect("a share");
            assert!(merge.try_grow(88).is_err(), "a quarter of 35 % is the most");
            merge.try_grow(87).expect("a share");
        }
        let table = named("HashJoinInput".to_owned(), false);
        table.try_grow(204).expect("what is left");
        assert!(table.try_grow(1).is_err());
        sorters[0].free();
        table.try_grow(112).expect("what was freed");
        assert!(sorters[0].try_grow(1).is_err(), "the pool is full");
        assert_eq!(pool.reserved(), 1000);
    }

    #[test]
    fn more_operators_than_foreseen_get_smaller_shares() {
        let pool = pool();
        let register = |i| MemoryConsumer::new(format!("sort {i}")).with_can_spill(true).register(&pool);
        let sorters: Vec<_> = (0..10).map(register).collect();
        assert!(sorters[9].try_grow(46).is_err());
        sorters[9].try_grow(45).expect("a tenth of 45 %");
        drop(sorters);
        assert_eq!(pool.reserved(), 0);
    }
}
