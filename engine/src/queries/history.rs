//! The statements that have ended, until they are in the table.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huitong_catalog::{Code, Error, Result};
use tokio::sync::{Notify, RwLock};

use super::journal::{self, Journal};
use super::record::Record;

/// Bytes of records that are kept in memory; of more, the oldest are in the journal only, and lists leave them out until they are in
/// the table.
const MEMORY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes in the journal after which the table is written without waiting for its time.
const HURRY_BYTES: usize = 4 * 1024 * 1024;

/// Records that are not in the table.
#[derive(Debug)]
pub(crate) struct History {
    inner: Mutex<Inner>,
    /// Held while the table is written or opened: no list has a record twice, or misses it.
    pub table: RwLock<()>,
    pub hurry: Notify,
}

#[derive(Debug)]
struct Inner {
    journal: Journal,
    recent: VecDeque<(PathBuf, Arc<Record>)>,
    recent_bytes: usize,
    /// Since the table was written last.
    new_bytes: usize,
}

impl History {
    /// With what an earlier process has left.
    pub fn open(dir: PathBuf) -> Result<Self> {
        let mut inner = Inner { journal: Journal::open(dir)?, recent: VecDeque::new(), recent_bytes: 0, new_bytes: 0 };
        for path in inner.journal.files().map_err(unreadable)? {
            for record in journal::read(&path).map_err(unreadable)? {
                inner.keep(path.clone(), Arc::new(record));
            }
        }
        Ok(Self { inner: Mutex::new(inner), table: RwLock::default(), hurry: Notify::new() })
    }

    pub fn add(&self, record: Record) {
        let (mut inner, record) = (self.inner(), Arc::new(record));
        let path = match inner.journal.append(&record) {
            Ok(path) => path,
            Err(error) => {
                inner.journal.close();
                let (query, user, state) = (&record.query_id, &record.user, &record.state);
                tracing::error!(%error, query, user, state, "the record of a statement is lost: the journal cannot be written");
                return;
            }
        };
        inner.keep(path, record);
        if inner.new_bytes >= HURRY_BYTES {
            self.hurry.notify_one();
        }
    }

    /// Records that are not in the table, the oldest first.
    pub fn recent(&self) -> Vec<Arc<Record>> {
        self.inner().recent.iter().map(|(_, record)| record.clone()).collect()
    }

    /// The files whose records are to be brought into the table; nothing is added to them any more.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut inner = self.inner();
        inner.journal.close();
        inner.new_bytes = 0;
        inner.journal.files().map_err(unreadable)
    }

    /// The records of a file are in the table.
    pub fn forget(&self, path: &Path) -> Result<()> {
        let mut inner = self.inner();
        std::fs::remove_file(path).map_err(unreadable)?;
        inner.recent.retain(|(in_file, _)| in_file != path);
        inner.recent_bytes = inner.recent.iter().map(|(_, record)| record.size_bytes()).sum();
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn keep(&mut self, path: PathBuf, record: Arc<Record>) {
        let bytes = record.size_bytes();
        self.new_bytes += bytes;
        self.recent_bytes += bytes;
        self.recent.push_back((path, record));
        while self.recent_bytes > MEMORY_BYTES_MAX
            && let Some((_, oldest)) = self.recent.pop_front()
        {
            self.recent_bytes -= oldest.size_bytes();
        }
    }
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("the journal of statements cannot be read: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: usize, error_bytes: usize) -> Record {
        Record { query_id: id.to_string(), error: Some("x".repeat(error_bytes)), ..Record::default() }
    }

    #[test]
    fn what_was_left_is_there_again_until_it_is_in_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(dir.path().to_path_buf()).unwrap();
        history.add(record(1, 0));
        drop(history);
        let history = History::open(dir.path().to_path_buf()).unwrap();
        history.add(record(2, 0));
        let ids = || history.recent().iter().map(|r| r.query_id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(), ["1", "2"]);
        let files = history.files().unwrap();
        assert_eq!(files.len(), 2);
        history.add(record(3, 0));
        files.iter().for_each(|file| history.forget(file).unwrap());
        assert_eq!(ids(), ["3"]);
        assert_eq!(history.files().unwrap().len(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_journal_has_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(dir.path().to_path_buf()).unwrap();
        (0..40).for_each(|id| history.add(record(id, 1024 * 1024)));
        let kept = history.recent();
        assert!(kept.len() < 17 && kept.last().is_some_and(|last| last.query_id == "39"), "{}", kept.len());
        let written = history.files().unwrap().iter().map(|file| journal::read(file).unwrap().len()).sum::<usize>();
        assert_eq!(written, 40);
        history.files().unwrap().iter().for_each(|file| history.forget(file).unwrap());
        assert_eq!(history.inner().recent_bytes, 0);
    }
}
