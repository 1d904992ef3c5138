//! What the rows of a table answer to the checks of its contract.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use huitong_catalog::contracts::{Check, Dataset, Rule, Snapshot};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};

use super::rules::{Question, count_false, one_condition, question};
use crate::error::of_datafusion;
use crate::guard::access::Access;
use crate::session::{Answer, Session};
use crate::spelled::quoted_table;

/// Conditions that one scan looks at.
const CONDITIONS_MAX: usize = 64;

/// Whether a check that could not be asked is at fault itself, and not the machine at this moment.
pub fn is_of_check(error: &Error) -> bool {
    let codes = [Code::SYNTAX, Code::UNKNOWN_TABLE, Code::UNKNOWN_COLUMN, Code::UNKNOWN_FUNCTION, Code::TYPE_MISMATCH];
    codes.contains(&error.code)
}

/// Whether somebody who sees all of a table may know what a check of it found: one that looks into another table tells what is there.
pub fn may_know(access: &Access, check: &Check) -> bool {
    match &check.rule {
        Rule::Refers { to, .. } => access.sees_all(to),
        _ => true,
    }
}

/// How many rows do not pass each check, in the order of the contract; an error for one that cannot be asked, since a column is missing or
/// a condition is no SQL. `session` is one that sees all rows. For a check that asks for new rows it is 1 where there are none.
pub async fn violations(session: &Session, snapshot: &Snapshot, dataset: &Dataset) -> Vec<(Check, Result<i64>)> {
    let asked = dataset.rules().into_iter().map(|check| (question(snapshot, dataset, &check), check));
    let mut all: Vec<(Check, Option<Result<i64>>)> = Vec::new();
    let mut each = Vec::new();
    for (question, check) in asked {
        let counted = match question {
            Question::Each(condition) => {
                each.push((all.len(), condition));
                None
            }
            Question::Count(sql) => Some(first(session, &sql).await),
            Question::Written(condition) => Some(written(session, &dataset.name, &condition).await),
        };
        all.push((check, counted));
    }
    for some in each.chunks(CONDITIONS_MAX) {
        for ((place, _), counted) in some.iter().zip(of_each(session, &dataset.name, some).await) {
            all[*place].1 = Some(counted);
        }
    }
    let missing = || Err(Error::new(Code::INTERNAL, "a check was not asked"));
    all.into_iter().map(|(check, counted)| (check, counted.unwrap_or_else(missing))).collect()
}

/// Rows for which each condition is false, by one scan; one by one where that fails, so that it is told which.
async fn of_each(session: &Session, table: &TableName, conditions: &[(usize, String)]) -> Vec<Result<i64>> {
    let texts: Vec<&str> = conditions.iter().map(|(_, condition)| condition.as_str()).collect();
    match counts(session, &count_false(table, &texts)).await {
        Ok(counts) if counts.len() == texts.len() => counts.into_iter().map(Ok).collect(),
        _ => {
            let mut all = Vec::new();
            for condition in texts {
                all.push(first(session, &count_false(table, &[condition])).await);
            }
            all
        }
    }
}

/// Rows for which a condition is false; for one about all rows, all of them.
async fn written(session: &Session, table: &TableName, condition: &str) -> Result<i64> {
    let condition = &one_condition(condition)?;
    match first(session, &count_false(table, &[condition])).await {
        Ok(count) => Ok(count),
        // An aggregate does not stand in the filter of another one.
        Err(error) => {
            let table = quoted_table(table);
            let whole = format!("SELECT CASE WHEN NOT ({condition}) THEN count(*) ELSE 0 END FROM {table}");
            first(session, &whole).await.map_err(|_| error)
        }
    }
}

async fn first(session: &Session, sql: &str) -> Result<i64> {
    counts(session, sql).await.map(|counts| counts.first().copied().unwrap_or_default())
}

/// The numbers of a query's one row. (Boxed: it is a statement inside of one.)
fn counts<'a>(session: &'a Session, sql: &'a str) -> BoxFuture<'a, Result<Vec<i64>>> {
    Box::pin(async move {
        let Answer::Rows(rows) = session.execute(sql).await? else {
            return Err(Error::new(Code::INTERNAL, "a question about rows is no query"));
        };
        let batches: Vec<RecordBatch> = rows.stream.try_collect().await.map_err(of_datafusion)?;
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(Vec::new()) };
        batch.columns().iter().map(number).collect()
    })
}

fn number(column: &ArrayRef) -> Result<i64> {
    let numbers = cast(column, &DataType::Int64).map_err(|e| of_datafusion(e.into()))?;
    Ok(numbers.as_primitive::<Int64Type>().value(0))
}
