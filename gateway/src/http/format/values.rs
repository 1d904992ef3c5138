//! Values as JSON. Arrow's encoders write what JSON has; the rest is written here:
//!
//! - whole numbers beyond ±(2^53 − 1) and decimals are texts, because most readers of JSON make doubles of numbers;
//! - `NaN`, `Infinity` and `-Infinity` are texts, because JSON has no such numbers;
//! - bytes are base64 (RFC 4648); dates and times are texts by ISO 8601; keys of maps are texts.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::cast::AsArray;
use arrow::array::types::{Float16Type, Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow::array::{Array, ArrowPrimitiveType, MapArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;
use arrow::json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huitong_catalog::Result;

use super::unwritten;

/// The greatest whole number that a double holds, and every smaller one.
const EXACT_MAX: u128 = (1 << 53) - 1;

const TEXT: FormatOptions<'static> = FormatOptions::new().with_display_error(false).with_null("NULL");

/// Writes rows of one answer.
pub struct Values {
    options: EncoderOptions,
    unwritten: Arc<AtomicBool>,
}

impl Default for Values {
    fn default() -> Self {
        let unwritten = Arc::<AtomicBool>::default();
        let factory = Arc::new(Own { unwritten: unwritten.clone() });
        Self { options: EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(factory), unwritten }
    }
}

/// A column that is written value by value.
pub struct Column<'a>(NullableEncoder<'a>);

impl Column<'_> {
    pub fn put(&mut self, row: usize, out: &mut Vec<u8>) {
        match self.0.is_null(row) {
            true => out.extend_from_slice(b"null"),
            false => self.0.encode(row, out),
        }
    }
}

impl Values {
    /// Writes rows with the columns that they have.
    pub fn with(&self, rows: &RecordBatch, write: impl FnOnce(&mut [Column<'_>])) -> Result<()> {
        let schema = rows.schema();
        let columns = schema.fields().iter().zip(rows.columns());
        let columns = columns.map(|(field, column)| make_encoder(field, column.as_ref(), &self.options).map(Column));
        let mut columns = columns.collect::<Result<Vec<_>, ArrowError>>().map_err(unwritten)?;
        write(&mut columns);
        match self.unwritten.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(unwritten(ArrowError::CastError("it has no text, such as a date beyond the calendar".into()))),
        }
    }
}

/// The encoders that are not Arrow's.
#[derive(Debug)]
struct Own {
    /// An encoder cannot fail; it says so here.
    unwritten: Arc<AtomicBool>,
}

impl EncoderFactory for Own {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        use DataType::*;
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            Int64 => Box::new(Whole(array.as_primitive::<Int64Type>())),
            UInt64 => Box::new(Whole(array.as_primitive::<UInt64Type>())),
            Float16 => Box::new(Float(
                array.as_primitive::<Float16Type>(),
                |value: <Float16Type as ArrowPrimitiveType>::Native| f32::from(value),
            )),
            Float32 => Box::new(Float(array.as_primitive::<Float32Type>(), |value| value)),
            Float64 => Box::new(Float(array.as_primitive::<Float64Type>(), |value| value)),
            Binary => {
                let bytes = array.as_binary::<i32>();
                Box::new(Base64(move |row| bytes.value(row)))
            }
            LargeBinary => {
                let bytes = array.as_binary::<i64>();
                Box::new(Base64(move |row| bytes.value(row)))
            }
            BinaryView => {
                let bytes = array.as_binary_view();
                Box::new(Base64(move |row| bytes.value(row)))
            }
            FixedSizeBinary(_) => {
                let bytes = array.as_fixed_size_binary();
                Box::new(Base64(move |row| bytes.value(row)))
            }
            Map(entries, _) => Box::new(self.map(array.as_map(), entries, options)?),
            told if told.is_temporal() || told.is_decimal() || matches!(told, Union(..)) => Box::new(self.text(array)?),
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.logical_nulls())))
    }
}

impl Own {
    fn text<'a>(&self, array: &'a dyn Array) -> Result<Text<'a>, ArrowError> {
        let formatter = ArrayFormatter::try_new(array, &TEXT)?;
        Ok(Text { formatter, text: String::new(), unwritten: self.unwritten.clone() })
    }

    fn map<'a>(
        &self,
        map: &'a MapArray,
        entries: &'a FieldRef,
        options: &'a EncoderOptions,
    ) -> Result<Map<'a>, ArrowError> {
        let values = make_encoder(entries, map.values().as_ref(), options)?;
        Ok(Map { map, keys: self.text(map.keys().as_ref())?, values: Column(values) })
    }
}

struct Whole<'a, T: ArrowPrimitiveType>(&'a PrimitiveArray<T>);

impl<T: ArrowPrimitiveType<Native: Into<i128>>> Encoder for Whole<'_, T> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let value: i128 = self.0.value(row).into();
        // Writing into memory does not fail.
        let _ = match value.unsigned_abs() <= EXACT_MAX {
            true => write!(out, "{value}"),
            false => write!(out, "\"{value}\""),
        };
    }
}

/// With what makes a number of the value.
struct Float<'a, T: ArrowPrimitiveType, N>(&'a PrimitiveArray<T>, fn(T::Native) -> N);

impl<T: ArrowPrimitiveType, N: Into<f64> + serde::Serialize + Copy> Encoder for Float<'_, T, N> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let value = self.1(self.0.value(row));
        let wide: f64 = value.into();
        let _ = match wide {
            _ if wide.is_nan() => out.write_all(b"\"NaN\""),
            f64::INFINITY => out.write_all(b"\"Infinity\""),
            f64::NEG_INFINITY => out.write_all(b"\"-Infinity\""),
            _ => serde_json::to_writer(out, &value).map_err(Into::into),
        };
    }
}

struct Base64<F>(F);

impl<'a, F: Fn(usize) -> &'a [u8]> Encoder for Base64<F> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let _ = write!(out, "\"{}\"", BASE64.encode(self.0(row)));
    }
}

struct Text<'a> {
    formatter: ArrayFormatter<'a>,
    text: String,
    unwritten: Arc<AtomicBool>,
}

impl Encoder for Text<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        self.text.clear();
        let written = self.formatter.value(row).write(&mut self.text);
        if written.is_err() || serde_json::to_writer(out, &self.text).is_err() {
            self.unwritten.store(true, Ordering::Relaxed);
        }
    }
}

struct Map<'a> {
    map: &'a MapArray,
    keys: Text<'a>,
    values: Column<'a>,
}

impl Encoder for Map<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let offsets = self.map.value_offsets();
        out.push(b'{');
        for at in offsets[row] as usize..offsets[row + 1] as usize {
            if at > offsets[row] as usize {
                out.push(b',');
            }
            self.keys.encode(at, out);
            out.push(b':');
            self.values.put(at, out);
        }
        out.push(b'}');
    }
}
