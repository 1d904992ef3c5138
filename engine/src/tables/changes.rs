//! What commits have changed since a version was read.
//!
//! A table of many files takes long to list. Most commits only add and remove some, so the list that is there is brought
//! up to date with them; any other commit lets the table be listed anew.

use std::collections::{BTreeMap, HashSet};

use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::logstore::LogStoreRef;

/// More commits than this are read faster from the table's checkpoint.
const COMMITS_MAX: u64 = 100;

/// Files that commits added and removed, in effect.
#[derive(Debug, Default)]
pub struct Changes {
    /// Paths of all files that were added or removed.
    pub touched: HashSet<String>,
    /// Those that are there in the end, by path.
    pub added: BTreeMap<String, Add>,
}

impl Changes {
    /// Changes by the commits after version `from` up to `to`; none if they cannot be told from the commits alone.
    pub async fn between(log: &LogStoreRef, from: u64, to: u64) -> Result<Option<Self>, DeltaTableError> {
        if to.saturating_sub(from) > COMMITS_MAX {
            return Ok(None);
        }
        let mut changes = Self::default();
        for version in from + 1..=to {
            match log.read_commit_entry(version).await? {
                Some(commit) if changes.add(&commit) => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(changes))
    }

    /// False if the commit did something else, too.
    fn add(&mut self, commit: &[u8]) -> bool {
        let lines = commit.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        for line in lines {
            match serde_json::from_slice(line) {
                Ok(Action::Add(file)) if file.deletion_vector.is_none() => {
                    self.touched.insert(file.path.clone());
                    self.added.insert(file.path.clone(), file);
                }
                Ok(Action::Remove(file)) if file.deletion_vector.is_none() => {
                    self.added.remove(&file.path);
                    self.touched.insert(file.path);
                }
                Ok(Action::CommitInfo(_) | Action::Txn(_)) => {}
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_follow_each_other() {
        let mut changes = Changes::default();
        let add = |path: &str| {
            let add = Add { path: path.into(), size: 1, data_change: true, ..Add::default() };
            serde_json::to_string(&Action::Add(add)).unwrap_or_default()
        };
        let remove = |path: &str| format!(r#"{{"remove":{{"path":"{path}","dataChange":true}}}}"#);
        let info = r#"{"commitInfo":{"operation":"WRITE"}}"#;
        assert!(changes.add(format!("{info}\n{}\n{}\n\n", add("a"), add("区=东 城/b")).as_bytes()));
        assert!(changes.add(format!("{}\n{}", remove("a"), remove("old")).as_bytes()));
        assert!(changes.add(format!("{}\n{}", remove("%E5%8C%BA=%E4%B8%9C%20%E5%9F%8E/b"), add("c")).as_bytes()));
        assert!(changes.add(add("区=东 城/b").as_bytes()));
        assert_eq!(changes.added.keys().collect::<Vec<_>>(), ["c", "区=东 城/b"]);
        let touched: std::collections::BTreeSet<_> = changes.touched.iter().map(String::as_str).collect();
        assert_eq!(touched.into_iter().collect::<Vec<_>>(), ["a", "c", "old", "区=东 城/b"]);
    }

    #[test]
    fn other_commits_are_not_guessed_at() {
        for line in [
            r#"{"metaData":{"id":"1"}}"#,
            r#"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#,
            r#"{"domainMetadata":{"domain":"d","configuration":"","removed":false}}"#,
            r#"{"add":{"path":"a"}}"#,
            "{\"add\"",
        ] {
            assert!(!Changes::default().add(line.as_bytes()), "{line}");
        }
    }
}
