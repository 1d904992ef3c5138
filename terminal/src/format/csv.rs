//! `csv`: RFC 4180 quoting, a header, LF line ends. NULL is an empty field and an empty string is `""`, so both can be
//! told apart, as `COPY` of PostgreSQL does it.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::text::Columns;
use super::{Out, ResultWriter, WriteError};

pub(super) struct CsvWriter<'a> {
    out: Out<'a>,
    rows: u64,
}

impl<'a> CsvWriter<'a> {
    pub(super) fn new(out: Out<'a>) -> Self {
        Self { out, rows: 0 }
    }

    fn line(&mut self, line: &mut String) -> Result<(), WriteError> {
        line.push('\n');
        self.out.write_all(line.as_bytes())?;
        line.clear();
        Ok(())
    }
}

impl ResultWriter for CsvWriter<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        let mut line = String::new();
        for (index, field) in schema.fields().iter().enumerate() {
            part(index, &mut line);
            push_field(field.name(), &mut line);
        }
        self.line(&mut line)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let columns = Columns::new(batch)?;
        let (mut line, mut text) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            for column in 0..columns.count() {
                part(column, &mut line);
                // A line with nothing on it is skipped by most readers, and with it the row: a lone NULL is written as
                // "".
                if columns.cell(column, row, &mut text)? || columns.count() == 1 {
                    push_field(&text, &mut line);
                }
            }
            self.line(&mut line)?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        Ok(self.rows)
    }
}

fn part(column: usize, line: &mut String) {
    if column > 0 {
        line.push(',');
    }
}

fn push_field(text: &str, line: &mut String) {
    if !text.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (index, piece) in text.split('"').enumerate() {
        if index > 0 {
            line.push_str("\"\"");
        }
        line.push_str(piece);
    }
    line.push('"');
}
