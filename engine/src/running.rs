//! The queries that run now, so that whoever started one can ask how far it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::Backend;
use crate::session::Door;

/// Running queries by id.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<String, Query>>);

/// Who runs a query, and where.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub user: String,
    pub group: String,
    pub door: Door,
    /// Before it began.
    pub waited: Duration,
    pub since: Instant,
    pub backend: Arc<dyn Backend>,
}

impl Running {
    /// Lists a query until the answer is dropped.
    pub fn enter(self: &Arc<Self>, id: &str, query: Query) -> Entry {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), query);
        Entry { running: self.clone(), id: id.to_owned() }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<(String, Query)> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = running.iter().map(|(id, query)| (id.clone(), query.clone())).collect();
        drop(running);
        all.sort_by_key(|(_, query)| query.since);
        all
    }

    pub fn get(&self, id: &str) -> Option<Query> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// A query on the list.
#[derive(Debug)]
pub(crate) struct Entry {
    running: Arc<Running>,
    id: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
