//! Rows that tasks of this process have written so far, so that whoever waits for a write can tell how far it is. Tasks of
//! other processes are not seen.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// One for the process: a task has come over the wire, even inside one process, and knows nothing of who started it.
static WRITING: LazyLock<Mutex<HashMap<String, Writing>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Writing {
    statements: usize,
    rows: u64,
}

fn writing() -> MutexGuard<'static, HashMap<String, Writing>> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A statement that writes a table; rows are counted while it lives.
pub struct Tally {
    table: String,
}

impl Tally {
    pub fn begin(table: String) -> Self {
        writing().entry(table.clone()).or_default().statements += 1;
        Self { table }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let mut writing = writing();
        if let Some(of_table) = writing.get_mut(&self.table) {
            of_table.statements -= 1;
            if of_table.statements == 0 {
                writing.remove(&self.table);
            }
        }
    }
}

/// More rows are written; nobody counts those of a statement that another process waits for.
pub fn add(table: &str, rows: usize) {
    if let Some(of_table) = writing().get_mut(table) {
        of_table.rows += rows as u64;
    }
}

/// Rows that the running statements have written into a table; those of a task that was tried again count twice. None when
/// nothing writes it.
pub fn rows(table: &str) -> Option<u64> {
    writing().get(table).map(|of_table| of_table.rows)
}

#[cfg(test)]
mod tests;
