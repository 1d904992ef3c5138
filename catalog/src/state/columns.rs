//! Reading columns as what they mean.

use std::str::FromStr;

use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row, Type};

use super::store_error;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

pub(super) fn get<'r, T: Decode<'r, Any> + Type<Any>>(row: &'r AnyRow, column: &str) -> Result<T> {
    row.try_get(column).map_err(store_error)
}

pub(super) fn time(row: &AnyRow, column: &str) -> Result<Timestamp> {
    get(row, column).map(Timestamp::from_ms)
}

pub(super) fn optional_time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_ms))
}

pub(super) fn flag(row: &AnyRow, column: &str) -> Result<bool> {
    get::<i64>(row, column).map(|number| number != 0)
}

/// A number that is never negative, and small.
pub(super) fn count(row: &AnyRow, column: &str) -> Result<u32> {
    let number: i64 = get(row, column)?;
    u32::try_from(number).map_err(|_| corrupt(format!("the state database counts `{number}` as `{column}`")))
}

/// A word that stands for a variant.
pub(super) fn word<T: FromStr<Err = Error>>(row: &AnyRow, column: &str) -> Result<T> {
    get::<String>(row, column)?.parse()
}

pub(super) fn corrupt(message: String) -> Error {
    Error::new(Code::CORRUPT_FILE, message)
}

/// An enum of variants without fields that are words in a column.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$note])* $variant,)*
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::error::Error;

            fn from_str(text: &str) -> crate::error::Result<Self> {
                let known = Self::ALL.iter().find(|known| known.as_str() == text);
                let unknown = || $crate::state::columns::corrupt(format!("the state database has the unknown word `{text}`"));
                known.copied().ok_or_else(unknown)
            }
        }
    };
}

pub(super) use words;
