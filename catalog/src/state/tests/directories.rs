//! What no name refers to: tables that are being made, and tables that were dropped.

use std::time::Duration;

use super::contract::user;
use super::*;

on_every_database! {
    a_directory_has_a_name_or_a_row
    a_table_needs_a_directory_that_is_being_made
    a_dropped_table_comes_back_as_long_as_it_is_kept
    a_table_takes_the_place_of_another_at_once
    what_a_user_has_dropped_is_nobodys_when_the_user_goes
}

const KEEP: Duration = Duration::from_secs(60);

async fn a_directory_has_a_name_or_a_row(database: &Database) {
    let state = database.open().await;
    let table = make(&state, "a.1").await;
    assert_eq!(state.directories().await.unwrap(), []);
    assert_eq!(forget_name(&state, &table, at(5), KEEP).await, 1);
    let dropped = DirectoryRow {
        location: table.definition.clone(),
        state: DirectoryState::Dropped,
        name: table.name.clone(),
        owner: "li".to_owned(),
        epoch: 0,
        since: at(5),
        until: Some(at(60_005)),
    };
    assert_eq!(state.directories().await.unwrap(), std::slice::from_ref(&dropped));
    // The name is free at once, and a table that leaves at once is not kept.
    let again = make(&state, "a.2").await;
    assert_eq!(forget_name(&state, &again, at(6), Duration::ZERO).await, 1);
    let states: Vec<_> = state.directories().await.unwrap().into_iter().map(|row| row.state).collect();
    assert_eq!(states, [DirectoryState::Dropped, DirectoryState::Leaving]);
    state.forget_directory(&again.definition).await.unwrap();
    state.forget_directory(&table.definition).await.unwrap();
    assert_eq!(state.directories().await.unwrap(), std::slice::from_ref(&dropped), "one that is kept is not forgotten");
    assert!(state.leave_directory(&dropped, at(7)).await.unwrap());
    assert!(!state.leave_directory(&dropped, at(8)).await.unwrap(), "it has left already");
    let leaving = DirectoryRow { state: DirectoryState::Leaving, since: at(7), ..dropped };
    assert_eq!(state.directories().await.unwrap(), [leaving]);
    state.forget_directory(&table.definition).await.unwrap();
    assert_eq!(state.directories().await.unwrap(), []);
}

async fn a_table_needs_a_directory_that_is_being_made(database: &Database) {
    let state = database.open().await;
    let first = make(&state, "a.1").await;
    let second = ObjectRow { definition: "s/a.2".to_owned(), ..first.clone() };
    begin(&state, &second).await;
    assert!(!state.insert_object(&second).await.unwrap(), "the name is taken");
    let making = state.directories().await.unwrap();
    assert_eq!((making.len(), making[0].state), (1, DirectoryState::Making), "nothing changed");
    // One that was given up is not named any more, and its name stays free.
    assert!(state.leave_directory(&making[0], at(2)).await.unwrap());
    forget_name(&state, &first, at(3), KEEP).await;
    assert_eq!(state.insert_object(&second).await.unwrap_err().code, Code::INTERNAL);
    assert_eq!(state.objects().await.unwrap(), []);
}

async fn a_dropped_table_comes_back_as_long_as_it_is_kept(database: &Database) {
    let state = database.open().await;
    let table = make(&state, "a.1").await;
    forget_name(&state, &table, at(5), KEEP).await;
    let newer = make(&state, "a.2").await;
    assert!(!state.restore_object(&table).await.unwrap(), "the name is taken");
    assert_eq!(state.directories().await.unwrap().len(), 1, "nothing changed");
    forget_name(&state, &newer, at(6), Duration::ZERO).await;
    assert!(state.restore_object(&table).await.unwrap());
    assert_eq!(state.objects().await.unwrap(), std::slice::from_ref(&table));
    assert!(!state.restore_object(&newer).await.unwrap(), "it was not kept");
}

async fn a_table_takes_the_place_of_another_at_once(database: &Database) {
    let state = database.open().await;
    let old = make(&state, "a.1").await;
    let new = ObjectRow { definition: "s/a.2".to_owned(), ..old.clone() };
    assert_eq!(state.replace_table(&new, at(5), KEEP).await.unwrap_err().code, Code::INTERNAL, "nobody makes it");
    assert_eq!(state.objects().await.unwrap(), std::slice::from_ref(&old));
    begin(&state, &new).await;
    assert!(state.replace_table(&new, at(5), KEEP).await.unwrap());
    assert_eq!(state.objects().await.unwrap(), std::slice::from_ref(&new));
    let kept = state.directories().await.unwrap();
    assert_eq!(
        kept.iter().map(|row| (row.location.as_str(), row.state)).collect::<Vec<_>>(),
        [("s/a.1", DirectoryState::Dropped)]
    );
    // A free name is taken, that of a view is not.
    let other = ObjectRow { name: TableName::new("s", "b").unwrap(), definition: "s/b.1".to_owned(), ..old.clone() };
    begin(&state, &other).await;
    assert!(state.replace_table(&other, at(6), KEEP).await.unwrap());
    let view = ObjectRow { name: TableName::new("s", "v").unwrap(), kind: ObjectKind::View, ..old };
    assert!(state.insert_object(&view).await.unwrap());
    let table = ObjectRow { kind: ObjectKind::Table, definition: "s/v.1".to_owned(), ..view };
    begin(&state, &table).await;
    assert!(!state.replace_table(&table, at(7), KEEP).await.unwrap());
    assert_eq!(state.objects().await.unwrap().len(), 3);
}

async fn what_a_user_has_dropped_is_nobodys_when_the_user_goes(database: &Database) {
    let state = database.open().await;
    assert!(state.insert_user(&user("li", false)).await.unwrap());
    let table = make(&state, "a.1").await;
    assert!(!state.delete_user("li").await.unwrap(), "the user owns a table");
    assert_eq!(state.directories().await.unwrap(), []);
    forget_name(&state, &table, at(5), KEEP).await;
    assert!(state.delete_user("li").await.unwrap());
    assert_eq!(state.directories().await.unwrap()[0].owner, "");
}

/// A table `s.a` of `li` in that directory.
async fn make(state: &State, directory: &str) -> ObjectRow {
    let schema = SchemaRow { name: "s".to_owned(), owner: "wang".to_owned(), created_at: at(1) };
    state.insert_schema(&schema).await.unwrap();
    let (name, definition) = (TableName::new("s", "a").unwrap(), format!("s/{directory}"));
    let row = ObjectRow { name, kind: ObjectKind::Table, definition, owner: "li".to_owned(), created_at: at(1) };
    begin(state, &row).await;
    assert!(state.insert_object(&row).await.unwrap());
    row
}

/// Drops a table; answers how many there were.
async fn forget_name(state: &State, table: &ObjectRow, now: Timestamp, keep: Duration) -> u64 {
    state.delete_objects(std::slice::from_ref(&table.name), now, keep).await.unwrap()
}

async fn begin(state: &State, table: &ObjectRow) {
    state.begin_directory(&table.definition, &table.name, &table.owner, at(1)).await.unwrap();
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
