//! Rows as the protocol sends them, in text or in binary.

/// Dates and times in text.
pub mod calendar;

/// Values as JSON.
mod json;

/// Numbers in text and the binary form of exact ones.
pub mod number;

/// One value after the other, of a column whose type is known.
mod values;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use bytes::{BufMut, BytesMut};
use huitong_catalog::{Code, Error, Result};

use super::output::{message, sized};
use super::types::Shape;
use crate::flight::clients::fit;
pub use calendar::Zone;

/// How a client wants values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Binary,
}

impl Format {
    /// Reads the protocol's number.
    pub fn of(number: i16) -> Result<Self> {
        match number {
            0 => Ok(Self::Text),
            1 => Ok(Self::Binary),
            other => Err(Error::new(Code::PARAMETER_MISSING, format!("there is no format {other}"))),
        }
    }

    pub fn number(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Binary => 1,
        }
    }

    /// The format of each of `count` values: none given means text, one given is for all.
    pub fn all(numbers: &[i16], count: usize) -> Result<Vec<Self>> {
        match numbers {
            [] => Ok(vec![Self::Text; count]),
            [one] => Ok(vec![Self::of(*one)?; count]),
            many if many.len() == count => many.iter().map(|number| Self::of(*number)).collect(),
            many => {
                Err(Error::new(Code::PARAMETER_MISSING, format!("{} formats for {count} values are sent", many.len())))
            }
        }
    }
}

/// Writes a value that is not null.
type Write<'a> = Box<dyn Fn(usize, &mut BytesMut) + Send + 'a>;

/// A batch that is ready to be sent.
pub struct Encoder {
    batch: RecordBatch,
    formats: Vec<Format>,
    zone: Zone,
}

impl Encoder {
    /// `schema` is what was announced; see [`crate::flight::clients::safe_schema`].
    pub fn new(batch: &RecordBatch, schema: &SchemaRef, formats: &[Format], zone: Zone) -> Result<Self> {
        let batch = fit(batch, schema).map_err(|error| {
            Error::new(Code::EXECUTION, format!("the result cannot be cast to its announced types: {error}"))
        })?;
        Ok(Self { batch, formats: formats.to_vec(), zone })
    }

    /// For the rows that are left.
    pub fn set_formats(&mut self, formats: &[Format]) {
        self.formats = formats.to_vec();
    }

    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Appends rows as messages until the buffer is full or `end` is reached; answers where to go on.
    pub fn rows_into(&self, buffer: &mut BytesMut, from: usize, end: usize, bytes_max: usize) -> Result<usize> {
        let writers = self.writers()?;
        let mut row = from;
        while row < end && buffer.len() < bytes_max {
            message(buffer, b'D', |body| self.put_row(body, &writers, row));
            row += 1;
        }
        Ok(row)
    }

    fn put_row(&self, body: &mut BytesMut, writers: &[Write<'_>], row: usize) {
        body.put_u16(u16::try_from(writers.len()).unwrap_or(u16::MAX));
        for (column, write) in self.batch.columns().iter().zip(writers) {
            put_value(body, column, write, row);
        }
    }

    fn writers(&self) -> Result<Vec<Write<'_>>> {
        let columns = self.batch.columns().iter().zip(&self.formats);
        columns.map(|(column, format)| writer(column, *format, self.zone)).collect()
    }

    /// Appends all rows as those of a binary `COPY`, which are like those of answers; what is in `head` goes before the first.
    pub fn copied_into(&self, buffer: &mut BytesMut, head: &mut BytesMut) -> Result<()> {
        let writers = self.writers()?;
        for row in 0..self.rows() {
            message(buffer, b'd', |body| {
                body.extend_from_slice(&head.split());
                self.put_row(body, &writers, row);
            });
        }
        Ok(())
    }

    /// Appends rows as lines of `COPY`, with what `line` makes of the values of a row.
    pub fn lines_into(&self, buffer: &mut BytesMut, line: impl Fn(&[Option<BytesMut>], &mut BytesMut)) -> Result<()> {
        let writers = self.writers()?;
        for row in 0..self.rows() {
            let values: Vec<Option<BytesMut>> = self
                .batch
                .columns()
                .iter()
                .zip(&writers)
                .map(|(column, write)| {
                    (!column.is_null(row) && column.data_type() != &DataType::Null).then(|| {
                        let mut value = BytesMut::new();
                        write(row, &mut value);
                        value
                    })
                })
                .collect();
            message(buffer, b'd', |body| line(&values, body));
        }
        Ok(())
    }
}

fn put_value(body: &mut BytesMut, column: &ArrayRef, write: &Write<'_>, row: usize) {
    // An array of nulls has no bits for them.
    if column.is_null(row) || column.data_type() == &DataType::Null {
        body.put_i32(-1);
    } else {
        sized(body, 0, |value| write(row, value));
    }
}

fn writer(column: &ArrayRef, format: Format, zone: Zone) -> Result<Write<'_>> {
    match (Shape::of(column.data_type()), format) {
        (Shape::List(item), Format::Text) => values::list_text(column, item, zone),
        (Shape::List(item), Format::Binary) => values::list_binary(column, item, zone),
        (Shape::One(_), Format::Text) => values::text(column, zone),
        (Shape::One(_), Format::Binary) => values::binary(column, zone),
    }
}

#[cfg(test)]
mod tests;
