//! Rows as bytes, in each format.

mod arrow_stream;
mod csv;
mod json;
mod values;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use huitong_catalog::{Code, Error, Result};
use serde_json::Value;

use self::arrow_stream::ArrowStream;
use self::json::{Document, Lines};
use super::accept::Format;

/// Writes one answer.
pub enum Writer {
    Json(Document),
    Ndjson(Lines),
    Csv(SchemaRef),
    Arrow(ArrowStream),
}

impl Writer {
    /// For rows of `schema`, which are those of the statement `id`.
    pub fn new(format: Format, id: &str, schema: &SchemaRef) -> Self {
        match format {
            Format::Json => Self::Json(Document::new(id, schema)),
            Format::Ndjson => Self::Ndjson(Lines::new(schema)),
            Format::Csv => Self::Csv(schema.clone()),
            Format::Arrow => Self::Arrow(ArrowStream::new(schema.clone())),
        }
    }

    /// What comes before the rows.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Json(document) => document.begin(out),
            Self::Ndjson(_) => {}
            Self::Csv(schema) => csv::header(schema, out),
            Self::Arrow(stream) => stream.begin(out)?,
        }
        Ok(())
    }

    pub fn rows(&mut self, rows: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Json(document) => document.rows(rows, out),
            Self::Ndjson(lines) => lines.rows(rows, out),
            Self::Csv(_) => csv::rows(rows, out),
            Self::Arrow(stream) => stream.rows(rows, out),
        }
    }

    /// What comes behind them.
    pub fn end(&mut self, count: u64, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Json(document) => document.end(count, None, out),
            Self::Ndjson(_) | Self::Csv(_) => {}
            Self::Arrow(stream) => stream.end(out)?,
        }
        Ok(())
    }

    /// What comes behind them when an error ends them, where the format can tell of it.
    pub fn broken(&mut self, error: &Value, count: u64, out: &mut Vec<u8>) {
        match self {
            Self::Json(document) => document.end(count, Some(error), out),
            Self::Ndjson(_) => json::error_line(error, out),
            Self::Csv(_) | Self::Arrow(_) => {}
        }
    }
}

/// A value that has no form in a format, such as a date beyond the calendar.
fn unwritten(error: ArrowError) -> Error {
    Error::new(Code::RESULT_NOT_WRITTEN, format!("a value cannot be written: {error}"))
        .with_hint("cast it to text, or ask for another format")
        .caused_by(error)
}

#[cfg(test)]
mod tests;
