//! Values that a model names: bounds of ranges, members of lists, constants of masks.

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveDateTime};

use super::Type;
use crate::contracts::mistake::{Refusal, shown};

/// A text that was read as a value of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    /// Without its point, at the scale of its type.
    Decimal(i128),
    Double(f64),
    Boolean(bool),
    Date(NaiveDate),
    Timestamp(NaiveDateTime),
}

impl Value {
    pub fn read(of: Type, text: &str) -> Result<Self, Refusal> {
        let value = match of {
            Type::String { length } => {
                let fits = length.is_none_or(|length| text.chars().count() <= length as usize);
                fits.then(|| Self::Text(text.to_owned()))
            }
            Type::Int => text.parse::<i32>().ok().map(|number| Self::Integer(i64::from(number))),
            Type::BigInt => text.parse().ok().map(Self::Integer),
            Type::Decimal { precision, scale } => read_decimal(text, precision, scale).map(Self::Decimal),
            Type::Double => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Double),
            Type::Boolean => text.parse().ok().map(Self::Boolean),
            Type::Date => read_date(text).map(Self::Date),
            Type::Timestamp => read_timestamp(text).map(Self::Timestamp),
            Type::Binary => None,
        };
        value.ok_or_else(|| {
            let refusal = Refusal::new(format!("`{}` is no value of type {of}", shown(text)));
            match of {
                Type::Date => refusal.help("write a date as 2026-01-31"),
                Type::Timestamp => refusal.help("write a time as 2026-01-31 08:00:00"),
                Type::String { .. } => refusal.help("it has more characters than that"),
                _ => refusal,
            }
        })
    }

    /// The order of two values of one type that has one: numbers and times.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => Some(one.cmp(other)),
            (Self::Decimal(one), Self::Decimal(other)) => Some(one.cmp(other)),
            (Self::Double(one), Self::Double(other)) => one.partial_cmp(other),
            (Self::Date(one), Self::Date(other)) => Some(one.cmp(other)),
            (Self::Timestamp(one), Self::Timestamp(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// `2026-01-31`, and no other spelling.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let shape = |(index, b): (usize, u8)| if matches!(index, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(shape) {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn read_timestamp(text: &str) -> Option<NaiveDateTime> {
    let time = |format| NaiveDateTime::parse_from_str(text, format).ok();
    let midnight = || read_date(text).and_then(|date| date.and_hms_opt(0, 0, 0));
    time("%Y-%m-%d %H:%M:%S%.f").or_else(|| time("%Y-%m-%dT%H:%M:%S%.f")).or_else(midnight)
}

fn read_decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) || decimals.len() > usize::from(scale) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > usize::from(precision - scale) {
        return None;
    }
    let digits = format!("0{whole}{decimals:0<width$}", width = usize::from(scale));
    digits.parse::<i128>().ok().map(|number| sign * number)
}
