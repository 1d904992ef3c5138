//! Small files, put together by themselves after many small appends.
//!
//! A commit only says that a table may have many small files now; a worker of the coordinator looks and rewrites them, one table
//! at a time, so a statement never waits for it. It gives way to all other changes: those that move rows would have to be computed
//! anew after its commit, and one that removes files which no version names could take those that it has just written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huitong_catalog::Result;
use huitong_catalog::names::TableName;
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};

use crate::engine::Engine;
use crate::statement::compact;
use crate::tables::version::TableVersion;

/// Small files that a table has before it is compacted, if it asks for that and the configuration does not.
const FILES: usize = 50;
/// Tables that wait to be looked at; more are looked at after a later append.
const WAITING_MAX: usize = 1000;
/// How long a table in which nothing was to be done, or whose rows are being changed, is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// The same for one where it failed.
const PAUSE_FAILED: Duration = Duration::from_secs(60);

/// Which tables are to be looked at, and which are being changed.
#[derive(Debug)]
pub struct Compaction {
    /// None if tables are left alone unless they ask for it.
    after_files: Option<usize>,
    inner: Mutex<Inner>,
    wake: Notify,
    /// Held during a commit, and by changes that must not begin during one.
    committing: Arc<AsyncMutex<()>>,
}

#[derive(Debug, Default)]
struct Inner {
    is_working: bool,
    waiting: BTreeSet<TableName>,
    /// Not to be looked at before.
    paused: BTreeMap<TableName, Instant>,
    changing: HashMap<TableName, usize>,
    /// The table that is looked at, and whether a change of it has begun since.
    looked_at: Option<(TableName, bool)>,
}

/// How a look at a table ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Compacted {
        files: usize,
        into: usize,
    },
    /// There are not enough small files.
    Nothing,
    /// Others are changing it.
    GaveWay,
}

impl Compaction {
    /// After so many small files; 0 leaves tables alone.
    pub fn new(after_files: usize) -> Self {
        Self {
            after_files: (after_files > 0).then_some(after_files),
            inner: Mutex::default(),
            wake: Notify::new(),
            committing: Arc::default(),
        }
    }

    /// How many small files a partition of this table has before it is compacted; none if it never is.
    pub fn after_files(&self, version: &TableVersion) -> Option<usize> {
        match version.auto_compact() {
            Some(false) => None,
            Some(true) => Some(self.after_files.unwrap_or(FILES)),
            None => self.after_files,
        }
    }

    /// Files were added to what was `version`.
    pub fn appended(&self, table: &TableName, version: &TableVersion) {
        if self.after_files(version).is_none_or(|after| version.files.len() + 1 < after) {
            return;
        }
        let mut inner = self.inner();
        if inner.is_working && inner.waiting.len() < WAITING_MAX {
            inner.waiting.insert(table.clone());
            self.wake.notify_one();
        }
    }

    /// A statement begins to change a table in a way that does not go together with rewriting it.
    pub fn changing(self: &Arc<Self>, table: &TableName) -> Changing {
        let mut inner = self.inner();
        *inner.changing.entry(table.clone()).or_default() += 1;
        if let Some((looked_at, disturbed)) = &mut inner.looked_at {
            *disturbed |= looked_at == table;
        }
        Changing { compaction: self.clone(), table: table.clone() }
    }

    /// The same for a change that must see a compaction's commit from its beginning, or never.
    pub async fn exclude(self: &Arc<Self>, table: &TableName) -> Changing {
        let _not_now = self.committing.lock().await;
        self.changing(table)
    }

    /// Begins to look at a table; false if others are changing it.
    fn look(&self, table: &TableName) -> bool {
        let mut inner = self.inner();
        inner.looked_at = Some((table.clone(), false));
        !inner.changing.contains_key(table)
    }

    /// The right to commit what was computed since the look; none if a change has begun meanwhile.
    pub async fn may_commit(&self, table: &TableName) -> Option<OwnedMutexGuard<()>> {
        let guard = self.committing.clone().lock_owned().await;
        let is_undisturbed = matches!(&self.inner().looked_at, Some((looked_at, false)) if looked_at == table);
        is_undisturbed.then_some(guard)
    }

    /// The next table to look at.
    async fn next(&self) -> TableName {
        loop {
            let woken = self.wake.notified();
            match self.take_ready() {
                Ok(table) => return table,
                Err(None) => woken.await,
                Err(Some(until)) => tokio::select! {
                    () = woken => {}
                    () = sleep_until(until) => {}
                },
            }
        }
    }

    /// A table that waits and may be looked at, or when there will be one.
    fn take_ready(&self) -> std::result::Result<TableName, Option<Instant>> {
        let (mut inner, now) = (self.inner(), Instant::now());
        inner.paused.retain(|_, until| *until > now);
        let ready = inner.waiting.iter().find(|table| !inner.paused.contains_key(*table)).cloned();
        match ready {
            Some(table) => {
                inner.waiting.remove(&table);
                Ok(table)
            }
            None => Err(inner.waiting.iter().filter_map(|table| inner.paused.get(table)).min().copied()),
        }
    }

    fn ended(&self, table: &TableName, outcome: &Result<Outcome>) {
        let pause = match outcome {
            Ok(Outcome::Compacted { files, into }) => {
                tracing::info!(%table, files, into, "small files were put together");
                None
            }
            Ok(Outcome::Nothing) => Some(PAUSE),
            Ok(Outcome::GaveWay) => {
                tracing::debug!(%table, "small files are not put together while the table is being changed");
                Some(PAUSE)
            }
            Err(error) => {
                tracing::warn!(%table, %error, "small files could not be put together; tried again after a later append");
                Some(PAUSE_FAILED)
            }
        };
        let mut inner = self.inner();
        inner.looked_at = None;
        inner.paused.extend(pause.map(|pause| (table.clone(), Instant::now() + pause)));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change that is under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Changing {
    compaction: Arc<Compaction>,
    table: TableName,
}

impl Drop for Changing {
    fn drop(&mut self) {
        let mut inner = self.compaction.inner();
        if let Some(count) = inner.changing.get_mut(&self.table) {
            *count -= 1;
            if *count == 0 {
                inner.changing.remove(&self.table);
            }
        }
    }
}

/// Compacts tables until the process is to stop; what is being computed then is dropped. Without it, none is compacted.
pub async fn work(engine: Arc<Engine>, stopped: impl Future<Output = ()>) {
    let compaction = engine.compaction().clone();
    compaction.inner().is_working = true;
    let working = async {
        loop {
            let table = compaction.next().await;
            let outcome = match compaction.look(&table) {
                true => {
                    // Apart from those who serve clients: what breaks there, or computes for long, is its own matter.
                    let (engine, table) = (engine.clone(), table.clone());
                    let threads = engine.clone();
                    threads.work().run(async move { compact(&engine, &table).await }).await
                }
                false => {
                    compaction.inner().waiting.insert(table.clone());
                    Ok(Outcome::GaveWay)
                }
            };
            compaction.ended(&table, &outcome);
        }
    };
    let (working, stopped) = (pin!(working), pin!(stopped));
    futures::future::select(working, stopped).await;
    let mut inner = compaction.inner();
    inner.is_working = false;
    inner.waiting.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableName {
        TableName::new("public", name).expect("a name")
    }

    #[tokio::test]
    async fn a_compaction_gives_way_to_changes() {
        let compaction = Arc::new(Compaction::new(10));
        let (a, b) = (table("a"), table("b"));
        assert!(compaction.look(&a));
        let other = compaction.changing(&b);
        assert!(compaction.may_commit(&a).await.is_some(), "another table's");
        assert!(!compaction.look(&b));
        drop(other);
        assert!(compaction.look(&b));
        drop(compaction.changing(&b));
        assert!(compaction.may_commit(&b).await.is_none(), "the change is over, but it was there");
        assert!(compaction.may_commit(&a).await.is_none(), "not the one that is looked at");
        assert!(compaction.look(&b));
        let committing = compaction.may_commit(&b).await.expect("undisturbed");
        let excluded = tokio::spawn({
            let (compaction, b) = (compaction.clone(), b.clone());
            async move { compaction.exclude(&b).await }
        });
        tokio::task::yield_now().await;
        assert!(!excluded.is_finished(), "it waits for the commit");
        drop(committing);
        excluded.await.expect("it goes on");
        assert!(compaction.inner().changing.is_empty());
    }

    #[tokio::test]
    async fn a_table_in_which_nothing_was_to_be_done_is_left_alone_for_a_moment() {
        let compaction = Compaction::new(10);
        let waits = |name: &str| {
            compaction.inner().waiting.insert(table(name));
        };
        waits("a");
        assert_eq!(compaction.next().await, table("a"));
        compaction.ended(&table("a"), &Ok(Outcome::Nothing));
        waits("a");
        waits("b");
        let begun = Instant::now();
        assert_eq!(compaction.next().await, table("b"));
        assert!(begun.elapsed() < PAUSE / 2);
        assert_eq!(compaction.next().await, table("a"));
        assert!(begun.elapsed() >= PAUSE);
        compaction.ended(&table("a"), &Ok(Outcome::Compacted { files: 10, into: 1 }));
        let begun = Instant::now();
        waits("a");
        compaction.next().await;
        assert!(begun.elapsed() < PAUSE / 2);
    }
}
