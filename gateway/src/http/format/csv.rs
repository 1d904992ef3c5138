//! CSV by RFC 4180, header first. NULL is an empty field and an empty text is `""`, so that both can be told apart; values are the
//! texts that `huitong sql --format csv` and `COPY` write.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use huitong_catalog::Result;

use super::unwritten;

/// Inside a list or a structure NULL needs a name.
const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false).with_null("NULL");

pub fn header(schema: &Schema, out: &mut Vec<u8>) {
    for (nth, field) in schema.fields().iter().enumerate() {
        separate(nth, out);
        put(field.name(), out);
    }
    out.extend_from_slice(b"\r\n");
}

pub fn rows(rows: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
    let columns = rows
        .columns()
        .iter()
        .map(|column| Ok((column.logical_nulls(), ArrayFormatter::try_new(column.as_ref(), &OPTIONS)?)));
    let columns = columns.collect::<Result<Vec<_>, ArrowError>>().map_err(unwritten)?;
    // Readers skip a line without anything, and with it the row of a lone NULL.
    let is_alone = columns.len() == 1;
    let mut text = String::new();
    for row in 0..rows.num_rows() {
        for (nth, (nulls, formatter)) in columns.iter().enumerate() {
            separate(nth, out);
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                text.clear();
                formatter.value(row).write(&mut text).map_err(unwritten)?;
                put(&text, out);
            } else if is_alone {
                put("", out);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    Ok(())
}

fn separate(nth: usize, out: &mut Vec<u8>) {
    if nth > 0 {
        out.push(b',');
    }
}

fn put(text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
