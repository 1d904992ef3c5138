//! One number for a table, whatever the order of its rows and however they are cut into batches: the sum of the hashes
//! of the rows.

use arrow::array::cast::AsArray;
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};

use crate::error::Error;
use crate::rng::mix;

/// The sum over all rows of a fixed 64-bit hash of the row; not a cryptographic hash.
pub fn checksum(batches: impl IntoIterator<Item = RecordBatch>) -> Result<u64, Error> {
    let mut sum = 0u64;
    for batch in batches {
        let mut rows = vec![0u64; batch.num_rows()];
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            fold(column.as_ref(), &mut rows).ok_or_else(|| Error::UnsupportedType {
                column: field.name().clone(),
                data_type: field.data_type().clone(),
            })?;
        }
        sum = rows.into_iter().fold(sum, |sum, row| sum.wrapping_add(mix(row)));
    }
    Ok(sum)
}

/// Folds one column into the hashes of its rows; `None` for a type the sample does not use.
fn fold(column: &dyn Array, rows: &mut [u64]) -> Option<()> {
    let value: Box<dyn Fn(usize) -> u64 + '_> = match column.data_type() {
        DataType::Utf8 => {
            let c = column.as_string::<i32>();
            Box::new(|i| bytes(c.value(i).as_bytes()))
        }
        DataType::Boolean => {
            let c = column.as_boolean();
            Box::new(|i| u64::from(c.value(i)))
        }
        DataType::Int64 => {
            let c = column.as_primitive::<Int64Type>();
            Box::new(|i| c.value(i) as u64)
        }
        DataType::Float64 => {
            let c = column.as_primitive::<Float64Type>();
            Box::new(|i| c.value(i).to_bits())
        }
        DataType::Date32 => {
            let c = column.as_primitive::<Date32Type>();
            Box::new(|i| c.value(i) as u64)
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let c = column.as_primitive::<TimestampMicrosecondType>();
            Box::new(|i| c.value(i) as u64)
        }
        DataType::Decimal128(_, _) => {
            let c = column.as_primitive::<Decimal128Type>();
            Box::new(|i| c.value(i) as u64)
        }
        _ => return None,
    };
    for (i, row) in rows.iter_mut().enumerate() {
        let hash = if column.is_null(i) { 0x6E75_6C6C } else { mix(value(i) ^ 1) };
        *row = mix(row.rotate_left(5) ^ hash);
    }
    Some(())
}

/// Eight bytes at a time, the length last, so that neither padding nor order is lost.
fn bytes(text: &[u8]) -> u64 {
    let words = text.chunks(8).fold(0u64, |hash, chunk| {
        let word = chunk.iter().rev().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
        mix(hash.rotate_left(5) ^ word)
    });
    mix(words ^ text.len() as u64)
}

#[cfg(test)]
mod tests;
