//! `markdown`: a table of GitHub Flavored Markdown. It streams, so its columns are not padded; numbers are
//! right-aligned by the delimiter row.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::text::Columns;
use super::types::is_number;
use super::{Out, ResultWriter, WriteError};
use crate::width::visible_char;

pub(super) struct MarkdownWriter<'a> {
    out: Out<'a>,
    rows: u64,
}

impl<'a> MarkdownWriter<'a> {
    pub(super) fn new(out: Out<'a>) -> Self {
        Self { out, rows: 0 }
    }
}

impl ResultWriter for MarkdownWriter<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        let (mut names, mut rule) = (String::from("|"), String::from("|"));
        for field in schema.fields() {
            push_cell(field.name(), &mut names);
            rule.push_str(if is_number(field.data_type()) { " ---: |" } else { " --- |" });
        }
        Ok(self.out.write_all(format!("{names}\n{rule}\n").as_bytes())?)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let columns = Columns::new(batch)?;
        let (mut line, mut text) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            line.push('|');
            for column in 0..columns.count() {
                columns.cell(column, row, &mut text)?;
                push_cell(&text, &mut line);
            }
            line.push('\n');
            self.out.write_all(line.as_bytes())?;
            line.clear();
        }
        self.rows += batch.num_rows() as u64;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        Ok(self.rows)
    }
}

/// ` text |`, with what would end the cell, start HTML or a code span, or move the cursor, escaped.
fn push_cell(text: &str, line: &mut String) {
    line.push(' ');
    let text = text.replace("\r\n", "\n");
    for c in text.chars() {
        match c {
            '\n' => line.push_str("<br>"),
            '<' => line.push_str("&lt;"),
            '|' | '\\' | '`' => line.extend(['\\', c]),
            c => visible_char(c, line),
        }
    }
    line.push_str(if text.is_empty() { "|" } else { " |" });
}
