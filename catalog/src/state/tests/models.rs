//! Which of the city's models is in force.

use super::*;

on_every_database! {
    the_newest_model_is_in_force_and_the_older_ones_stay
    whoever_planned_against_an_older_model_is_told
    of_two_who_apply_at_once_one_is_told
}

async fn the_newest_model_is_in_force_and_the_older_ones_stay(database: &Database) {
    let state = database.open().await;
    assert_eq!(state.applied_model().await.unwrap(), None);
    assert_eq!(state.apply_model(0, "a1", "{}", "li", at(1)).await.unwrap(), 1);
    assert_eq!(state.apply_model(1, "b2", "{\"zh\": \"人口\"}", "wang", at(2)).await.unwrap(), 2);
    // What was in force once may come back.
    assert_eq!(state.apply_model(2, "a1", "{}", "li", at(3)).await.unwrap(), 3);
    state.close().await;

    let state = database.open().await;
    let applied = |number, hash: &str, by: &str| AppliedModel {
        number,
        hash: hash.to_owned(),
        applied_by: by.to_owned(),
        applied_at: at(number),
    };
    let all = [applied(3, "a1", "li"), applied(2, "b2", "wang"), applied(1, "a1", "li")];
    assert_eq!(state.applied_model().await.unwrap().as_ref(), all.first());
    assert_eq!(state.applied_models().await.unwrap(), all);
    assert_eq!(state.model("b2").await.unwrap().as_deref(), Some("{\"zh\": \"人口\"}"));
    assert_eq!(state.model("c3").await.unwrap(), None);
}

async fn whoever_planned_against_an_older_model_is_told(database: &Database) {
    let state = database.open().await;
    state.apply_model(0, "a1", "{}", "li", at(1)).await.unwrap();
    for before in [0, 2] {
        let error = state.apply_model(before, "b2", "{}", "wang", at(2)).await.unwrap_err();
        assert_eq!(error.code, Code::COMMIT_CONFLICT, "{error:?}");
    }
    assert_eq!(state.model("b2").await.unwrap(), None, "nothing of it is kept");
}

async fn of_two_who_apply_at_once_one_is_told(database: &Database) {
    let (one, other) = (database.open().await, database.open().await);
    let (one, other) =
        tokio::join!(one.apply_model(0, "a1", "{}", "li", at(1)), other.apply_model(0, "b2", "{}", "wang", at(1)));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let state = database.open().await;
    assert_eq!(state.applied_models().await.unwrap().len(), 1);
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
