//! Users, tokens, settings and names.

use std::time::Duration;

use super::*;

on_every_database! {
    what_is_written_is_there_after_reopening
    a_database_of_a_newer_release_is_refused
    the_last_enabled_administrator_stays
    only_one_of_two_processes_makes_the_first_user
    tokens_go_with_their_user
    a_token_is_valid_until_its_last_millisecond
    a_name_belongs_to_one_object
    an_object_needs_its_schema
    processes_that_start_together_make_the_tables_once
    two_administrators_cannot_remove_each_other
    names_are_in_the_order_of_their_bytes
}

async fn what_is_written_is_there_after_reopening(database: &Database) {
    let state = database.open().await;
    assert!(state.insert_user(&user("li", true)).await.unwrap());
    state.set_setting("site", "one").await.unwrap();
    state.set_setting("site", "two").await.unwrap();
    state.close().await;

    let state = database.open().await;
    assert_eq!(state.user("li").await.unwrap(), Some(user("li", true)));
    assert_eq!(state.setting("site").await.unwrap().as_deref(), Some("two"));
    assert_eq!(state.setting_or_insert("site", "three").await.unwrap(), "two");
}

async fn a_database_of_a_newer_release_is_refused(database: &Database) {
    let state = database.open().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 999, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(newer).execute(&state.pool).await.unwrap();
    state.close().await;
    let error = State::at(&database.place).await.unwrap_err();
    assert!(error.hint.unwrap().contains("newer release"));
}

async fn the_last_enabled_administrator_stays(database: &Database) {
    let state = database.open().await;
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

async fn only_one_of_two_processes_makes_the_first_user(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    let (first, second) = (user("a", true), user("b", true));
    let (left, right) = tokio::join!(one.insert_first_user(&first), two.insert_first_user(&second));
    assert!(left.unwrap() ^ right.unwrap());
    assert_eq!(one.users().await.unwrap().len(), 1);
}

async fn tokens_go_with_their_user(database: &Database) {
    let state = database.open().await;
    for name in ["a", "b"] {
        state.insert_user(&user(name, true)).await.unwrap();
        assert!(state.insert_token(&token(name, name)).await.unwrap());
    }
    assert!(!state.insert_token(&token("x", "nobody")).await.unwrap());
    assert!(state.delete_user("a").await.unwrap());
    assert!(state.tokens_of("a").await.unwrap().is_empty());
    assert_eq!(state.tokens_of("b").await.unwrap(), [token("b", "b")]);
}

async fn a_token_is_valid_until_its_last_millisecond(database: &Database) {
    let state = database.open().await;
    state.insert_user(&user("a", true)).await.unwrap();
    state.insert_token(&token("t", "a")).await.unwrap();
    let valid_at = async |ms| state.valid_token("t", Timestamp::from_ms(ms)).await.unwrap().is_some();
    assert!(valid_at(99).await);
    assert!(!valid_at(100).await);
    assert_eq!(state.delete_dead_tokens(Timestamp::from_ms(100)).await.unwrap(), 0);
    assert_eq!(state.delete_dead_tokens(Timestamp::from_ms(101)).await.unwrap(), 1);
}

async fn a_name_belongs_to_one_object(database: &Database) {
    let state = database.open().await;
    let schema = SchemaRow { name: "人口".into(), owner: "li".into(), created_at: Timestamp::from_ms(1) };
    assert!(state.insert_schema(&schema).await.unwrap());
    assert!(!state.insert_schema(&schema).await.unwrap());
    let (name, at) = (TableName::new("人口", "person").unwrap(), Timestamp::from_ms(3));
    let row = |kind, definition: &str| ObjectRow {
        name: name.clone(),
        kind,
        definition: definition.into(),
        owner: "li".into(),
        created_at: Timestamp::from_ms(2),
    };
    state.begin_directory("人口/person.1", &name, "li", Timestamp::from_ms(1)).await.unwrap();
    assert!(state.insert_object(&row(ObjectKind::Table, "人口/person.1")).await.unwrap());
    assert!(!state.insert_object(&row(ObjectKind::View, "SELECT 1")).await.unwrap());
    assert!(
        !state.replace_object(&row(ObjectKind::View, "SELECT 1")).await.unwrap(),
        "a view must not take a table's name"
    );
    assert_eq!(state.objects().await.unwrap(), [row(ObjectKind::Table, "人口/person.1")]);
    let schemas = ["人口".to_owned()];
    assert_eq!(
        state.delete_schemas(&schemas).await.unwrap().as_deref(),
        Some("人口"),
        "a schema with a table must stay"
    );
    assert_eq!(state.delete_objects(&[name.clone(), name.clone()], at, Duration::ZERO).await.unwrap(), 1);
    assert_eq!(state.delete_objects(std::slice::from_ref(&name), at, Duration::ZERO).await.unwrap(), 0);
    assert!(state.replace_object(&row(ObjectKind::View, "SELECT 1")).await.unwrap());
    assert!(state.replace_object(&row(ObjectKind::View, "SELECT 2")).await.unwrap());
    assert_eq!(state.objects().await.unwrap(), [row(ObjectKind::View, "SELECT 2")]);
    assert_eq!(state.delete_objects(&[name], at, Duration::ZERO).await.unwrap(), 1);
    let both = ["人口".to_owned(), "没有".to_owned()];
    assert_eq!(state.delete_schemas(&both).await.unwrap().as_deref(), Some("没有"));
    assert_eq!(state.schemas().await.unwrap().len(), 1, "all or none");
    assert_eq!(state.delete_schemas(&schemas).await.unwrap(), None);
    assert_eq!(state.schemas().await.unwrap(), []);
}

async fn an_object_needs_its_schema(database: &Database) {
    let state = database.open().await;
    let name = TableName::new("nowhere", "t").unwrap();
    let row = ObjectRow {
        name,
        kind: ObjectKind::Table,
        definition: "x".into(),
        owner: "li".into(),
        created_at: Timestamp::from_ms(1),
    };
    assert!(state.insert_object(&row).await.is_err());
}

async fn processes_that_start_together_make_the_tables_once(database: &Database) {
    let starts = (0..6).map(|_| {
        let place = database.place.clone();
        tokio::spawn(async move { State::at(&place).await })
    });
    for start in starts.collect::<Vec<_>>() {
        let state = start.await.unwrap().unwrap();
        assert!(!state.has_users().await.unwrap());
    }
}

async fn two_administrators_cannot_remove_each_other(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    for round in 0..20 {
        let names = [format!("a{round}"), format!("b{round}")];
        for name in &names {
            assert!(one.insert_user(&user(name, true)).await.unwrap());
        }
        for old in one.users().await.unwrap().iter().filter(|old| !names.contains(&old.name)) {
            assert!(one.delete_user(&old.name).await.unwrap());
        }
        let at = Some(Timestamp::from_ms(5));
        let (left, right) = tokio::join!(one.set_disabled(&names[0], at), two.delete_user(&names[1]));
        assert!(left.unwrap() ^ right.unwrap(), "round {round}");
    }
}

/// Not in the order of the language that a server was set up for.
async fn names_are_in_the_order_of_their_bytes(database: &Database) {
    let state = database.open().await;
    let names = ["B", "_c", "a", "a_b", "ab", "人口", "法人"];
    for name in names.iter().rev() {
        assert!(state.insert_user(&user(name, false)).await.unwrap());
        let schema = SchemaRow { name: (*name).into(), owner: "li".into(), created_at: Timestamp::from_ms(1) };
        assert!(state.insert_schema(&schema).await.unwrap());
        let name = TableName::new(*name, "t").unwrap();
        let (kind, definition, owner) = (ObjectKind::View, "SELECT 1".into(), "wang".into());
        let view = ObjectRow { name, kind, definition, owner, created_at: Timestamp::from_ms(1) };
        assert!(state.insert_object(&view).await.unwrap());
    }
    let users: Vec<String> = state.users().await.unwrap().into_iter().map(|user| user.name).collect();
    let schemas: Vec<String> = state.schemas().await.unwrap().into_iter().map(|schema| schema.name).collect();
    let objects = state.objects().await.unwrap();
    let objects: Vec<&str> = objects.iter().map(|object| object.name.schema()).collect();
    assert_eq!(
        (users, schemas, objects),
        (names.map(str::to_owned).into(), names.map(str::to_owned).into(), names.into())
    );
    assert_eq!(state.owned_by("li").await.unwrap(), names);
}

pub fn user(name: &str, admin: bool) -> UserRow {
    UserRow {
        name: name.to_owned(),
        office: if admin { "system".to_owned() } else { String::new() },
        department: None,
        roles: "[]".to_owned(),
        clearance: "1".to_owned(),
        password_hash: "hash".to_owned(),
        scram_verifier: "verifier".to_owned(),
        created_at: Timestamp::from_ms(1),
        disabled_at: None,
    }
}

pub fn token(hash: &str, user: &str) -> TokenRow {
    TokenRow {
        hash: hash.to_owned(),
        id: format!("id-{hash}"),
        user: user.to_owned(),
        kind: "personal".to_owned(),
        label: "laptop".to_owned(),
        scope: "{}".to_owned(),
        created_at: Timestamp::from_ms(1),
        expires_at: Timestamp::from_ms(100),
        last_used_at: None,
        revoked_at: None,
    }
}
