//! Identifiers of records, as columns hold them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, exec_err, plan_err};

/// A column has one kind only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    Number(i64),
    Text(Box<str>),
}

impl Id {
    /// Bytes besides the value itself.
    pub fn bytes(&self) -> usize {
        match self {
            Id::Number(_) => 0,
            Id::Text(text) => text.len(),
        }
    }
}

/// BIGINT for whole numbers, else VARCHAR.
///
/// # Errors
/// Types that are neither.
pub fn type_of(given: &DataType) -> Result<DataType> {
    match given {
        DataType::UInt64 => Ok(DataType::Utf8),
        given if given.is_integer() => Ok(DataType::Int64),
        given if given.is_string() || given.is_null() => Ok(DataType::Utf8),
        DataType::Dictionary(_, values) => type_of(values),
        other => plan_err!("an identifier is a whole number or a text, not {other}"),
    }
}

/// The identifier in a row of a column of either type.
///
/// # Errors
/// A column of another type.
pub fn read(column: &ArrayRef, row: usize) -> Result<Option<Id>> {
    if column.is_null(row) {
        return Ok(None);
    }
    match column.data_type() {
        DataType::Int64 => Ok(Some(Id::Number(column.as_primitive::<Int64Type>().value(row)))),
        DataType::Utf8 => Ok(Some(Id::Text(column.as_string::<i32>().value(row).into()))),
        other => exec_err!("an identifier of type {other}"),
    }
}

/// A column of a type; what is of the other kind is null.
pub fn write<'a>(ids: impl Iterator<Item = &'a Id>, of: &DataType) -> ArrayRef {
    match of {
        DataType::Int64 => {
            let number = |id: &Id| if let Id::Number(number) = id { Some(*number) } else { None };
            Arc::new(ids.map(number).collect::<Int64Array>())
        }
        _ => {
            let text = |id: &'a Id| if let Id::Text(text) = id { Some(text.as_ref()) } else { None };
            Arc::new(ids.map(text).collect::<StringArray>())
        }
    }
}
