//! Files by the names that the log has for them.
//!
//! A path in a log is a URI, and writers encode it in different ways: Spark leaves `人` as it is, delta-rs writes `%E4%BA%BA`. Who
//! reads a log compares paths letter by letter, so a file that is removed under another spelling than it was added stays in the
//! table, and its rows are there twice. The library keeps paths decoded and spells all of them in its own way; here a commit gets back
//! the spelling that it replaces.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use async_trait::async_trait;
use bytes::Bytes;
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::transaction::TransactionError;
use deltalake_core::kernel::{Remove, Snapshot};
use deltalake_core::logstore::{CommitOrBytes, LogStore, LogStoreConfig, LogStoreRef};
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;
use serde_json::{Value, json};
use uuid::Uuid;

/// A log whose commits name the files of `snapshots` as they name them. `paths` are those that the commit may name, decoded.
pub async fn kept<'a>(
    log: LogStoreRef,
    snapshots: impl IntoIterator<Item = &'a Snapshot>,
    paths: impl IntoIterator<Item = &'a str>,
) -> Result<LogStoreRef, DeltaTableError> {
    if paths.into_iter().all(is_spelled_in_one_way) {
        return Ok(log);
    }
    let mut spellings = HashMap::new();
    for snapshot in snapshots {
        let mut files = snapshot.files(log.as_ref(), None);
        while let Some(batch) = files.try_next().await? {
            let Some(paths) = batch.column_by_name("path") else { continue };
            let paths = cast(paths, &DataType::Utf8)?;
            let named = paths.as_string::<i32>().iter().flatten().filter(|path| !is_spelled_in_one_way(path));
            spellings.extend(named.filter_map(|path| Some((decoded(path)?, path.to_owned()))));
        }
    }
    Ok(Arc::new(Kept { log, spellings }))
}

/// Whether a path has no character that any writer encodes.
fn is_spelled_in_one_way(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~=".contains(&byte))
}

/// The path behind a spelling, as the library sees it.
fn decoded(path: &str) -> Option<String> {
    let remove: Remove = serde_json::from_value(json!({"path": path, "dataChange": false})).ok()?;
    Some(remove.path)
}

struct Kept {
    log: LogStoreRef,
    /// By the decoded path.
    spellings: HashMap<String, String>,
}

/// A commit with the spellings of the files that it names.
fn respelled(commit: &[u8], spellings: &HashMap<String, String>) -> serde_json::Result<Bytes> {
    let mut spelled = Vec::with_capacity(commit.len());
    for line in commit.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let mut action: Value = serde_json::from_slice(line)?;
        for kind in ["add", "remove"] {
            let Some(path) = action.get_mut(kind).and_then(|file| file.get_mut("path")) else { continue };
            let kept = path.as_str().and_then(decoded).and_then(|path| spellings.get(&path));
            if let Some(kept) = kept {
                *path = Value::from(kept.as_str());
            }
        }
        serde_json::to_writer(&mut spelled, &action)?;
        spelled.push(b'\n');
    }
    Ok(spelled.into())
}

#[async_trait]
impl LogStore for Kept {
    fn name(&self) -> String {
        self.log.name()
    }

    async fn read_commit_entry(&self, version: u64) -> Result<Option<Bytes>, DeltaTableError> {
        self.log.read_commit_entry(version).await
    }

    async fn write_commit_entry(
        &self,
        version: u64,
        commit: CommitOrBytes,
        operation: Uuid,
    ) -> Result<(), TransactionError> {
        let told = |json_err| TransactionError::SerializeLogJson { json_err };
        let commit = match commit {
            CommitOrBytes::LogBytes(bytes) => {
                CommitOrBytes::LogBytes(respelled(&bytes, &self.spellings).map_err(told)?)
            }
            // Of log stores that ours are not.
            other @ CommitOrBytes::TmpCommit(_) => other,
        };
        self.log.write_commit_entry(version, commit, operation).await
    }

    async fn abort_commit_entry(
        &self,
        version: u64,
        commit: CommitOrBytes,
        operation: Uuid,
    ) -> Result<(), TransactionError> {
        self.log.abort_commit_entry(version, commit, operation).await
    }

    async fn get_latest_version(&self, start: u64) -> Result<u64, DeltaTableError> {
        self.log.get_latest_version(start).await
    }

    fn object_store(&self, operation: Option<Uuid>) -> Arc<dyn ObjectStore> {
        self.log.object_store(operation)
    }

    fn root_object_store(&self, operation: Option<Uuid>) -> Arc<dyn ObjectStore> {
        self.log.root_object_store(operation)
    }

    fn config(&self) -> &LogStoreConfig {
        self.log.config()
    }

    fn to_uri(&self, location: &Path) -> String {
        self.log.to_uri(location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_plain_letters_have_one_spelling() {
        assert!(is_spelled_in_one_way("p=2026-01-01/part-00000-1f.c000.snappy.parquet"));
        for path in ["p=人/a.parquet", "p=%2F/a.parquet", "p=a b/a.parquet", "a+b.parquet"] {
            assert!(!is_spelled_in_one_way(path), "{path}");
        }
        assert_eq!(decoded("p=%E4%BA%BA/a%2520b.parquet").as_deref(), Some("p=人/a%20b.parquet"));
    }

    #[test]
    fn a_file_is_removed_as_it_was_added() {
        let spellings = HashMap::from([("p=人 %2F/a.parquet".to_owned(), "p=人%20%252F/a.parquet".to_owned())]);
        let commit = "{\"commitInfo\":{\"n\":9007199254740993}}\n{\"remove\":{\"path\":\"p=%E4%BA%BA%20%252F/a.parquet\"}}\n\
                      {\"add\":{\"path\":\"p=%E4%BA%BA%20%252F/b.parquet\"}}";
        let spelled = respelled(commit.as_bytes(), &spellings).expect("a commit");
        let expected = commit.replace("p=%E4%BA%BA%20%252F/a.parquet", "p=人%20%252F/a.parquet") + "\n";
        assert_eq!(spelled, expected);
    }
}
