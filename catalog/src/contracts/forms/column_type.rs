//! The type of a column.

use std::fmt;
use std::str::FromStr;

use super::call;
use crate::contracts::mistake::{Refusal, shown};
use crate::contracts::vocabulary::stored_as_text;

/// What a column holds, as models write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Text; with a length, at most so many characters (not bytes).
    String {
        length: Option<u32>,
    },
    Int,
    BigInt,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Double,
    Boolean,
    Date,
    Timestamp,
    Binary,
}

impl Type {
    /// Names without what may stand in brackets.
    pub const NAMES: &'static [&'static str] =
        &["string", "int", "bigint", "decimal", "double", "boolean", "date", "timestamp", "binary"];

    /// As SQL declares such a column.
    pub fn sql(self) -> String {
        match self {
            Self::String { length: None } => "VARCHAR".to_owned(),
            Self::String { length: Some(length) } => format!("VARCHAR({length})"),
            Self::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})"),
            other => other.to_string().to_uppercase(),
        }
    }

    pub fn is_string(self) -> bool {
        matches!(self, Self::String { .. })
    }

    /// Whether every value of this type is one of `wider`, too, unchanged.
    pub fn fits_into(self, wider: Self) -> bool {
        match (self, wider) {
            (Self::String { .. }, Self::String { length: None }) => true,
            (Self::String { length: Some(short) }, Self::String { length: Some(long) }) => short <= long,
            (Self::Int, Self::BigInt | Self::Double) => true,
            (Self::Int, Self::Decimal { precision, scale }) => precision >= scale + 10,
            (Self::BigInt, Self::Decimal { precision, scale }) => precision >= scale + 19,
            (Self::Decimal { precision, scale }, Self::Decimal { precision: wider_precision, scale: wider_scale }) => {
                scale <= wider_scale && precision - scale <= wider_precision - wider_scale
            }
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String { length: None } => f.write_str("string"),
            Self::String { length: Some(length) } => write!(f, "string({length})"),
            Self::Int => f.write_str("int"),
            Self::BigInt => f.write_str("bigint"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Double => f.write_str("double"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Binary => f.write_str("binary"),
        }
    }
}

/// As SQL limits it, and files keep it.
const PRECISION_MAX: u32 = 38;

impl FromStr for Type {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = |why: &str| Refusal::new(format!("`{}` is no type: {why}", shown(text)));
        let (name, inside) = call::split(text).ok_or_else(|| refuse("a bracket does not end"))?;
        let plain = match name {
            "string" if inside.is_some() => {
                return match call::numbers(inside) {
                    Some([length]) if length > 0 => Ok(Self::String { length: Some(length) }),
                    _ => Err(refuse("the length is a whole number above 0").help("for example string(18)")),
                };
            }
            "decimal" => {
                return match call::numbers(inside) {
                    Some([precision @ 1..=PRECISION_MAX, scale]) if scale <= precision => {
                        Ok(Self::Decimal { precision: precision as u8, scale: scale as u8 })
                    }
                    _ => Err(refuse("a decimal has up to 38 digits, some of them behind the point")
                        .help("for example decimal(18,2)")),
                };
            }
            "string" => Self::String { length: None },
            "int" => Self::Int,
            "bigint" => Self::BigInt,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            "binary" => Self::Binary,
            _ => return Err(unknown(text, name)),
        };
        match inside {
            Some(_) => Err(refuse(&format!("`{name}` has no length")).help(format!("write `{name}`"))),
            None => Ok(plain),
        }
    }
}

fn unknown(text: &str, name: &str) -> Refusal {
    let refusal = Refusal::new(format!("`{}` is no type", shown(text)));
    let instead = match name.to_ascii_lowercase().as_str() {
        "varchar" | "char" | "text" | "varchar2" | "nvarchar" => "string",
        "integer" | "smallint" | "tinyint" => "int",
        "long" => "bigint",
        "number" | "numeric" => "decimal",
        "float" | "real" => "double",
        "bool" => "boolean",
        "datetime" => "timestamp",
        "blob" | "bytes" => "binary",
        _ => return refusal.choose(name, Type::NAMES.iter().copied()),
    };
    refusal.help(format!("did you mean `{instead}`?"))
}

stored_as_text!(Type);
