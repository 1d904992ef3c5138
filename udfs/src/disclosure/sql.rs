//! Masks as functions of columns: `mask_keep(text, first, last)`, `mask_region(text, digits)`, `mask_period(day, 'month' | years)`,
//! `mask_hash(text, key)`. What stands besides the column is the same for all rows; a null stays null.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, LargeStringBuilder, PrimitiveArray, StringBuilder, StringViewBuilder};
use arrow::compute::{max, min};
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use arrow::temporal_conversions::{date32_to_datetime, timestamp_us_to_datetime};
use aws_lc_rs::hmac;
use chrono::NaiveDate;
use datafusion_common::{Result, ScalarValue, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::masks;
use super::periods::Periods;

pub const MASK_KEEP: &str = "mask_keep";
pub const MASK_REGION: &str = "mask_region";
pub const MASK_PERIOD: &str = "mask_period";
pub const MASK_HASH: &str = "mask_hash";

/// Runs a mask over the column in front; the answer has its type.
fn over_column(
    arguments: &ScalarFunctionArgs,
    mask: impl FnOnce(&ArrayRef, &[ScalarValue]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let Some((column, rest)) = arguments.args.split_first() else { return exec_err!("a mask needs a column") };
    let constant = |argument: &ColumnarValue| match argument {
        ColumnarValue::Scalar(value) => Ok(value.clone()),
        ColumnarValue::Array(_) => exec_err!("what a mask leaves is the same for all rows"),
    };
    let rest = rest.iter().map(constant).collect::<Result<Vec<_>>>()?;
    match column {
        ColumnarValue::Array(values) => mask(values, &rest).map(ColumnarValue::Array),
        ColumnarValue::Scalar(value) => {
            let answer = mask(&value.to_array()?, &rest)?;
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?))
        }
    }
}

/// Texts after texts, in arrays of the kind that they came in.
fn texts(values: &ArrayRef, mask: impl Fn(&str, &mut String)) -> Result<ArrayRef> {
    let mut out = String::new();
    let mut masked = |text: Option<&str>, append: &mut dyn FnMut(Option<&str>)| match text {
        None => append(None),
        Some(text) => {
            out.clear();
            mask(text, &mut out);
            append(Some(&out));
        }
    };
    Ok(match values.data_type() {
        DataType::Utf8 => {
            let (values, mut to) = (values.as_string::<i32>(), StringBuilder::new());
            values.iter().for_each(|text| masked(text, &mut |text| to.append_option(text)));
            Arc::new(to.finish())
        }
        DataType::LargeUtf8 => {
            let (values, mut to) = (values.as_string::<i64>(), LargeStringBuilder::new());
            values.iter().for_each(|text| masked(text, &mut |text| to.append_option(text)));
            Arc::new(to.finish())
        }
        DataType::Utf8View => {
            let (values, mut to) = (values.as_string_view(), StringViewBuilder::new());
            values.iter().for_each(|text| masked(text, &mut |text| to.append_option(text)));
            Arc::new(to.finish())
        }
        other => return exec_err!("a mask of texts does not take {other}"),
    })
}

/// What a mask of texts can read; null and dictionaries become plain texts.
fn text_type(given: &DataType) -> Option<DataType> {
    match given {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(given.clone()),
        DataType::Null => Some(DataType::Utf8),
        DataType::Dictionary(_, values) => text_type(values),
        _ => None,
    }
}

fn number(value: &ScalarValue) -> Result<i64> {
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(Some(number))) if number >= 0 => Ok(number),
        _ => exec_err!("a mask takes a number that is not below 0"),
    }
}

/// `mask_keep` and `mask_region`: a part of a text stays.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Part {
    region: bool,
    signature: Signature,
}

impl Part {
    /// `mask_keep(text, first, last)`: so many characters stay in front and at the end.
    pub fn keep() -> Self {
        Self { region: false, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// `mask_region(text, digits)`: so many digits of a division code stay, the others become zeros.
    pub fn region() -> Self {
        Self { region: true, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Part {
    fn name(&self) -> &'static str {
        if self.region { MASK_REGION } else { MASK_KEEP }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let numbers = if self.region { 1 } else { 2 };
        match given.split_first() {
            Some((text, rest)) if rest.len() == numbers && rest.iter().all(DataType::is_integer) => {
                match text_type(text) {
                    Some(text) => Ok([text].into_iter().chain(rest.iter().map(|_| DataType::Int64)).collect()),
                    None => plan_err!("{} masks texts, not {text}", self.name()),
                }
            }
            _ => plan_err!("{} takes a text and {numbers} whole number(s)", self.name()),
        }
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given.first().cloned().unwrap_or(DataType::Utf8))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_column(&arguments, |values, rest| {
            let counts = rest.iter().map(number).collect::<Result<Vec<_>>>()?;
            let count = |at: usize| usize::try_from(counts.get(at).copied().unwrap_or_default()).unwrap_or(usize::MAX);
            match self.region {
                true => texts(values, |text, out| masks::region(text, count(0), out)),
                false => texts(values, |text, out| masks::keep(text, count(0), count(1), out)),
            }
        })
    }
}

/// `mask_period(day, 'month')`, `mask_period(day, 10)`: the first day of the month, or of the band of so many years.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Period {
    signature: Signature,
}

impl Default for Period {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Period {
    fn name(&self) -> &'static str {
        MASK_PERIOD
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [day, width] = given else {
            return plan_err!("{MASK_PERIOD} takes a day, and 'month' or a number of years");
        };
        let day = match day {
            DataType::Date32 | DataType::Null => DataType::Date32,
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            other => return plan_err!("{MASK_PERIOD} masks days, not {other}"),
        };
        Ok(vec![day, if width.is_integer() { DataType::Int64 } else { DataType::Utf8 }])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given.first().cloned().unwrap_or(DataType::Date32))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_column(&arguments, |values, rest| {
            let width = match rest {
                [ScalarValue::Utf8(Some(word))] if word == "month" => None,
                [ScalarValue::Int64(Some(width @ 1..))] => Some(i32::try_from(*width).unwrap_or(i32::MAX)),
                _ => return exec_err!("{MASK_PERIOD} takes 'month' or a number of years"),
            };
            let first = |day: NaiveDate| match width {
                None => masks::month(day),
                Some(width) => masks::years(day, width),
            };
            days(values, first)
        })
    }
}

/// The periods of a column, where they are few for its length. What stands in the place of a null is in none, and stays one.
fn periods(days: &PrimitiveArray<Date32Type>, first: impl Fn(NaiveDate) -> NaiveDate) -> Option<Periods> {
    const DAYS_PER_PERIOD: usize = 8;
    Periods::between(min(days)?, max(days)?, days.len() / DAYS_PER_PERIOD, first)
}

/// Days after days; what lies beyond the calendar becomes null, since it has no first day.
fn days(values: &ArrayRef, first: impl Fn(NaiveDate) -> NaiveDate) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Date32 => {
            let days = values.as_primitive::<Date32Type>();
            if let Some(periods) = periods(days, &first) {
                return Ok(Arc::new(days.unary::<_, Date32Type>(|day| periods.first(day))));
            }
            let masked = days.iter().map(|day| {
                let day = date32_to_datetime(day?)?.date();
                Some(Date32Type::from_naive_date(first(day)))
            });
            Ok(Arc::new(masked.collect::<PrimitiveArray<Date32Type>>()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let masked = values.as_primitive::<TimestampMicrosecondType>().iter().map(|moment| {
                let day = timestamp_us_to_datetime(moment?)?.date();
                first(day).and_hms_opt(0, 0, 0).map(|moment| moment.and_utc().timestamp_micros())
            });
            let masked = masked.collect::<PrimitiveArray<TimestampMicrosecondType>>();
            Ok(Arc::new(masked.with_timezone_opt(zone.clone())))
        }
        other => exec_err!("{MASK_PERIOD} masks days, not {other}"),
    }
}

/// `mask_hash(text, key)`: a pseudonym of 64 hexadecimal digits; equal texts have equal ones under one key.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Hash {
    signature: Signature,
}

impl Default for Hash {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Hash {
    fn name(&self) -> &'static str {
        MASK_HASH
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [text, key] if text_type(text).is_some() && (key.is_binary() || text_type(key).is_some()) => {
                Ok(vec![text_type(text).unwrap_or(DataType::Utf8), DataType::Binary])
            }
            _ => plan_err!("{MASK_HASH} takes a text and a key"),
        }
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given.first().cloned().unwrap_or(DataType::Utf8))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_column(&arguments, |values, rest| {
            let [ScalarValue::Binary(Some(key))] = rest else { return exec_err!("{MASK_HASH} takes a key") };
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            texts(values, |text, out| masks::pseudonym(text, &key, out))
        })
    }
}

#[cfg(test)]
mod tests;
