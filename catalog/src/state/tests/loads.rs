//! Loads and results of checks, from the first to the end of their table's files.

use super::*;

on_every_database! {
    loads_are_there_until_they_are_old
    results_are_those_of_the_last_time
    nothing_is_left_of_a_directory
}

fn load(id: &str, location: &str, ended: i64) -> LoadRow {
    LoadRow {
        query_id: id.to_owned(),
        location: location.to_owned(),
        command: "INSERT".to_owned(),
        door: "flight".to_owned(),
        loaded_by: "李雷".to_owned(),
        started_at: Timestamp::from_ms(ended - 1),
        ended_at: Timestamp::from_ms(ended),
        rows: (ended % 2 == 0).then_some(ended),
        error_code: (ended % 2 != 0).then(|| "HT0307".to_owned()),
    }
}

fn result(location: &str, name: &str, violations: Option<i64>) -> CheckResult {
    let (location, name) = (location.to_owned(), name.to_owned());
    CheckResult { location, name, checked_at: Timestamp::from_ms(7), checked_by: "李雷".to_owned(), violations }
}

async fn loads_are_there_until_they_are_old(database: &Database) {
    let state = database.open().await;
    let all = [load("q4", "s/t.1", 40), load("q3", "s/t.2", 33), load("q2", "s/t.1", 20)];
    for load in all.iter().rev() {
        state.add_load(load).await.unwrap();
        // Once more is the same one.
        state.add_load(load).await.unwrap();
    }
    assert_eq!(state.loads(&[], "李雷", 10).await.unwrap(), all);
    assert_eq!(state.loads(&[], "李雷", 1).await.unwrap(), all[..1]);
    assert_eq!(state.loads(&["s/t.1", "s/t.2"], "李雷", 10).await.unwrap(), all, "each once");
    assert_eq!(state.loads(&["s/t.2"], "韩梅", 10).await.unwrap(), all[1..2]);
    assert_eq!(state.loads(&[], "韩梅", 10).await.unwrap(), []);
    state.forget_loads(Timestamp::from_ms(33)).await.unwrap();
    assert_eq!(state.loads(&["s/t.1"], "李雷", 10).await.unwrap(), all[..2]);
}

async fn results_are_those_of_the_last_time(database: &Database) {
    let state = database.open().await;
    let other = result("s/u.1", "key", Some(0));
    state.replace_check_results("s/u.1", std::slice::from_ref(&other)).await.unwrap();
    let first = [result("s/t.1", "key", Some(3)), result("s/t.1", "range", None)];
    state.replace_check_results("s/t.1", &first).await.unwrap();
    let second = [result("s/t.1", "range", Some(1))];
    state.replace_check_results("s/t.1", &second).await.unwrap();
    assert_eq!(state.check_results().await.unwrap(), [second[0].clone(), other]);
}

async fn nothing_is_left_of_a_directory(database: &Database) {
    let state = database.open().await;
    let name = TableName::new("s", "t").unwrap();
    state.begin_directory("s/t.1", &name, "李雷", Timestamp::from_ms(1)).await.unwrap();
    state.add_load(&load("q", "s/t.1", 2)).await.unwrap();
    state.replace_check_results("s/t.1", &[result("s/t.1", "key", Some(0))]).await.unwrap();
    state.forget_directory("s/t.1").await.unwrap();
    assert_eq!(state.loads(&["s/t.1"], "李雷", 10).await.unwrap(), []);
    assert_eq!(state.check_results().await.unwrap(), []);
}
