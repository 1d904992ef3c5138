//! The state as a file, and back.

use super::contract::{token, user};
use super::*;

on_every_database! {
    what_was_backed_up_is_there_again
    a_backup_that_was_changed_restores_nothing
    nothing_is_restored_over_something
    every_table_is_backed_up
}

/// A second, empty database of the same kind; none where there is no server for it.
async fn another(database: &Database) -> Database {
    match database.place {
        crate::config::StatePlace::File(_) => Database::sqlite(),
        crate::config::StatePlace::Postgres(_) => Database::postgres().await.unwrap(),
    }
}

async fn filled(database: &Database) -> State {
    let state = database.open().await;
    state.insert_user(&user("李雷", true)).await.unwrap();
    state.insert_token(&token("t", "李雷")).await.unwrap();
    state.set_setting("city", "联和市 'x'; DROP").await.unwrap();
    let schema = SchemaRow { name: "人口".into(), owner: "李雷".into(), created_at: Timestamp::from_ms(1) };
    state.insert_schema(&schema).await.unwrap();
    state.apply_model(0, "a1", "{\"zh\": \"人口\"}", "李雷", Timestamp::from_ms(2)).await.unwrap();
    state
}

async fn backed_up(state: &State) -> Vec<u8> {
    let mut file = Vec::new();
    let rows = state.backup(&mut file).await.unwrap();
    let lines = file.iter().filter(|byte| **byte == b'\n').count() as u64;
    // Those of the test, and marks of who took a turn.
    assert!(rows > 6 && lines == rows + 2, "{rows} rows in {lines} lines");
    file
}

async fn what_was_backed_up_is_there_again(database: &Database) {
    let state = filled(database).await;
    let file = backed_up(&state).await;
    let other = another(database).await;
    let restored = other.open().await;
    assert!(restored.restore(&mut file.as_slice()).await.unwrap() > 6);
    assert_eq!(restored.users().await.unwrap(), state.users().await.unwrap());
    assert_eq!(restored.tokens_of("李雷").await.unwrap(), state.tokens_of("李雷").await.unwrap());
    assert_eq!(restored.setting("city").await.unwrap().as_deref(), Some("联和市 'x'; DROP"));
    assert_eq!(restored.schemas().await.unwrap(), state.schemas().await.unwrap());
    assert_eq!(restored.model("a1").await.unwrap().as_deref(), Some("{\"zh\": \"人口\"}"));
    assert_eq!(backed_up(&restored).await, file, "the same rows are the same file");
    restored.close().await;
    other.remove().await;
}

async fn a_backup_that_was_changed_restores_nothing(database: &Database) {
    let state = filled(database).await;
    let file = String::from_utf8(backed_up(&state).await).unwrap();
    let other = another(database).await;
    let restored = other.open().await;
    let without = |line: usize| {
        let lines = file.lines().enumerate().filter(|(at, _)| *at != line);
        lines.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let mut changed: Vec<String> = (0..file.lines().count()).map(without).collect();
    changed.extend([
        String::new(),
        "{}".to_owned(),
        file.replace("联和市", "联合市"),
        file.replace("\"users\"", "\"users; DROP TABLE users\""),
        file.replace("\"name\"", "\"name) SELECT 1 --\""),
        file.replace("\"format\":1", "\"format\":2"),
        format!("{file}{file}"),
        file[..file.len() / 2].to_owned(),
    ]);
    for text in changed {
        let told = restored.restore(&mut text.as_bytes()).await.unwrap_err();
        assert!([Code::CORRUPT_FILE, Code::STORE_UNAVAILABLE].contains(&told.code), "{told}");
        assert!(!restored.has_users().await.unwrap(), "{text}");
    }
    assert!(restored.restore(&mut file.as_bytes()).await.unwrap() > 6, "after all that");
    restored.close().await;
    other.remove().await;
}

async fn nothing_is_restored_over_something(database: &Database) {
    let state = filled(database).await;
    let file = backed_up(&state).await;
    assert_eq!(state.restore(&mut file.as_slice()).await.unwrap_err().code, Code::TABLE_EXISTS);
    assert_eq!(backed_up(&state).await, file);
}

/// A table that a migration adds and nobody lists would be lost.
async fn every_table_is_backed_up(database: &Database) {
    let state = database.open().await;
    let sql = match database.place {
        crate::config::StatePlace::File(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%'"
        }
        crate::config::StatePlace::Postgres(_) => {
            "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_name NOT LIKE '_sqlx%'"
        }
    };
    let mut tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&state.pool).await.unwrap();
    let mut listed: Vec<String> = crate::state::backup::TABLES.iter().map(|table| (*table).to_owned()).collect();
    tables.sort();
    listed.sort();
    assert_eq!(tables, listed);
}
