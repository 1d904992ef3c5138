//! One Delta commit for the files of one statement.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, UInt64Type};
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitData, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, Add, EagerSnapshot, Remove, Snapshot, StructType, Transaction};
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use huitong_catalog::{Code, Error};
use object_store::path::Path;
use serde_json::json;
use uuid::Uuid;

use super::definition;
use crate::error::Carried;
use crate::tables::checkpoint;

/// Version of a mark: there is one for each effect.
const ONCE: i64 = 1;
/// Key of the statement's id in a commit.
const QUERY: &str = "huitong.query";
/// How often a commit may lose its place to one that it steps over.
const OVERTAKEN_MAX: usize = 100;

/// Who and what a commit is for; kept in the commit itself.
#[derive(Debug, Clone)]
pub struct Provenance {
    pub query_id: String,
    pub user: String,
    /// Names an effect that may be asked for twice and is had once: the step of a job's run.
    pub once: Option<String>,
}

impl Provenance {
    /// The mark that a commit leaves of it (Delta protocol, "Transaction Identifiers").
    fn mark(&self) -> Option<Action> {
        let once = self.once.as_ref()?;
        Some(Action::Txn(Transaction { app_id: once.clone(), version: ONCE, last_updated: None }))
    }
}

/// The files that a write named.
#[derive(Debug, Default)]
pub struct Files {
    adds: Vec<Add>,
    pub rows: u64,
}

impl Files {
    /// Reads the answer of a write; `root` is the table's path in the store, `now_ms` the commit's time.
    pub fn read(batches: &[RecordBatch], root: &Path, now_ms: i64) -> Result<Self, serde_json::Error> {
        let mut files = Self::default();
        for batch in batches {
            let (paths, stats) = (batch.column(0).as_string::<i32>(), batch.column(3).as_string::<i32>());
            let values = batch.column(4).as_string::<i32>();
            let (sizes, rows) =
                (batch.column(1).as_primitive::<UInt64Type>(), batch.column(2).as_primitive::<UInt64Type>());
            for index in 0..batch.num_rows() {
                files.rows += rows.value(index);
                files.adds.push(Add {
                    path: relative(paths.value(index), root),
                    size: i64::try_from(sizes.value(index)).unwrap_or(i64::MAX),
                    modification_time: now_ms,
                    data_change: true,
                    stats: Some(stats.value(index).to_owned()),
                    partition_values: serde_json::from_str(values.value(index))?,
                    ..Add::default()
                });
            }
        }
        Ok(files)
    }

    /// The same rows as before in other files: readers of changes have nothing to see.
    pub fn rearranged(mut self) -> Self {
        for add in &mut self.adds {
            add.data_change = false;
        }
        self
    }

    /// Whether all files hold rows that were in the table before.
    pub fn is_rearranged(&self) -> bool {
        !self.adds.is_empty() && self.adds.iter().all(|add| !add.data_change)
    }

    /// The files of two writes of one statement.
    pub fn and(mut self, other: Self) -> Self {
        self.rows += other.rows;
        self.adds.extend(other.adds);
        self
    }

    /// Paths as the log names them.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.adds.iter().map(|add| add.path.as_str())
    }

    fn actions(self) -> Vec<Action> {
        self.adds.into_iter().map(Action::Add).collect()
    }
}

/// Adds files to a table, provided that its columns and what it asks of writers are as in `base`, for which they were
/// written. Other commits in between are stepped over: what an append adds depends on no row.
pub async fn append(
    base: Arc<Snapshot>,
    files: Files,
    log: LogStoreRef,
    provenance: &Provenance,
) -> Result<Committed, DeltaTableError> {
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
    let commit = Commit { base, actions: files.actions(), operation, passes: &[Kind::Append, Kind::Rows] };
    commit.write(log, provenance).await
}

/// A change of a table's definition, computed from a version.
#[derive(Debug)]
pub struct Redefinition {
    pub base: Arc<Snapshot>,
    pub actions: Vec<Action>,
    pub operation: DeltaOperation,
    /// Whether it depends on the rows that the version had, as a new constraint does.
    pub of_rows: bool,
}

/// Commits a change of a table's definition, provided that nobody else changed that in between, nor rows on which it depends.
pub async fn redefine(
    redefinition: Redefinition,
    log: LogStoreRef,
    provenance: &Provenance,
) -> Result<Committed, DeltaTableError> {
    let Redefinition { base, actions, operation, of_rows } = redefinition;
    let passes: &[Kind] = if of_rows { &[] } else { &[Kind::Append, Kind::Rows] };
    Commit { base, actions, operation, passes }.write(log, provenance).await
}

/// Files of a version that a statement read, and what it puts in their place.
#[derive(Debug)]
pub struct Replacement {
    pub base: Arc<Snapshot>,
    pub removed: Vec<Remove>,
    pub added: Files,
    pub operation: DeltaOperation,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// As this version.
    As(u64),
    /// Somebody else came in between with a change that this one cannot step over; nothing was committed.
    Overtaken,
}

impl Committed {
    /// Lets the log be looked after.
    fn told(self, log: &LogStoreRef) -> Self {
        if let Self::As(version) = self {
            checkpoint::after(log, version);
        }
        self
    }
}

/// Commits a replacement, provided that only rows were added since the version that it was computed from. (Delta's
/// WriteSerializable isolation: an append in between is as if it had come after. Any other commit may have moved rows
/// into what the statement was looking for.)
pub async fn replace(
    replacement: Replacement,
    log: LogStoreRef,
    provenance: &Provenance,
) -> Result<Committed, DeltaTableError> {
    let Replacement { base, removed, added, operation } = replacement;
    let actions = removed.into_iter().map(Action::Remove).chain(added.actions()).collect();
    Commit { base, actions, operation, passes: &[Kind::Append] }.write(log, provenance).await
}

/// What is to be committed.
struct Commit {
    /// The version that it was computed from.
    base: Arc<Snapshot>,
    actions: Vec<Action>,
    operation: DeltaOperation,
    /// Kinds of commits by others that may come in between.
    passes: &'static [Kind],
}

impl Commit {
    /// A store may have taken a commit although its answer was lost; the request is then sent again and told that the version is
    /// there. So a commit in between may be this one, and one that failed may have come to pass.
    async fn write(self, log: LogStoreRef, provenance: &Provenance) -> Result<Committed, DeltaTableError> {
        let mut seen = self.base.clone();
        let mut is_sent = false;
        for _ in 0..OVERTAKEN_MAX {
            match self.attempt(&log, &mut seen, &mut is_sent, provenance).await {
                Ok(None) => {}
                Ok(Some(outcome)) => return Ok(outcome.told(&log)),
                Err(error) if !is_sent => return Err(error),
                Err(error) => {
                    let settled = settled(&log, seen.version(), provenance).await?;
                    return settled.map(|version| Committed::As(version).told(&log)).ok_or(error);
                }
            }
        }
        let outcome = settled(&log, seen.version(), provenance).await?.map(Committed::As);
        Ok(outcome.unwrap_or(Committed::Overtaken).told(&log))
    }

    /// None if the version's number was taken.
    async fn attempt(
        &self,
        log: &LogStoreRef,
        seen: &mut Arc<Snapshot>,
        is_sent: &mut bool,
        provenance: &Provenance,
    ) -> Result<Option<Committed>, DeltaTableError> {
        let snapshot = seen.clone().update(log.engine(None), None).await?;
        let newest = snapshot.version();
        if let Some(outcome) = self.between(log, seen.version() + 1..=newest, provenance).await? {
            return Ok(Some(outcome));
        }
        *seen = snapshot;
        // Somebody who was thought gone has done it.
        if is_marked(log, Some(newest), provenance).await? {
            return Ok(Some(Committed::As(newest)));
        }
        *is_sent = true;
        // Not by the library's own commit: that reads the whole table's log each time, knows no subqueries, and takes its own
        // commit, if the answer was lost, for somebody else's.
        let actions = self.actions.iter().cloned().chain(provenance.mark()).collect();
        let commit = CommitData::new(actions, self.operation.clone(), metadata(provenance), Vec::new());
        let bytes = CommitOrBytes::LogBytes(commit.get_bytes()?);
        match log.write_commit_entry(newest + 1, bytes, Uuid::new_v4()).await {
            Ok(()) => Ok(Some(Committed::As(newest + 1))),
            Err(TransactionError::VersionAlreadyExists(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What commits by others mean for this one; none if it may step over them.
    async fn between(
        &self,
        log: &LogStoreRef,
        versions: RangeInclusive<u64>,
        provenance: &Provenance,
    ) -> Result<Option<Committed>, DeltaTableError> {
        let mut overtaken = None;
        for version in versions {
            match kind(log.read_commit_entry(version).await?.as_deref(), provenance) {
                Kind::Ours => return Ok(Some(Committed::As(version))),
                other if self.passes.contains(&other) => {}
                _ => overtaken = Some(Committed::Overtaken),
            }
        }
        Ok(overtaken)
    }
}

/// Whether a version, or the newest one, holds the effect already.
pub async fn is_marked(
    log: &LogStoreRef,
    version: Option<u64>,
    provenance: &Provenance,
) -> Result<bool, DeltaTableError> {
    let Some(once) = &provenance.once else { return Ok(false) };
    let snapshot = EagerSnapshot::try_new(log.as_ref(), version).await?;
    Ok(snapshot.transaction_version(log.as_ref(), once).await?.is_some())
}

/// The version after `base` that this statement has committed, if there is one; an error that says so if the store does not tell.
pub async fn settled(log: &LogStoreRef, base: u64, provenance: &Provenance) -> Result<Option<u64>, DeltaTableError> {
    for version in base + 1..=base + OVERTAKEN_MAX as u64 {
        let Some(commit) = log.read_commit_entry(version).await.map_err(|_| unsettled())? else { return Ok(None) };
        if kind(Some(&commit), provenance) == Kind::Ours {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

fn unsettled() -> DeltaTableError {
    let text = "the store stopped answering during the commit, so the statement may have taken effect";
    let error = Error::new(Code::STORE_UNAVAILABLE, text).with_hint("look before you repeat it");
    DeltaTableError::GenericError { source: Box::new(Carried(error)) }
}

/// What a commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is that of the statement that asks.
    Ours,
    /// It added rows and did nothing else.
    Append,
    /// It added and removed rows.
    Rows,
    /// It may have done anything; so may one that cannot be read.
    Other,
}

fn kind(commit: Option<&[u8]>, provenance: &Provenance) -> Kind {
    let lines = commit.unwrap_or_default().split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut kind = if commit.is_some() { Kind::Append } else { Kind::Other };
    for line in lines {
        let Ok(action) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line) else {
            kind = Kind::Other;
            continue;
        };
        if action.get("commitInfo").is_some_and(|info| info[QUERY] == provenance.query_id.as_str()) {
            return Kind::Ours;
        }
        for key in action.keys() {
            kind = match (key.as_str(), kind) {
                ("add" | "commitInfo" | "txn", kind) => kind,
                ("remove" | "cdc", Kind::Append | Kind::Rows) => Kind::Rows,
                _ => Kind::Other,
            };
        }
    }
    kind
}

/// Makes a table with its first files, in one commit.
pub async fn create(
    log: LogStoreRef,
    name: &str,
    schema: SchemaRef,
    partitions: &[String],
    files: Files,
    provenance: &Provenance,
) -> Result<(), DeltaTableError> {
    let columns: StructType = schema.as_ref().try_into_kernel()?;
    let protocol = definition::protocol(&columns)?.map(Action::Protocol);
    let made = CreateBuilder::new()
        .with_log_store(log.clone())
        .with_table_name(name)
        .with_columns(columns.fields().cloned())
        .with_partition_columns(partitions)
        .with_actions(protocol.into_iter().chain(files.actions()).chain(provenance.mark()).collect::<Vec<_>>())
        // Zero: the library would take its own commit, if the answer was lost, for somebody else's and add a second one.
        .with_commit_properties(CommitProperties::default().with_metadata(metadata(provenance)).with_max_retries(0))
        .await;
    let Err(error) = made else { return Ok(()) };
    match log.read_commit_entry(0).await {
        Ok(Some(commit)) if kind(Some(&commit), provenance) == Kind::Ours => Ok(()),
        _ => Err(error),
    }
}

/// What a commit says about who made it.
pub fn metadata(provenance: &Provenance) -> HashMap<String, serde_json::Value> {
    HashMap::from([(QUERY.to_owned(), json!(provenance.query_id)), ("huitong.user".to_owned(), json!(provenance.user))])
}

fn relative(path: &str, root: &Path) -> String {
    path.strip_prefix(root.as_ref()).map_or(path, |rest| rest.trim_start_matches('/')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_whose_answer_was_lost_is_known_again() {
        let provenance = Provenance { query_id: "q-1".into(), user: "李雷".into(), once: None };
        let commit = |query: &str| {
            let info = json!({"commitInfo": {"operation": "UPDATE", "huitong.query": query}});
            format!("{info}\n{{\"remove\":{{}}}}\n{{\"add\":{{}}}}\n")
        };
        let kind = |text: &str| kind(Some(text.as_bytes()), &provenance);
        assert_eq!(kind(&commit("q-1")), Kind::Ours);
        assert_eq!(kind(&commit("q-2")), Kind::Rows);
        assert_eq!(kind(&format!("{}{{\"metaData\":{{}}}}\n", commit("q-2"))), Kind::Other);
        assert_eq!(kind("{\"protocol\":{}}\n{\"remove\":{}}\n"), Kind::Other);
        assert_eq!(kind("{\"commitInfo\":{}}\n\n{\"add\":{}}\n{\"txn\":{}}\n"), Kind::Append);
        assert_eq!(kind("{\"add\":{}}\nnot json"), Kind::Other);
        assert_eq!(super::kind(None, &provenance), Kind::Other);
    }
}
