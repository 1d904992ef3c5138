//! How models were made, from the first fit to the end of their files.

use std::time::Duration;

use super::*;

on_every_database! {
    each_version_is_kept_as_it_was_made
    nothing_is_left_of_a_model_that_is_gone
    a_dropped_model_is_one_when_it_comes_back
}

fn fit(location: &str, version: i64) -> FitRow {
    let input = |table: &str, version| FitInput { table: table.to_owned(), version };
    FitRow {
        location: location.to_owned(),
        version,
        kind: "forecast".to_owned(),
        specification: "CREATE MODEL 宏观.m AS SELECT ts_fit(月份, 数值) AS model FROM t".to_owned(),
        inputs: vec![input("s.t", Some(7)), input("s.文件", None)],
        members: 3,
        accuracy: None,
        made_by: "李雷".to_owned(),
        made_at: Timestamp::from_ms(5),
    }
}

async fn each_version_is_kept_as_it_was_made(database: &Database) {
    let state = database.open().await;
    let all = [fit("s/m.1", 0), fit("s/m.1", 4), fit("s/n.1", 0)];
    for fit in all.iter().rev() {
        state.note_fit(fit).await.unwrap();
    }
    assert_eq!(state.fits().await.unwrap(), all);
    // What is found later is added; how it was made stays.
    let measured = FitRow { accuracy: Some(0.1 + 0.2), members: 4, made_by: "韩梅".to_owned(), ..fit("s/m.1", 4) };
    state.note_fit(&measured).await.unwrap();
    let kept = FitRow { made_by: "李雷".to_owned(), ..measured };
    assert_eq!(state.fits().await.unwrap(), [all[0].clone(), kept, all[2].clone()]);
}

async fn nothing_is_left_of_a_model_that_is_gone(database: &Database) {
    let state = database.open().await;
    let name = TableName::new("s", "m").unwrap();
    state.begin_directory("s/m.1", &name, "李雷", Timestamp::from_ms(1)).await.unwrap();
    state.note_fit(&fit("s/m.1", 0)).await.unwrap();
    state.note_fit(&fit("s/m.2", 0)).await.unwrap();
    assert!(state.is_fitted("s/m.1").await.unwrap());
    state.forget_directory("s/m.1").await.unwrap();
    assert!(!state.is_fitted("s/m.1").await.unwrap());
    assert_eq!(state.fits().await.unwrap(), [fit("s/m.2", 0)]);
}

async fn a_dropped_model_is_one_when_it_comes_back(database: &Database) {
    let state = database.open().await;
    let (name, now) = (TableName::new("s", "m").unwrap(), Timestamp::from_ms(2));
    let schema = SchemaRow { name: "s".to_owned(), owner: "li".to_owned(), created_at: now };
    state.insert_schema(&schema).await.unwrap();
    let (kind, definition, owner) = (ObjectKind::Model, "s/m.1".to_owned(), "li".to_owned());
    let model = ObjectRow { name: name.clone(), kind, definition, owner, created_at: now };
    state.begin_directory("s/m.1", &name, "li", now).await.unwrap();
    state.note_fit(&fit("s/m.1", 0)).await.unwrap();
    assert!(state.insert_object(&model).await.unwrap());
    assert_eq!(state.directories().await.unwrap(), []);
    state.delete_objects(&[name], now, Duration::from_secs(60)).await.unwrap();
    assert_eq!(state.directories().await.unwrap()[0].state, DirectoryState::Dropped);
    assert!(state.restore_object(&model).await.unwrap());
    assert_eq!(state.objects().await.unwrap(), [model]);
}
