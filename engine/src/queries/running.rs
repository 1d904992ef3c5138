//! The statements that run now, so that whoever started one can ask how far it is, and end it from another connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::trace::Trace;

/// Running statements in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<Listed>);

#[derive(Debug, Default)]
struct Listed {
    next: u64,
    traces: BTreeMap<u64, Arc<Trace>>,
}

impl Running {
    /// Lists a statement until the answer is dropped.
    pub fn enter(self: &Arc<Self>, trace: Arc<Trace>) -> Entry {
        let mut listed = self.lock();
        let number = listed.next;
        listed.next += 1;
        listed.traces.insert(number, trace);
        Entry { running: self.clone(), number }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Arc<Trace>> {
        self.lock().traces.values().cloned().collect()
    }

    pub fn get(&self, id: &str) -> Option<Arc<Trace>> {
        self.lock().traces.values().find(|trace| trace.id == id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement on the list.
#[derive(Debug)]
pub(crate) struct Entry {
    running: Arc<Running>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.lock().traces.remove(&self.number);
    }
}
