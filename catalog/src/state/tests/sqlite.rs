//! What only a file has.

use super::*;

#[tokio::test]
async fn the_file_uses_a_write_ahead_log_and_foreign_keys() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&folder.path().join("s.db")).await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&state.pool).await.unwrap();
    let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&state.pool).await.unwrap();
    assert_eq!((journal.as_str(), keys), ("wal", 1));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&folder.path().join("s.db")).await.unwrap();
    state.set_setting("a", "b").await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_reported_as_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    std::fs::write(&path, "this is a letter, not a database ".repeat(64)).unwrap();
    let error = State::open(&path).await.unwrap_err();
    assert_eq!(error.code, Code::CORRUPT_FILE, "{error:?}");
    assert!(error.message.contains("s.db"));
}

#[tokio::test]
async fn a_missing_directory_is_an_error_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let error = State::open(&folder.path().join("no/such/s.db")).await.unwrap_err();
    assert_eq!(error.code, Code::STORE_UNAVAILABLE);
}
