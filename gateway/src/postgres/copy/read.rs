//! Lines as they are read: records of fields, in batches with the table's types.

use std::iter::Peekable;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, SchemaRef};
use bytes::{Buf, BytesMut};
use huitong_catalog::{Code, Error, Result};

use super::values::column;
use super::{BATCH_BYTES, BATCH_ROWS, Layout, RECORD_BYTES_MAX};
use crate::sqlstate::NoText;

type Record = Vec<Option<String>>;

/// Where the search for the end of a record goes on when more has come.
#[derive(Default)]
struct Looked {
    at: usize,
    quoted: bool,
    /// The next byte means itself.
    skip: bool,
}

/// Makes batches of what a client sends in pieces.
pub struct Reader {
    schema: SchemaRef,
    layout: Layout,
    /// Of moments that are written without a zone.
    zone: String,
    pending: BytesMut,
    /// How far what is pending was looked through.
    looked: Looked,
    records: Vec<Record>,
    /// Bytes of values in them.
    bytes: usize,
    /// Records read, for messages; the header is one.
    line: u64,
    /// After `\.` nothing counts any more.
    ended: bool,
}

impl Reader {
    pub fn new(schema: SchemaRef, layout: Layout, zone: String) -> Self {
        let (pending, looked) = (BytesMut::new(), Looked::default());
        Self { schema, layout, zone, pending, looked, records: Vec::new(), bytes: 0, line: 0, ended: false }
    }

    fn records(&mut self, is_last: bool) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        while let Some((length, skip)) = self.next_record(is_last)? {
            let record = self.pending.split_to(length);
            self.pending.advance(skip);
            self.line += 1;
            if self.ended || &record[..] == b"\\." {
                self.ended = true;
                continue;
            }
            if self.layout.header && self.line == 1 {
                continue;
            }
            let fields = if self.layout.csv { self.csv(&record) } else { self.text(&record) }?;
            if fields.len() != self.schema.fields().len() {
                let text = format!("{} values, and there are {} columns", fields.len(), self.schema.fields().len());
                return Err(self.bad(&text));
            }
            self.bytes += fields.iter().flatten().map(String::len).sum::<usize>();
            self.records.push(fields);
            if self.records.len() == BATCH_ROWS || self.bytes >= BATCH_BYTES {
                batches.push(self.batch()?);
            }
        }
        Ok(batches)
    }

    /// The length of the next record and of the line's end behind it; none if it is not there yet.
    fn next_record(&mut self, is_last: bool) -> Result<Option<(usize, usize)>> {
        while let Some(byte) = self.pending.get(self.looked.at).copied() {
            let at = self.looked.at;
            self.looked.at += 1;
            if self.ends_at(byte) {
                self.looked = Looked::default();
                let is_pair = at > 0 && self.pending[at - 1] == b'\r';
                return Ok(Some(if is_pair { (at - 1, 2) } else { (at, 1) }));
            }
        }
        if self.pending.len() > RECORD_BYTES_MAX {
            return Err(self.bad("it is longer than 64 MiB"));
        }
        match is_last && !self.pending.is_empty() {
            true if self.looked.quoted => Err(self.bad("a quote is not closed")),
            true => {
                self.looked = Looked::default();
                Ok(Some((self.pending.len(), 0)))
            }
            false => Ok(None),
        }
    }

    /// Whether a record ends with this byte, which is the next one.
    fn ends_at(&mut self, byte: u8) -> bool {
        let Layout { csv, quote, escape, .. } = self.layout;
        let looked = &mut self.looked;
        match byte {
            _ if looked.skip => looked.skip = false,
            b'\\' if !csv => looked.skip = true,
            // An escaped quote is a pair of quotes, or it would end what is quoted; a character before it is skipped over.
            byte if csv && looked.quoted && byte == escape && byte != quote => looked.skip = true,
            byte if csv && byte == quote => looked.quoted = !looked.quoted,
            b'\n' => return !looked.quoted,
            _ => {}
        }
        false
    }

    fn text(&self, record: &[u8]) -> Result<Record> {
        let mut fields = Vec::new();
        let (mut raw, mut value) = (Vec::new(), Vec::new());
        let mut bytes = record.iter().copied().peekable();
        loop {
            match bytes.next() {
                Some(b'\\') => {
                    let Some(next) = bytes.next() else { return Err(self.bad("it ends with `\\`")) };
                    raw.extend([b'\\', next]);
                    value.push(match next {
                        b'b' => 0x08,
                        b'f' => 0x0c,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'v' => 0x0b,
                        b'0'..=b'7' => number(&mut bytes, Some(next), 8, 3).unwrap_or(next),
                        b'x' => number(&mut bytes, None, 16, 2).unwrap_or(next),
                        other => other,
                    });
                }
                Some(byte) if byte != self.layout.delimiter => {
                    raw.push(byte);
                    value.push(byte);
                }
                end => {
                    let is_null = raw == self.layout.null.as_bytes();
                    fields.push(if is_null { None } else { Some(self.utf8(std::mem::take(&mut value))?) });
                    (raw, value) = (Vec::new(), Vec::new());
                    if end.is_none() {
                        return Ok(fields);
                    }
                }
            }
        }
    }

    fn csv(&self, record: &[u8]) -> Result<Record> {
        let Layout { delimiter, quote, escape, .. } = self.layout;
        let mut fields = Vec::new();
        let (mut value, mut quoted, mut was_quoted) = (Vec::new(), false, false);
        let mut bytes = record.iter().copied().peekable();
        loop {
            match bytes.next() {
                Some(byte)
                    if quoted
                        && byte == escape
                        && bytes.peek().is_some_and(|next| *next == quote || *next == escape) =>
                {
                    value.extend(bytes.next());
                }
                Some(byte) if byte == quote => (quoted, was_quoted) = (!quoted, true),
                Some(byte) if quoted || byte != delimiter => value.push(byte),
                end => {
                    let is_null = !was_quoted && value == self.layout.null.as_bytes();
                    fields.push(if is_null { None } else { Some(self.utf8(std::mem::take(&mut value))?) });
                    (value, was_quoted) = (Vec::new(), false);
                    if end.is_none() {
                        return Ok(fields);
                    }
                }
            }
        }
    }

    fn utf8(&self, value: Vec<u8>) -> Result<String> {
        // A byte 0 is no part of a text for PostgreSQL, whose clients end a text there.
        match String::from_utf8(value) {
            Ok(text) if !text.as_bytes().contains(&0) => Ok(text),
            Ok(_) => Err(self.bad("it holds a byte 0").caused_by(NoText)),
            Err(_) => Err(self.bad("it is not UTF-8").caused_by(NoText)),
        }
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let records = std::mem::take(&mut self.records);
        self.bytes = 0;
        let columns = self.schema.fields().iter().enumerate();
        let columns = columns.map(|(at, field)| self.column(field, at, &records)).collect::<Result<Vec<_>>>()?;
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| {
            Error::new(Code::CONSTRAINT_VIOLATED, format!("lines of COPY do not fit the table: {error}"))
        })
    }

    fn column(&self, field: &FieldRef, at: usize, records: &[Record]) -> Result<ArrayRef> {
        let first = self.line + 1 - records.len() as u64;
        let texts = records.iter().map(|record| record[at].as_deref()).collect();
        column(field, &texts, &self.zone, |row| format!("line {}", first + row as u64))
    }

    fn bad(&self, what: &str) -> Error {
        Error::new(Code::BAD_RECORD, format!("line {} of COPY cannot be read: {what}", self.line.max(1)))
    }
}

impl super::Incoming for Reader {
    fn feed(&mut self, data: &[u8]) -> Result<Vec<RecordBatch>> {
        self.pending.extend_from_slice(data);
        self.records(false)
    }

    /// The last line need not have an end.
    fn end(&mut self) -> Result<Vec<RecordBatch>> {
        let mut batches = self.records(true)?;
        if !self.records.is_empty() {
            batches.push(self.batch()?);
        }
        Ok(batches)
    }
}

/// The byte that digits behind a `\` stand for, of which `first` was read; only the last eight bits of a larger number count.
fn number(bytes: &mut Peekable<impl Iterator<Item = u8>>, first: Option<u8>, radix: u32, digits: usize) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(radix);
    let mut code = first.and_then(value);
    for _ in usize::from(first.is_some())..digits {
        let Some(digit) = bytes.next_if(|byte| value(*byte).is_some()).and_then(value) else { break };
        code = Some(code.unwrap_or_default() * radix + digit);
    }
    code.and_then(|code| u8::try_from(code & 0xff).ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Incoming;
    use super::*;
    use arrow::array::cast::AsArray;
    use arrow::datatypes::{DataType, Field, Int32Type, Schema};

    fn reader(csv: bool, header: bool) -> Reader {
        let schema = Schema::new(vec![Field::new("n", DataType::Int32, true), Field::new("s", DataType::Utf8, true)]);
        let layout = Layout {
            csv,
            delimiter: if csv { b',' } else { b'\t' },
            null: if csv { String::new() } else { "\\N".into() },
            header,
            quote: b'"',
            escape: b'"',
        };
        Reader::new(Arc::new(schema), layout, "UTC".to_owned())
    }

    /// Fed byte by byte: pieces may end anywhere.
    fn rows(mut reader: Reader, text: &str) -> Result<Vec<(Option<i32>, Option<String>)>> {
        let mut batches = Vec::new();
        for byte in text.as_bytes() {
            batches.extend(reader.feed(&[*byte])?);
        }
        batches.extend(reader.end()?);
        Ok(batches
            .iter()
            .flat_map(|batch| {
                let numbers = batch.column(0).as_primitive::<Int32Type>().iter();
                let texts = batch.column(1).as_string::<i32>().iter().map(|text| text.map(str::to_owned));
                numbers.zip(texts).collect::<Vec<_>>()
            })
            .collect())
    }

    #[test]
    fn lines_of_text_are_read() {
        let text = "1\ta\\tb\\\\\n\\N\t甲\\n\r\n3\t\\N\n\\.\nrest";
        let expected = [(Some(1), Some("a\tb\\".to_owned())), (None, Some("甲\n".to_owned())), (Some(3), None)];
        assert_eq!(rows(reader(false, false), text).unwrap(), expected);
    }

    #[test]
    fn bytes_are_written_as_numbers() {
        let text = "1\t\\101\\x42\\x4a!\\7\\1018\\xg\\q\n";
        assert_eq!(rows(reader(false, false), text).unwrap(), [(Some(1), Some("ABJ!\u{7}A8xgq".to_owned()))]);
    }

    #[test]
    fn a_byte_0_is_no_text() {
        for (csv, text) in [(false, "1\ta\0b\n"), (false, "1\ta\\0b\n"), (false, "1\t\\x00\n"), (true, "1,a\0b\n")] {
            let error = rows(reader(csv, false), text).unwrap_err();
            assert_eq!((error.code, crate::sqlstate::of(&error)), (Code::BAD_RECORD, "22021"), "{text:?}: {error}");
        }
        let mut reader = reader(false, false);
        assert_eq!(reader.feed(b"1\t\xff\n").map_err(|error| crate::sqlstate::of(&error)), Err("22021"));
    }

    #[test]
    fn lines_of_csv_are_read() {
        let text = "n,s\n1,\"a\n\"\"b\"\",\"\n,\"\"\r\n3,";
        let expected = [(Some(1), Some("a\n\"b\",".to_owned())), (None, Some(String::new())), (Some(3), None)];
        assert_eq!(rows(reader(true, true), text).unwrap(), expected);
    }

    #[test]
    fn wide_rows_fill_a_batch_earlier() {
        let wide = "x".repeat(BATCH_BYTES / 4);
        let mut reader = reader(false, false);
        let mut batches = Vec::new();
        for n in 0..9 {
            batches.extend(reader.feed(format!("{n}\t{wide}\n").as_bytes()).unwrap());
        }
        batches.extend(reader.end().unwrap());
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [4, 4, 1]);
    }

    /// Looking through a record from its beginning for each piece of it would take minutes.
    #[test]
    fn a_record_in_many_pieces_is_looked_through_once() {
        let mut reader = reader(true, false);
        assert!(reader.feed(b"1,\"").unwrap().is_empty());
        for _ in 0..20_000 {
            assert!(reader.feed(&[b'x'; 1000]).unwrap().is_empty());
        }
        assert_eq!(reader.feed(b"\n\"\n").unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_line() {
        for (csv, text, told) in [
            (false, "1\ta\nx\tb\n", "line 2 of COPY: `x` does not fit column `n`"),
            (false, "1\ta\n2\n", "line 2 of COPY cannot be read: 1 values, and there are 2 columns"),
            (true, "1,\"a\n", "line 1 of COPY cannot be read: a quote is not closed"),
        ] {
            assert_eq!(rows(reader(csv, false), text).unwrap_err().message, told);
        }
    }
}
