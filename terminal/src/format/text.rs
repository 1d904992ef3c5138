//! Arrow values as text, for the formats whose cells are text: Arrow's own formatters, so that every type renders the
//! same way everywhere: ISO 8601 times with their offset, exact decimals, binary as hexadecimal digits, lists in
//! brackets and structs in braces.

use arrow::array::Array;
use arrow::buffer::NullBuffer;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::WriteError;

/// Inside a nested value NULL has a name; at the top each format has its own way.
const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false).with_null("NULL");

/// The columns of a batch, ready to be read cell by cell, with their logical nulls: a dictionary's key may point at a
/// null value.
pub(super) struct Columns<'a>(Vec<(Option<NullBuffer>, ArrayFormatter<'a>)>);

impl<'a> Columns<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Self, WriteError> {
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((column.logical_nulls(), ArrayFormatter::try_new(column.as_ref(), &OPTIONS)?)));
        Ok(Self(columns.collect::<Result<_, ArrowError>>()?))
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Puts the text of a cell in place of what `text` holds; false when the cell is NULL. A value that has no text,
    /// such as a date beyond the calendar, is an error: an export must not carry an error message as data.
    pub(super) fn cell(&self, column: usize, row: usize, text: &mut String) -> Result<bool, WriteError> {
        text.clear();
        let (nulls, formatter) = &self.0[column];
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(false);
        }
        formatter.value(row).write(text)?;
        Ok(true)
    }
}
