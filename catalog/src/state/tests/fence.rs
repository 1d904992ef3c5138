//! What a coordinator may change from which another one has taken over: nothing.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use super::contract::{token, user};
use super::*;

on_every_database! {
    nothing_is_changed_by_a_former_coordinator
    a_change_is_before_the_takeover_or_not_at_all
}

const LONG: Duration = Duration::from_secs(60);
const AT: Timestamp = Timestamp::from_ms(5);

type Change<'a> = (&'static str, Pin<Box<dyn Future<Output = Result<()>> + 'a>>);

/// Each kind of change there is.
macro_rules! changes {
    ($($call:expr;)*) => {
        vec![$((stringify!($call), Box::pin(async move { $call.await.map(drop) }) as Pin<Box<dyn Future<Output = _>>>)),*]
    };
}

async fn nothing_is_changed_by_a_former_coordinator(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    let first = one.take_lease(COORDINATOR, "a", Duration::ZERO).await.unwrap().unwrap();
    let former = one.fenced(first.epoch);
    prepare(&former).await;
    let claim = former.claim_run(first.epoch, AT).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = two.take_lease(COORDINATOR, "b", LONG).await.unwrap().unwrap();
    let (before, row) = (content(&two).await, two.directories().await.unwrap().remove(0));
    for (call, change) in all(&former, &claim, &row) {
        let told = change.await.expect_err(call);
        assert_eq!(told.code, Code::TAKEN_OVER, "{call}: {told:?}");
    }
    assert_eq!(former.claim_run(first.epoch, AT).await.unwrap(), None);
    assert_eq!(content(&two).await, before);
    // The new one may, and so may whoever acts without a lease.
    for (call, change) in all(&two.fenced(second.epoch), &claim, &row) {
        change.await.unwrap_or_else(|error| panic!("{call}: {error:?}"));
    }
    assert_ne!(content(&two).await, before);
    assert!(one.insert_user(&user("by hand", false)).await.unwrap());
}

async fn a_change_is_before_the_takeover_or_not_at_all(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    let first = one.take_lease(COORDINATOR, "a", Duration::ZERO).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut change = one.fenced(first.epoch).begin_change().await.unwrap();
    let sql = "INSERT INTO schemas (name, owner, created_at) VALUES ('s', 'li', 1)";
    sqlx::query(sql).execute(&mut *change).await.unwrap();
    let taking = tokio::spawn(async move {
        let lease = two.take_lease(COORDINATOR, "b", LONG).await.unwrap().unwrap();
        (lease.epoch, two.schemas().await.unwrap().len())
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!taking.is_finished(), "the lease was taken in the middle of a change");
    change.commit().await.unwrap();
    assert_eq!(taking.await.unwrap(), (2, 1), "the next coordinator does not see the change");
    let told = one.fenced(first.epoch).begin_change().await.map(drop).unwrap_err();
    assert_eq!(told.code, Code::TAKEN_OVER);
}

fn all<'a>(state: &'a State, claim: &'a Claim, row: &'a DirectoryRow) -> Vec<Change<'a>> {
    let run = &claim.run;
    changes! {
        state.insert_schema(&schema("new"));
        state.delete_schemas(&["old".to_owned()]);
        state.insert_object(&view("new"));
        state.replace_object(&view("old"));
        state.replace_table(&ObjectRow { kind: ObjectKind::Table, ..view("old") }, AT, Duration::ZERO);
        state.delete_objects(&[view("old").name], AT, Duration::ZERO);
        state.begin_directory("old/u.1", &view("old").name, "li", AT);
        state.restore_object(&ObjectRow { definition: "old/t.1".to_owned(), ..view("old") });
        state.leave_directory(row, AT);
        state.forget_directory("old/t.1");
        state.insert_user(&user("new", false));
        state.insert_first_user(&user("new", true));
        state.update_password("li", "other", "other");
        state.set_disabled("li", Some(AT));
        state.delete_user("wang");
        state.insert_token(&token("new", "li"));
        state.touch_token("old", AT);
        state.revoke_token("li", "id-old", AT);
        state.revoke_tokens("li", None, AT);
        state.revoke_kind("old", "personal", AT);
        state.delete_dead_tokens(AT);
        state.set_setting("old", "other");
        state.setting_or_insert("new", "value");
        state.insert_job(&job("new"), None);
        state.advance_job("old", AT, AT, &[], AT);
        state.disable_job("old");
        state.enable_job("old", AT);
        state.delete_job("old");
        state.delete_ended_runs(AT);
        state.record_steps(claim, 1, 2);
        state.append_log(claim, "line", AT);
        state.end_attempt(claim, &End::Done { rows: None }, AT, |_| Next::End(RunState::Done));
        state.recover_runs(2, AT);
        state.request_cancel(run, AT);
        state.retry_run(run);
    }
}

/// A little of everything, by the coordinator that is the one still.
async fn prepare(state: &State) {
    assert!(state.insert_first_user(&user("li", true)).await.unwrap());
    assert!(state.insert_user(&user("wang", false)).await.unwrap());
    assert!(state.insert_token(&token("old", "li")).await.unwrap());
    state.set_setting("old", "value").await.unwrap();
    assert!(state.insert_schema(&schema("old")).await.unwrap());
    assert!(state.insert_object(&view("old")).await.unwrap());
    state.begin_directory("old/t.1", &TableName::new("old", "t").unwrap(), "li", AT).await.unwrap();
    assert!(state.insert_job(&job("old"), Some(&NewRun { id: "r".to_owned(), tick: AT })).await.unwrap());
}

/// All that changes could touch.
async fn content(state: &State) -> String {
    let names = (state.schemas().await.unwrap(), state.objects().await.unwrap());
    let users = (state.users().await.unwrap(), state.tokens_of("li").await.unwrap());
    let passwords = state.user("li").await.unwrap().map(|user| user.password_hash);
    let settings = (state.setting("old").await.unwrap(), state.setting("new").await.unwrap());
    let runs = (state.jobs().await.unwrap(), state.runs(None, None, 100).await.unwrap());
    let attempts = (state.attempts("r").await.unwrap(), state.run_log("r").await.unwrap());
    let directories = state.directories().await.unwrap();
    format!("{names:?} {directories:?} {users:?} {passwords:?} {settings:?} {runs:?} {attempts:?}")
}

fn schema(name: &str) -> SchemaRow {
    SchemaRow { name: name.to_owned(), owner: "li".to_owned(), created_at: AT }
}

fn view(schema: &str) -> ObjectRow {
    let (name, kind, definition) = (TableName::new(schema, "v").unwrap(), ObjectKind::View, "SELECT 1".to_owned());
    ObjectRow { name, kind, definition, owner: "li".to_owned(), created_at: AT }
}

fn job(name: &str) -> JobRow {
    JobRow {
        name: name.to_owned(),
        owner: "li".to_owned(),
        sql: "SELECT 1".to_owned(),
        params: BTreeMap::new(),
        cron: Some("* * * * *".to_owned()),
        zone: "UTC".to_owned(),
        catch_up: CatchUp::None,
        retries: 0,
        retry_wait: Duration::ZERO,
        timeout: None,
        created_at: AT,
        enabled: true,
        next_tick: Some(AT),
    }
}
