//! What a table asks of its rows, looked at before they are written.

use arrow::array::{Array, AsArray, RecordBatch};
use datafusion::error::Result;
use huitong_catalog::{Code, Error};

use super::checks;
use super::node::WriteSpec;
use crate::error::into_datafusion;

/// Refuses a null in a required column, a text that is too long for its column, and a row that violates a constraint.
pub fn rows(spec: &WriteSpec, batch: &RecordBatch) -> Result<()> {
    for name in &spec.required {
        if batch.column_by_name(name).is_some_and(|column| column.null_count() > 0) {
            let error =
                Error::new(Code::CONSTRAINT_VIOLATED, format!("column `{name}` of `{}` must not be null", spec.table));
            return Err(into_datafusion(
                error.with_hint("leave such rows out, or declare the column without NOT NULL"),
            ));
        }
    }
    spec.lengths.iter().try_for_each(|(name, length)| texts(spec, batch, name, *length))?;
    (0..spec.checks.len()).try_for_each(|number| condition(spec, batch, number))
}

fn condition(spec: &WriteSpec, batch: &RecordBatch, number: usize) -> Result<()> {
    let check = &spec.checks[number];
    let answers = batch.column_by_name(&checks::column(number)).and_then(|column| column.as_boolean_opt());
    let Some(answers) = answers else {
        // Rows whose constraint was not looked at are not written.
        let text = format!("constraint `{}` of `{}` was not computed", check.name, spec.table);
        return Err(into_datafusion(Error::new(Code::INTERNAL, text)));
    };
    let violated = answers.iter().filter(|answer| *answer != Some(true)).count();
    match violated {
        0 => Ok(()),
        _ => {
            let text = format!(
                "{violated} of {} rows violate the constraint `{}` of `{}`: {}",
                batch.num_rows(),
                check.name,
                spec.table,
                check.condition
            );
            let hint =
                format!("leave such rows out with WHERE {}; one whose answer is NULL violates it too", check.condition);
            Err(into_datafusion(Error::new(Code::CONSTRAINT_VIOLATED, text).with_hint(hint)))
        }
    }
}

fn texts(spec: &WriteSpec, batch: &RecordBatch, name: &str, length: u64) -> Result<()> {
    let Some(texts) = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()) else {
        return Ok(());
    };
    // A text has at least as many bytes as characters.
    let is_long = |text: &&str| text.len() as u64 > length && text.chars().count() as u64 > length;
    match texts.iter().flatten().find(is_long) {
        None => Ok(()),
        Some(text) => {
            let characters = text.chars().count();
            let shown: String = text.chars().take(20).chain((characters > 20).then_some('…')).collect();
            let text = format!(
                "column `{name}` of `{}` takes {length} characters, and `{shown}` has {characters}",
                spec.table
            );
            Err(into_datafusion(Error::new(Code::EXECUTION, text).with_hint("shorten it with left(text, n)")))
        }
    }
}
