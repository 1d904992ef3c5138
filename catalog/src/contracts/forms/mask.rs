//! Masks: what a reader sees in place of a value.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Type, Value, call};
use crate::contracts::mistake::{Refusal, shown};
use crate::contracts::vocabulary::stored_as_text;

/// What stands in place of a value for those who may not see it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// The first and the last so many characters stay.
    Keep { first: u32, last: u32 },
    /// The first day of the month.
    Month,
    /// The first day of the year.
    Year,
    /// The first so many digits of a division code stay.
    Region { digits: u32 },
    /// A birth date becomes the band of so many years that it lies in.
    Age { years: u32 },
    /// A keyed hash (HMAC) with a key for each purpose: equal values stay equal within one purpose.
    Hash,
    /// Only aggregates over at least `k` different values of `column` are shown.
    Aggregate { k: u32, column: String },
    /// The same text for all.
    Constant(String),
    /// Nothing.
    Null,
}

impl Mask {
    /// Names without what may stand in brackets.
    pub const NAMES: &'static [&'static str] =
        &["keep", "month", "year", "region", "age", "hash", "aggregate", "constant", "null"];

    /// The one order of strictness, for "the strictest wins": kinds from those that leave a part of the value legible, over
    /// those that leave it recognisable, to those that leave nothing; within a kind, the one that leaves less. Masks that
    /// leave equally much are ordered by their text, so that the order is total and the same everywhere.
    pub fn cmp_strictness(&self, other: &Self) -> Ordering {
        let key = |mask: &Self| (mask.rank(), mask.degree());
        key(self).cmp(&key(other)).then_with(|| self.to_string().cmp(&other.to_string()))
    }

    /// The stricter of two; without one of them, the other.
    pub fn strictest(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) if one.cmp_strictness(&other) == Ordering::Less => Some(other),
            (one, other) => one.or(other),
        }
    }

    fn rank(&self) -> usize {
        let name = self.name();
        Self::NAMES.iter().position(|known| *known == name).unwrap_or(Self::NAMES.len())
    }

    /// Greater is stricter, among masks of one kind.
    fn degree(&self) -> i64 {
        match self {
            Self::Keep { first, last } => -(i64::from(*first) + i64::from(*last)),
            Self::Region { digits } => -i64::from(*digits),
            Self::Age { years } => i64::from(*years),
            Self::Aggregate { k, .. } => i64::from(*k),
            Self::Month | Self::Year | Self::Hash | Self::Constant(_) | Self::Null => 0,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Keep { .. } => "keep",
            Self::Month => "month",
            Self::Year => "year",
            Self::Region { .. } => "region",
            Self::Age { .. } => "age",
            Self::Hash => "hash",
            Self::Aggregate { .. } => "aggregate",
            Self::Constant(_) => "constant",
            Self::Null => "null",
        }
    }

    /// Refuses a mask whose result would not be of the column's type.
    pub fn require_type(&self, column: Type) -> Result<(), Refusal> {
        let refuse = |wanted: &str| {
            Err(Refusal::new(format!("the mask `{self}` is for {wanted}, not for a column of type {column}")))
        };
        match (self, column) {
            (Self::Keep { .. } | Self::Region { .. } | Self::Hash, column) if !column.is_string() => refuse("texts"),
            (Self::Month | Self::Year, column) if !matches!(column, Type::Date | Type::Timestamp) => refuse("dates"),
            (Self::Age { .. }, column) if column != Type::Date => refuse("birth dates"),
            (Self::Constant(text), column) => Value::read(column, text).map(|_| ()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Keep { first, last } => write!(f, "({first},{last})"),
            Self::Region { digits } => write!(f, "({digits})"),
            Self::Age { years } => write!(f, "({years})"),
            Self::Aggregate { k, column } => write!(f, "({k},{column})"),
            Self::Constant(text) => write!(f, "({text})"),
            Self::Month | Self::Year | Self::Hash | Self::Null => Ok(()),
        }
    }
}

impl FromStr for Mask {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = |form: &str| Refusal::new(format!("`{}` is no mask", shown(text))).help(format!("write `{form}`"));
        let (name, inside) = call::split(text).ok_or_else(|| refuse("keep(3,4)"))?;
        let plain = |mask: Self| if inside.is_none() { Ok(mask) } else { Err(refuse(name)) };
        match name {
            "keep" => match call::numbers(inside) {
                Some([first, last]) => Ok(Self::Keep { first, last }),
                None => Err(refuse("keep(3,4)")),
            },
            "region" => match call::numbers(inside) {
                Some([digits]) if digits > 0 => Ok(Self::Region { digits }),
                _ => Err(refuse("region(4)")),
            },
            "age" => match call::numbers(inside) {
                Some([years @ 1..=100]) => Ok(Self::Age { years }),
                _ => Err(refuse("age(10)")),
            },
            "aggregate" => read_aggregate(inside).ok_or_else(|| refuse("aggregate(5, citizen_id)")),
            "constant" => match inside {
                Some(text) => Ok(Self::Constant(text.to_owned())),
                None => Err(refuse("constant(***)")),
            },
            "month" => plain(Self::Month),
            "year" => plain(Self::Year),
            "hash" => plain(Self::Hash),
            "null" => plain(Self::Null),
            _ => Err(Refusal::new(format!("`{}` is no mask", shown(text))).choose(name, Self::NAMES.iter().copied())),
        }
    }
}

fn read_aggregate(inside: Option<&str>) -> Option<Mask> {
    let (k, column) = inside?.split_once(',')?;
    let [k] = call::numbers(Some(k)).filter(|[k]| *k >= 2)?;
    let column = column.trim();
    (!column.is_empty()).then(|| Mask::Aggregate { k, column: column.to_owned() })
}

stored_as_text!(Mask);
