//! Rows in PostgreSQL's binary form: a signature, flags, rows of values with their lengths, and an end.

use arrow::array::cast::AsArray;
use arrow::array::{ArrayRef, ListArray, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as DfResult};
use huitong_catalog::{Code, Error, Result};

use super::values::column;
use super::{BATCH_BYTES, BATCH_ROWS, RECORD_BYTES_MAX};
use crate::postgres::encode::Format;
use crate::postgres::parameters;
use crate::postgres::types::{self, Shape};
use crate::sqlstate::NoText;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// The signature, flags, and the length of what may follow them.
const HEADER_BYTES: usize = SIGNATURE.len() + 8;

/// What stands before the first row.
pub fn head() -> BytesMut {
    let mut head = BytesMut::from(&SIGNATURE[..]);
    head.put_i32(0);
    head.put_i32(0);
    head
}

/// What stands behind the last one.
pub fn tail(out: &mut BytesMut) {
    out.put_i16(-1);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Rows,
    End,
}

/// Makes batches of what a client sends in pieces.
pub struct Reader {
    schema: SchemaRef,
    zone: String,
    pending: BytesMut,
    place: Place,
    rows: Vec<Vec<Option<Bytes>>>,
    /// Bytes of values in them.
    bytes: usize,
    /// Rows read, for messages.
    row: u64,
}

impl Reader {
    pub fn new(schema: SchemaRef, zone: String) -> Self {
        Self { schema, zone, pending: BytesMut::new(), place: Place::Head, rows: Vec::new(), bytes: 0, row: 0 }
    }

    fn head(&mut self) -> Result<bool> {
        let read = self.pending.len().min(SIGNATURE.len());
        if self.pending[..read] != SIGNATURE[..read] {
            let error = Error::new(Code::BAD_RECORD, "what came with COPY does not begin as binary rows do");
            return Err(error.with_hint("send text or CSV without FORMAT binary"));
        }
        let Some(mut head) = self.pending.get(SIGNATURE.len()..HEADER_BYTES) else { return Ok(false) };
        let (flags, more) = (head.get_u32(), head.get_u32());
        if flags >> 16 != 0 {
            return Err(Error::new(
                Code::BAD_RECORD,
                format!("binary rows with the flags {flags:#x} are not understood"),
            ));
        }
        let length = HEADER_BYTES.saturating_add(more as usize);
        if length > RECORD_BYTES_MAX {
            return Err(self.bad("what stands before it is longer than 64 MiB"));
        }
        if self.pending.len() < length {
            return Ok(false);
        }
        self.pending.advance(length);
        Ok(true)
    }

    /// The next row, if all of it is there; none at the end too.
    fn next_row(&mut self) -> Result<Option<Vec<Option<Bytes>>>> {
        let Some(mut rest) = self.pending.get(..).filter(|rest| rest.len() >= 2) else { return Ok(None) };
        let count = rest.get_i16();
        if count == -1 {
            self.pending.advance(2);
            self.place = Place::End;
            return Ok(None);
        }
        let columns = self.schema.fields().len();
        if usize::try_from(count) != Ok(columns) {
            return Err(self.bad(&format!("it has {count} values, and there are {columns} columns")));
        }
        let mut lengths = Vec::with_capacity(columns);
        let mut bytes = 0_usize;
        for _ in 0..columns {
            let Ok(length) = rest.try_get_i32() else { return Ok(None) };
            let length = match usize::try_from(length) {
                Ok(length) => Some(length),
                Err(_) if length == -1 => None,
                Err(_) => return Err(self.bad(&format!("the length of a value is {length}"))),
            };
            bytes += length.unwrap_or_default();
            if bytes > RECORD_BYTES_MAX {
                return Err(self.bad("it is longer than 64 MiB"));
            }
            if rest.len() < length.unwrap_or_default() {
                return Ok(None);
            }
            rest.advance(length.unwrap_or_default());
            lengths.push(length);
        }
        // Nulls take memory too.
        self.bytes += 2 + 4 * columns + bytes;
        let mut row = self.pending.split_to(2 + 4 * columns + bytes).freeze();
        row.advance(2);
        let values = lengths.into_iter().map(|length| {
            row.advance(4);
            length.map(|length| row.split_to(length))
        });
        Ok(Some(values.collect()))
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let columns = self.schema.fields().iter().enumerate();
        let columns = columns.map(|(at, field)| self.column(field, at, &rows)).collect::<Result<Vec<_>>>()?;
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| {
            Error::new(Code::CONSTRAINT_VIOLATED, format!("rows of COPY do not fit the table: {error}"))
        })
    }

    fn column(&self, field: &FieldRef, at: usize, rows: &[Vec<Option<Bytes>>]) -> Result<ArrayRef> {
        let first = self.row + 1 - rows.len() as u64;
        let number = |row: usize| format!("row {}", first + row as u64);
        let values = rows.iter().map(|row| row[at].clone()).enumerate();
        let wrong = |row: usize| {
            let text = format!("{} of COPY: a value does not fit column `{}`", number(row), field.name());
            let (told, sent) = (field.data_type(), sent_as(field.data_type()));
            Error::new(Code::BAD_RECORD, text).with_hint(format!("its type is {told}, sent as {sent}"))
        };
        if matches!(Shape::of(field.data_type()), Shape::One(types::TEXT | types::JSON)) {
            let text = |(row, value): (usize, Option<Bytes>)| match value.map(|value| String::from_utf8(value.to_vec()))
            {
                None => Ok(None),
                Some(Ok(text)) if !text.contains('\0') => Ok(Some(text)),
                Some(_) => Err(wrong(row).caused_by(NoText)),
            };
            return column(field, &values.map(text).collect::<Result<_>>()?, &self.zone, number);
        }
        let value = |(row, value)| self.value(field.data_type(), value).map_err(|cause| wrong(row).caused_by(cause));
        ScalarValue::iter_to_array(values.map(value).collect::<Result<Vec<_>>>()?)
            .map_err(|error| Error::new(Code::INTERNAL, "values of one type are no column").caused_by(error))
    }

    fn value(&self, told: &DataType, value: Option<Bytes>) -> DfResult<ScalarValue> {
        let Some(value) = value else { return ScalarValue::try_from(told) };
        let read = parameters::read(1, Shape::of(told).oid(), Format::Binary, Some(value), &self.zone);
        let value = read.map_err(|problem| DataFusionError::External(problem.error))?;
        let has_zero = |list: &ListArray| {
            list.values()
                .as_string_opt::<i32>()
                .is_some_and(|texts| texts.iter().flatten().any(|text| text.contains('\0')))
        };
        match &value {
            ScalarValue::List(list) if has_zero(list) => Err(DataFusionError::External(Box::new(NoText))),
            value => value.cast_to(told),
        }
    }

    fn bad(&self, what: &str) -> Error {
        Error::new(Code::BAD_RECORD, format!("row {} of COPY cannot be read: {what}", self.row + 1))
    }
}

impl super::Incoming for Reader {
    fn feed(&mut self, data: &[u8]) -> Result<Vec<RecordBatch>> {
        self.pending.extend_from_slice(data);
        if self.place == Place::Head && self.head()? {
            self.place = Place::Rows;
        }
        let mut batches = Vec::new();
        while self.place == Place::Rows {
            let Some(row) = self.next_row()? else { break };
            self.row += 1;
            self.rows.push(row);
            if self.rows.len() == BATCH_ROWS || self.bytes >= BATCH_BYTES {
                batches.push(self.batch()?);
            }
        }
        match self.place == Place::End && !self.pending.is_empty() {
            true => Err(self.bad("it comes behind the end")),
            false => Ok(batches),
        }
    }

    fn end(&mut self) -> Result<Vec<RecordBatch>> {
        if self.place == Place::Head || !self.pending.is_empty() {
            return Err(self.bad("it is cut off"));
        }
        if self.rows.is_empty() { Ok(Vec::new()) } else { Ok(vec![self.batch()?]) }
    }
}

/// How clients call the type that values of a column are sent as.
fn sent_as(told: &DataType) -> &'static str {
    match Shape::of(told) {
        Shape::One(one) => one.name,
        Shape::List(item) => item.list_name,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{Field, Schema};
    use arrow::util::display::array_value_to_string;

    use super::super::Incoming;
    use super::*;

    fn reader() -> Reader {
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
        let fields = [("n", DataType::Int32), ("s", DataType::Utf8), ("x", DataType::Decimal128(12, 2)), ("l", list)];
        let fields: Vec<Field> = fields.into_iter().map(|(name, told)| Field::new(name, told, true)).collect();
        Reader::new(Arc::new(Schema::new(fields)), "UTC".to_owned())
    }

    fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut out = BytesMut::new();
        out.put_i16(values.len() as i16);
        for value in values {
            match value {
                None => out.put_i32(-1),
                Some(value) => {
                    out.put_i32(value.len() as i32);
                    out.put_slice(value);
                }
            }
        }
        out.to_vec()
    }

    const ONE: &[u8] = &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7];

    fn all(parts: &[&[u8]]) -> Vec<u8> {
        let mut out = head();
        parts.iter().for_each(|part| out.put_slice(part));
        out.to_vec()
    }

    /// Fed in pieces of some bytes.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<String>> {
        let mut reader = reader();
        let mut batches = Vec::new();
        for piece in bytes.chunks(piece) {
            batches.extend(reader.feed(piece)?);
        }
        batches.extend(reader.end()?);
        let line = |batch: &RecordBatch, row: usize| {
            batch
                .columns()
                .iter()
                .map(|column| array_value_to_string(column, row).unwrap())
                .collect::<Vec<_>>()
                .join("|")
        };
        Ok(batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(|row| line(batch, row)).collect::<Vec<_>>())
            .collect())
    }

    #[test]
    fn rows_are_read_in_pieces() {
        let seven = [0, 2, 0, 0, 0, 0, 0, 1, 0, 7, 19, 136];
        let full = row(&[Some(&[0, 0, 0, 5]), Some("甲".as_bytes()), Some(&seven), Some(ONE)]);
        let bytes = all(&[&full, &row(&[None; 4]), &(-1_i16).to_be_bytes()]);
        for piece in [1, 7, usize::MAX] {
            assert_eq!(read(&bytes, piece).unwrap(), ["5|甲|7.50|[7]", "|||"]);
        }
        // The end may be left out.
        assert_eq!(read(&all(&[&full]), 3).unwrap().len(), 1);
        assert_eq!(read(&all(&[]), 3).unwrap().len(), 0);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let wide = [&4_i16.to_be_bytes()[..], &i32::MAX.to_be_bytes()].concat();
        let negative = [&4_i16.to_be_bytes()[..], &(-2_i32).to_be_bytes()].concat();
        let number = row(&[Some(&[0; 8]), None, None, None]);
        let zero = row(&[None, Some(b"a\0b"), None, None]);
        for (bytes, told) in [
            (b"1\tx\n".to_vec(), "does not begin as binary rows do"),
            (b"PGCOPY\n\xff\r\n\0\0\x01\0\0\0\0\0\0".to_vec(), "flags 0x10000"),
            (b"PGC".to_vec(), "row 1 of COPY cannot be read: it is cut off"),
            (all(&[&row(&[None; 3])]), "it has 3 values, and there are 4 columns"),
            (all(&[&wide]), "it is longer than 64 MiB"),
            (all(&[&negative]), "the length of a value is -2"),
            (all(&[&row(&[None; 4]), &[0, 4, 0]]), "row 2 of COPY cannot be read: it is cut off"),
            (all(&[&(-1_i16).to_be_bytes(), &[0]]), "it comes behind the end"),
            (all(&[&number]), "row 1 of COPY: a value does not fit column `n`"),
            (all(&[&zero]), "row 1 of COPY: a value does not fit column `s`"),
        ] {
            let error = read(&bytes, 5).unwrap_err();
            assert!(error.code == Code::BAD_RECORD && error.message.contains(told), "{error}");
        }
        assert_eq!(crate::sqlstate::of(&read(&all(&[&zero]), 9).unwrap_err()), "22021");
    }
}
