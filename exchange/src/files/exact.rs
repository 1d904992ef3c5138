//! Numbers that are whole or decimal: the readers below would cut the digits off that a type has no room for. Here they
//! are read with room to spare, and then each has to fit.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal256Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal256Type, Field, FieldRef};
use arrow::error::ArrowError;

/// Room for every whole number and decimal that a table stores, and for as many digits again behind the point. A value
/// that differs only in the 39th digit behind the point counts as equal.
const PRECISION: u8 = 76;
const SCALE: i8 = 38;
const WIDE: DataType = DataType::Decimal256(PRECISION, SCALE);

/// What to read a type as.
pub fn wide(kind: &DataType) -> DataType {
    let field = |field: &FieldRef| Arc::new(Field::new(field.name(), wide(field.data_type()), true));
    let widens = |field: &FieldRef| wide(field.data_type()) != *field.data_type();
    match kind {
        DataType::Decimal128(_, _) => WIDE,
        kind if kind.is_integer() => WIDE,
        DataType::List(item) if widens(item) => DataType::List(field(item)),
        DataType::Struct(fields) if fields.iter().any(widens) => DataType::Struct(fields.iter().map(field).collect()),
        other => other.clone(),
    }
}

/// What was read as the type it is meant for; otherwise the first row with a value that does not fit.
pub fn narrow(column: &ArrayRef, kind: &DataType) -> Result<ArrayRef, usize> {
    if column.data_type() == kind {
        return Ok(column.clone());
    }
    // What cannot be cast becomes NULL, and so differs below.
    let cast = |column: &ArrayRef, kind| cast_with_options(column, kind, &CastOptions::default()).map_err(|_| 0_usize);
    let fitted = cast(column, kind)?;
    let back = cast(&fitted, column.data_type())?;
    if back.as_ref() == column.as_ref() {
        return Ok(fitted);
    }
    let differs = |row: &usize| back.slice(*row, 1).as_ref() != column.slice(*row, 1).as_ref();
    (0..column.len()).find(differs).map_or(Ok(fitted), Err)
}

/// Decimals from their text; otherwise the first row that is none of the type.
pub fn decimals(texts: &ArrayRef, kind: &DataType) -> Result<ArrayRef, usize> {
    let parse = |text| arrow::compute::kernels::cast_utils::parse_decimal::<Decimal256Type>(text, PRECISION, SCALE);
    let rows = texts.as_string::<i32>().iter().enumerate();
    let numbers = rows.map(|(row, text)| text.map(parse).transpose().map_err(|_: ArrowError| row));
    let numbers: Decimal256Array = numbers.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
    let numbers = numbers.with_precision_and_scale(PRECISION, SCALE).map_err(|_| 0_usize)?;
    narrow(&(Arc::new(numbers) as ArrayRef), kind)
}

/// The SQL name of a type, for messages.
pub fn name(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int8 => "TINYINT".into(),
        DataType::Int16 => "SMALLINT".into(),
        DataType::Int32 => "INT".into(),
        DataType::Int64 => "BIGINT".into(),
        DataType::Float32 => "REAL".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR".into(),
        DataType::List(_) => "a list".into(),
        DataType::Struct(_) => "a struct".into(),
        other => other.to_string(),
    }
}
