use futures::future::BoxFuture;
use huitong_catalog::contracts::Files;
use huitong_catalog::{Code, Error, Result};

use super::plan::{Plan, plan, working};
use crate::session::Session;

/// Makes the tables that are missing, gives others the columns that they lack, and puts the model in force; the answer is what was done.
///
/// The contracts change in one moment, and last: a failure on the way leaves empty tables and columns without a contract, and applying
/// again goes on from there. Applied once more, a model changes nothing. With `before`, it is refused (HT0306) if by now another model is
/// in force than the one that was planned against; unless less protection is meant, one that protects less is, too (HT0804).
pub async fn apply(session: &Session, files: &Files, before: Option<i64>, weaken: bool) -> Result<Plan> {
    let _turn = session.engine().change_contracts().await;
    let current = session.engine().contracts();
    if let Some(before) = before
        && before != current.number
    {
        return Err(overtaken(before, current.number));
    }
    let plan = plan(session, files, false).await?;
    if let Some(obstacle) = plan.obstacles().next() {
        let all = plan.obstacles().count();
        return Err(Error::new(Code::MODEL_NOT_APPLICABLE, obstacle.english.trim_start_matches("x "))
            .with_hint(format!("`huitong plan` lists all that stands in the way ({all})")));
    }
    if plan.weakens() && !weaken {
        return Err(Error::new(
            Code::MODEL_NOT_APPLICABLE,
            "the model protects less than the one in force; nothing was applied",
        )
        .with_hint("`huitong plan` marks with `!` what; if it is meant, apply with `--weaken`"));
    }
    if plan.changes_nothing(&current.snapshot.hash()) {
        return Ok(plan);
    }
    let working = working(session);
    for statement in &plan.statements {
        run(&working, statement).await?;
    }
    let (state, snapshot) = (session.engine().state(), &plan.model.snapshot);
    let (by, now) = (&session.principal().name, session.engine().clock().now());
    if snapshot.hash() != current.snapshot.hash() {
        state.apply_model(plan.before, &snapshot.hash().to_string(), &snapshot.to_json(), by, now).await?;
        session.engine().reload_contracts().await?;
    }
    Ok(plan)
}

fn overtaken(before: i64, number: i64) -> Error {
    Error::new(Code::COMMIT_CONFLICT, format!("model {number} is in force by now, not {before}"))
        .with_hint("look at what it changed (`huitong plan`), and apply yours again")
}

/// Boxed: it is a statement inside of one.
fn run<'a>(session: &'a Session, sql: &'a str) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move { session.execute(sql).await.map(drop) })
}
