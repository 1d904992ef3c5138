//! What a table asks of its rows, looked at before they are written.

use arrow::array::{Array, AsArray, RecordBatch};
use datafusion::error::Result;
use huitong_catalog::{Code, Error};

use super::node::WriteSpec;
use crate::error::into_datafusion;

/// Refuses a null in a required column and a text that is too long for its column.
pub fn rows(spec: &WriteSpec, batch: &RecordBatch) -> Result<()> {
    for name in &spec.required {
        if batch.column_by_name(name).is_some_and(|column| column.null_count() > 0) {
            let error = Error::new(Code::EXECUTION, format!("column `{name}` of `{}` must not be null", spec.table));
            return Err(into_datafusion(
                error.with_hint("leave such rows out, or declare the column without NOT NULL"),
            ));
        }
    }
    spec.lengths.iter().try_for_each(|(name, length)| texts(spec, batch, name, *length))
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
