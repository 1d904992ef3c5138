//! What the applications of the demo have in common: their scripts run as their jobs would, without a scheduler.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::{Answer, Session, script};

/// Runs the statements of a script with these parameters, one after the other.
pub async fn run(session: &Session, text: &str, params: &[(&str, &str)]) -> Result<()> {
    let params: BTreeMap<String, String> =
        params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for step in script::steps(text, &params)? {
        session.execute(&step.sql).await?;
    }
    Ok(())
}

/// The number that a query answers.
pub async fn count(session: &Session, sql: &str) -> Result<i64> {
    let Answer::Rows(rows) = session.execute(sql).await? else {
        return Err(Error::new(Code::INTERNAL, "a question of the demo is no query"));
    };
    let batches: Vec<_> = rows.stream.try_collect().await.map_err(of_datafusion)?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(first.map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0)))
}
