use super::*;
use crate::clock::Timestamp;
use crate::names::TableName;

#[tokio::test]
async fn what_is_written_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("状态.db");
    let state = State::open(&path).await.unwrap();
    assert!(state.insert_user(&user("li", true)).await.unwrap());
    state.set_setting("site", "one").await.unwrap();
    state.set_setting("site", "two").await.unwrap();
    state.close().await;

    let state = State::open(&path).await.unwrap();
    assert_eq!(state.user("li").await.unwrap(), Some(user("li", true)));
    assert_eq!(state.setting("site").await.unwrap().as_deref(), Some("two"));
    assert_eq!(state.setting_or_insert("site", "three").await.unwrap(), "two");
}

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

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let state = State::open(&path).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (999, 'from the future', 1, x'00', 0)";
    sqlx::query(newer).execute(&state.pool).await.unwrap();
    state.close().await;
    let error = State::open(&path).await.unwrap_err();
    assert!(error.hint.unwrap().contains("newer release"));
}

#[tokio::test]
async fn the_last_enabled_administrator_stays() {
    let state = State::in_memory().await.unwrap();
    for (name, admin) in [("a", true), ("b", true), ("c", false)] {
        assert!(state.insert_user(&user(name, admin)).await.unwrap());
    }
    assert!(!state.insert_user(&user("a", false)).await.unwrap(), "a name is taken once");
    assert!(state.set_disabled("b", Some(Timestamp::from_ms(5))).await.unwrap());
    assert!(!state.set_disabled("a", Some(Timestamp::from_ms(5))).await.unwrap());
    assert!(!state.delete_user("a").await.unwrap());
    assert!(state.delete_user("c").await.unwrap());
    assert!(state.set_disabled("b", None).await.unwrap());
    assert!(state.delete_user("a").await.unwrap());
    assert!(!state.delete_user("b").await.unwrap());
    assert_eq!(state.users().await.unwrap(), [user("b", true)]);
}

#[tokio::test]
async fn only_one_of_two_processes_makes_the_first_user() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let (one, two) = (State::open(&path).await.unwrap(), State::open(&path).await.unwrap());
    let (first, second) = (user("a", true), user("b", true));
    let (left, right) = tokio::join!(one.insert_first_user(&first), two.insert_first_user(&second));
    assert!(left.unwrap() ^ right.unwrap());
    assert_eq!(one.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn tokens_go_with_their_user() {
    let state = State::in_memory().await.unwrap();
    for name in ["a", "b"] {
        state.insert_user(&user(name, true)).await.unwrap();
        assert!(state.insert_token(&token(name, name)).await.unwrap());
    }
    assert!(!state.insert_token(&token("x", "nobody")).await.unwrap());
    assert!(state.delete_user("a").await.unwrap());
    assert!(state.tokens_of("a").await.unwrap().is_empty());
    assert_eq!(state.tokens_of("b").await.unwrap(), [token("b", "b")]);
}

#[tokio::test]
async fn a_token_is_valid_until_its_last_millisecond() {
    let state = State::in_memory().await.unwrap();
    state.insert_user(&user("a", true)).await.unwrap();
    state.insert_token(&token("t", "a")).await.unwrap();
    let valid_at = async |ms| state.valid_token("t", Timestamp::from_ms(ms)).await.unwrap().is_some();
    assert!(valid_at(99).await);
    assert!(!valid_at(100).await);
    assert_eq!(state.delete_dead_tokens(Timestamp::from_ms(100)).await.unwrap(), 0);
    assert_eq!(state.delete_dead_tokens(Timestamp::from_ms(101)).await.unwrap(), 1);
}

fn user(name: &str, admin: bool) -> UserRow {
    UserRow {
        name: name.to_owned(),
        admin,
        password_hash: "hash".to_owned(),
        scram_verifier: "verifier".to_owned(),
        created_at: Timestamp::from_ms(1),
        disabled_at: None,
    }
}

fn token(hash: &str, user: &str) -> TokenRow {
    TokenRow {
        hash: hash.to_owned(),
        id: format!("id-{hash}"),
        user: user.to_owned(),
        kind: "personal".to_owned(),
        label: "laptop".to_owned(),
        created_at: Timestamp::from_ms(1),
        expires_at: Timestamp::from_ms(100),
        last_used_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_name_belongs_to_one_object() -> Result<()> {
    let state = State::in_memory().await?;
    let schema = SchemaRow { name: "人口".into(), owner: "li".into(), created_at: Timestamp::from_ms(1) };
    assert!(state.insert_schema(&schema).await?);
    assert!(!state.insert_schema(&schema).await?);
    let name = TableName::new("人口", "person")?;
    let row = |kind, definition: &str| ObjectRow {
        name: name.clone(),
        kind,
        definition: definition.into(),
        owner: "li".into(),
        created_at: Timestamp::from_ms(2),
    };
    assert!(state.insert_object(&row(ObjectKind::Table, "人口/person.1")).await?);
    assert!(!state.insert_object(&row(ObjectKind::View, "SELECT 1")).await?);
    assert!(!state.replace_object(&row(ObjectKind::View, "SELECT 1")).await?, "a view must not take a table's name");
    assert_eq!(state.objects().await?, [row(ObjectKind::Table, "人口/person.1")]);
    let schemas = ["人口".to_owned()];
    assert_eq!(state.delete_schemas(&schemas).await?.as_deref(), Some("人口"), "a schema with a table must stay");
    assert_eq!(state.delete_objects(&[name.clone(), name.clone()]).await?, 1);
    assert_eq!(state.delete_objects(std::slice::from_ref(&name)).await?, 0);
    assert!(state.replace_object(&row(ObjectKind::View, "SELECT 1")).await?);
    assert!(state.replace_object(&row(ObjectKind::View, "SELECT 2")).await?);
    assert_eq!(state.objects().await?, [row(ObjectKind::View, "SELECT 2")]);
    assert_eq!(state.delete_objects(&[name]).await?, 1);
    let both = ["人口".to_owned(), "没有".to_owned()];
    assert_eq!(state.delete_schemas(&both).await?.as_deref(), Some("没有"));
    assert_eq!(state.schemas().await?.len(), 1, "all or none");
    assert_eq!(state.delete_schemas(&schemas).await?, None);
    assert_eq!(state.schemas().await?, []);
    Ok(())
}

#[tokio::test]
async fn an_object_needs_its_schema() -> Result<()> {
    let state = State::in_memory().await?;
    let name = TableName::new("nowhere", "t")?;
    let row = ObjectRow {
        name,
        kind: ObjectKind::Table,
        definition: "x".into(),
        owner: "li".into(),
        created_at: Timestamp::from_ms(1),
    };
    assert!(state.insert_object(&row).await.is_err());
    Ok(())
}
