//! Lineage of objects, from their names to the last of their files.

use std::time::Duration;

use super::*;

on_every_database! {
    lineage_comes_and_goes_with_the_name
    lineage_is_added_once
    a_table_that_comes_back_brings_its_lineage
}

const KEEP: Duration = Duration::from_secs(60);

async fn lineage_comes_and_goes_with_the_name(database: &Database) {
    let state = database.open().await;
    schema(&state).await;
    let (view, first) = (object("v", ObjectKind::View, "SELECT a FROM t"), vec![row("v", "a", "t", "a")]);
    assert!(state.insert_object_from(&view, &first).await.unwrap());
    assert_eq!(state.lineage().await.unwrap(), first);
    assert!(!state.insert_object_from(&view, &[]).await.unwrap(), "the name is taken");
    assert_eq!(state.lineage().await.unwrap(), first, "nothing changed");
    let second = vec![row("v", "", "u", "b")];
    assert!(state.replace_object_from(&view, &second).await.unwrap());
    assert_eq!(state.lineage().await.unwrap(), second);
    let other = object("v", ObjectKind::Parquet, "/x");
    assert!(!state.replace_object_from(&other, &first).await.unwrap(), "of another kind");
    assert_eq!(state.lineage().await.unwrap(), second);
    state.delete_objects(std::slice::from_ref(&view.name), at(2), KEEP).await.unwrap();
    assert_eq!(state.lineage().await.unwrap(), []);
}

async fn lineage_is_added_once(database: &Database) {
    let state = database.open().await;
    let one = row("t", "a", "s", "a");
    state.extend_lineage(std::slice::from_ref(&one)).await.unwrap();
    let again = LineageRow { query_id: "q2".to_owned(), kind: LineageKind::Join, ..one.clone() };
    let new = row("t", "a", "s", "b");
    state.extend_lineage(&[again, new.clone()]).await.unwrap();
    assert_eq!(state.lineage().await.unwrap(), [one, new]);
}

async fn a_table_that_comes_back_brings_its_lineage(database: &Database) {
    let state = database.open().await;
    schema(&state).await;
    let (first, second) = (object("t", ObjectKind::Table, "s/t.1"), object("t", ObjectKind::Table, "s/t.2"));
    let (of_first, of_second) = (vec![row("t", "a", "x", "a")], vec![row("t", "a", "y", "a")]);
    begin(&state, &first).await;
    begin(&state, &second).await;
    assert!(state.insert_object_from(&first, &of_first).await.unwrap());
    assert!(state.replace_table_from(&second, &of_second, at(2), KEEP).await.unwrap());
    assert_eq!(state.lineage().await.unwrap(), of_second);
    state.delete_objects(std::slice::from_ref(&second.name), at(3), Duration::ZERO).await.unwrap();
    assert_eq!(state.lineage().await.unwrap(), []);
    state.forget_directory("s/t.2").await.unwrap();
    // One that is kept is not forgotten.
    state.forget_directory("s/t.1").await.unwrap();
    let back = ObjectRow { name: TableName::new("s", "back").unwrap(), ..first };
    assert!(state.restore_object(&back).await.unwrap());
    assert_eq!(state.lineage().await.unwrap(), [row("back", "a", "x", "a")]);
}

async fn schema(state: &State) {
    let schema = SchemaRow { name: "s".to_owned(), owner: "li".to_owned(), created_at: at(1) };
    assert!(state.insert_schema(&schema).await.unwrap());
}

async fn begin(state: &State, table: &ObjectRow) {
    state.begin_directory(&table.definition, &table.name, &table.owner, at(1)).await.unwrap();
}

fn object(name: &str, kind: ObjectKind, definition: &str) -> ObjectRow {
    let (name, definition) = (TableName::new("s", name).unwrap(), definition.to_owned());
    ObjectRow { name, kind, definition, owner: "li".to_owned(), created_at: at(1) }
}

fn row(target: &str, target_column: &str, source: &str, source_column: &str) -> LineageRow {
    LineageRow {
        target: TableName::new("s", target).unwrap(),
        target_column: target_column.to_owned(),
        source: TableName::new("s", source).unwrap(),
        source_column: source_column.to_owned(),
        kind: LineageKind::Identity,
        query_id: "q1".to_owned(),
        written_at: at(1),
        written_by: "li".to_owned(),
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
