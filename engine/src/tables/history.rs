//! Who changed a table, when and how: the commits of its log.

use deltalake_core::DeltaTableError;
use deltalake_core::logstore::LogStoreRef;
use serde_json::{Map, Value};

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub version: u64,
    /// Milliseconds since 1970, as its writer's clock said.
    pub time_ms: Option<i64>,
    /// Such as `WRITE`.
    pub operation: Option<String>,
    /// As JSON.
    pub parameters: Option<String>,
    /// Who, if huitong wrote it.
    pub user: Option<String>,
    pub query_id: Option<String>,
    pub files_added: u64,
    pub files_removed: u64,
}

/// The commits from `newest` back, at most `limit`, newest first; ends where the log was cleaned up.
pub async fn commits(log: &LogStoreRef, newest: u64, limit: usize) -> Result<Vec<Commit>, DeltaTableError> {
    let mut commits = Vec::new();
    for version in (0..=newest).rev().take(limit) {
        match log.read_commit_entry(version).await? {
            Some(bytes) => commits.push(read(version, &String::from_utf8_lossy(&bytes))),
            None => break,
        }
    }
    Ok(commits)
}

/// The newest version that was there at a moment; none if the log does not reach back so far, or has a commit that says no time
/// before it comes to that moment.
pub async fn version_at(log: &LogStoreRef, newest: u64, ms: i64) -> Result<Option<u64>, DeltaTableError> {
    for version in (0..=newest).rev() {
        let Some(bytes) = log.read_commit_entry(version).await? else { return Ok(None) };
        match read(version, &String::from_utf8_lossy(&bytes)).time_ms {
            Some(time) if time <= ms => return Ok(Some(version)),
            Some(_) => {}
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn read(version: u64, text: &str) -> Commit {
    let mut commit = Commit {
        version,
        time_ms: None,
        operation: None,
        parameters: None,
        user: None,
        query_id: None,
        files_added: 0,
        files_removed: 0,
    };
    for line in text.lines() {
        let Ok(action) = serde_json::from_str::<Map<String, Value>>(line) else { continue };
        commit.files_added += u64::from(action.contains_key("add"));
        commit.files_removed += u64::from(action.contains_key("remove"));
        if let Some(info) = action.get("commitInfo") {
            let text = |key: &str| info.get(key).and_then(Value::as_str).map(str::to_owned);
            commit.time_ms = info.get("inCommitTimestamp").or_else(|| info.get("timestamp")).and_then(Value::as_i64);
            commit.operation = text("operation");
            commit.parameters = info.get("operationParameters").map(Value::to_string);
            commit.user = text("huitong.user");
            commit.query_id = text("huitong.query");
        }
    }
    commit
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_commit_is_read() {
        let text = "{\"commitInfo\":{\"timestamp\":5,\"operation\":\"WRITE\",\"operationParameters\":{\"mode\":\"Append\"},\
                    \"huitong.user\":\"李雷\"}}\n{\"add\":{}}\n{\"add\":{}}\n{\"remove\":{}}\nnot json\n";
        let commit = read(7, text);
        assert_eq!((commit.version, commit.time_ms, commit.files_added, commit.files_removed), (7, Some(5), 2, 1));
        assert_eq!(commit.user.as_deref(), Some("李雷"));
        assert_eq!(commit.parameters.as_deref(), Some("{\"mode\":\"Append\"}"));
    }
}
