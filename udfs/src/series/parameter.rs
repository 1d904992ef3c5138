//! The arguments as declared, and which SQL types they accept.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion_common::{Result, plan_err};

/// One argument of an aggregate.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub role: Role,
    pub required: bool,
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// When a row was observed; the result's `ts` has its type.
    Time,
    /// A moment of which only the order matters.
    Order,
    /// A number per row; NULL is `NaN`.
    Number,
    /// A list of numbers per row, or one number.
    Numbers,
    /// A list of names per row: a place in a hierarchy.
    Path,
    /// A text or number that is the same in all rows.
    Constant,
    /// A text that is the same in all rows.
    Text,
    /// A whole number that is the same in all rows.
    Whole,
    /// Bytes of a text that is the same in all rows; what is no text becomes one that no reader takes.
    Bytes,
}

impl Parameter {
    pub const fn required(name: &'static str, role: Role) -> Self {
        Parameter { name, role, required: true }
    }

    pub const fn optional(name: &'static str, role: Role) -> Self {
        Parameter { name, role, required: false }
    }
}

/// Which argument is the time.
pub fn time_place(parameters: &[Parameter]) -> usize {
    parameters.iter().position(|parameter| parameter.role == Role::Time).unwrap_or(0)
}

/// The types the function computes with.
pub fn coerce(function: &str, parameters: &[Parameter], given: &[DataType]) -> Result<Vec<DataType>> {
    let least = parameters.iter().filter(|parameter| parameter.required).count();
    if !(least..=parameters.len()).contains(&given.len()) {
        let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
        return plan_err!(
            "{function} takes ({}), of which {least} are required, got {}",
            names.join(", "),
            given.len()
        );
    }
    let coerced = parameters.iter().zip(given).map(|(parameter, given)| {
        let plain = match given {
            DataType::Dictionary(_, values) => values,
            other => other,
        };
        match parameter.role.accept(plain) {
            Some(taken) => Ok(taken),
            None => {
                plan_err!("{function}: `{}` must be {}, got {given}", parameter.name, parameter.role.description())
            }
        }
    });
    coerced.collect()
}

/// A list of numbers, as arguments and states hold it.
pub fn numbers() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)))
}

/// A list of texts.
pub fn texts() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
}

impl Role {
    fn accept(self, given: &DataType) -> Option<DataType> {
        let is_text = matches!(given, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null);
        let item = match given {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Some(item.data_type())
            }
            _ => None,
        };
        match (self, given) {
            (Role::Time | Role::Order, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)) => {
                Some(given.clone())
            }
            (Role::Time | Role::Order, DataType::Null) => Some(DataType::Timestamp(TimeUnit::Nanosecond, None)),
            (Role::Number, number) if number.is_numeric() || number.is_null() => Some(DataType::Float64),
            (Role::Numbers, number) if number.is_numeric() || number.is_null() => Some(DataType::Float64),
            (Role::Numbers, _) if item.is_some_and(|item| item.is_numeric() || item.is_null()) => Some(numbers()),
            (Role::Path, DataType::Null) => Some(texts()),
            (Role::Path, _) if item.is_some_and(|item| item.is_string() || item.is_null()) => Some(texts()),
            (Role::Constant, other) if is_text || other.is_numeric() || *other == DataType::Boolean => {
                Some(DataType::Utf8)
            }
            (Role::Text, _) if is_text => Some(DataType::Utf8),
            (Role::Bytes, DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::Null) => {
                Some(DataType::Binary)
            }
            (Role::Whole, number) if number.is_integer() || number.is_null() => Some(DataType::Int64),
            _ => None,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Role::Time | Role::Order => "a DATE or TIMESTAMP",
            Role::Number => "a number",
            Role::Numbers => "a number or a list of numbers",
            Role::Path => "a list of texts",
            Role::Constant => "a text or a number",
            Role::Text => "a string",
            Role::Whole => "an integer",
            Role::Bytes => "a BINARY",
        }
    }

    /// Whether rows keep one value each.
    pub fn is_column(self) -> bool {
        self != Role::Time && !self.is_constant()
    }

    /// Whether all rows of a series must agree on it.
    pub fn is_constant(self) -> bool {
        matches!(self, Role::Constant | Role::Text | Role::Whole | Role::Bytes)
    }
}
