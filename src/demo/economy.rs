//! The economy application: its views, and forecasts as its monthly job would have made them in the last year.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::{Answer, Door, Session, script};
use huitong_terminal::Progress;

use crate::node::Node;

const SETUP: &str = include_str!("../../apps/economy/setup.sql");
const MONTHLY: &str = include_str!("../../apps/economy/monthly.sql");
/// Days on which the job ran, so that there are forecasts whose months have come.
const DAYS: [&str; 3] = ["2024-12-31", "2025-06-30", "2025-12-31"];
/// Fast enough for a first look; the application's own job takes `auto`.
const MODEL: &str = "dot";

/// Makes what is missing; a demo that was cut off goes on where it stopped.
pub async fn ensure(node: &Node) -> Result<()> {
    let session = node.engine.session(Principal::operator(), Door::Direct);
    run(&session, SETUP, &BTreeMap::new()).await?;
    let mut progress = None;
    for (done, day) in (0..).zip(DAYS) {
        if count(&session, &format!("SELECT count(*) FROM economy.forecast WHERE as_of = DATE '{day}'")).await? > 0 {
            continue;
        }
        let progress = progress.get_or_insert_with(|| Progress::new("economy".to_owned(), Some(DAYS.len() as u64)));
        let params =
            BTreeMap::from([("as_of", day), ("model", MODEL)].map(|(name, value)| (name.to_owned(), value.to_owned())));
        run(&session, MONTHLY, &params).await?;
        progress.reach(done + 1);
    }
    if let Some(progress) = progress {
        progress.finish();
    }
    Ok(())
}

async fn run(session: &Session, text: &str, params: &BTreeMap<String, String>) -> Result<()> {
    for step in script::steps(text, params)? {
        session.execute(&step.sql).await?;
    }
    Ok(())
}

async fn count(session: &Session, sql: &str) -> Result<i64> {
    let Answer::Rows(rows) = session.execute(sql).await? else {
        return Err(Error::new(Code::INTERNAL, "a question of the demo is no query"));
    };
    let batches: Vec<_> = rows.stream.try_collect().await.map_err(of_datafusion)?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(first.map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0)))
}
