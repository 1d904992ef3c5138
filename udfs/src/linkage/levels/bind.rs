//! Columns of a batch as the conditions read them, each made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringViewArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

use super::super::spec::{Operand, Side, Step};
use super::list::Lists;
use super::text::{Patterns, Texts};

pub struct Binder<'a> {
    patterns: &'a Patterns,
    left: &'a StructArray,
    right: &'a StructArray,
    views: BTreeMap<(Side, String), StringViewArray>,
    moments: BTreeMap<Operand, Float64Array>,
}

impl<'a> Binder<'a> {
    pub fn new(patterns: &'a Patterns, left: &'a StructArray, right: &'a StructArray) -> Self {
        Binder { patterns, left, right, views: BTreeMap::new(), moments: BTreeMap::new() }
    }

    /// The column as it came.
    pub fn plain(&self, operand: &Operand) -> Result<ArrayRef, String> {
        let (rows, side) = match operand.side {
            Side::Left => (self.left, "left"),
            Side::Right => (self.right, "right"),
        };
        let name = &operand.expression.column;
        match rows.column_by_name(name) {
            // Fields of dictionaries are read as what they stand for.
            Some(column) => match column.data_type() {
                DataType::Dictionary(_, values) => cast(column, values).map_err(|error| error.to_string()),
                _ => Ok(Arc::clone(column)),
            },
            None => Err(format!("the {side} row has no field `{name}`; it has {}", rows.column_names().join(", "))),
        }
    }

    pub fn texts(&mut self, operand: &Operand) -> Result<Texts, String> {
        let key = (operand.side, operand.expression.column.clone());
        let view = match self.views.get(&key) {
            Some(view) => view.clone(),
            None => {
                let view = as_views(&self.plain(operand)?, &key.1)?;
                self.views.insert(key, view.clone());
                view
            }
        };
        Texts::new(view, &operand.expression.steps, self.patterns)
    }

    pub fn numbers(&self, operand: &Operand) -> Result<Float64Array, String> {
        let column = self.plain(operand)?;
        let given = column.data_type();
        if !operand.expression.steps.is_empty() || !(given.is_numeric() || given.is_null()) {
            return Err(format!("`{}` is {given}, not a number", operand.expression.column));
        }
        let cast = cast(&column, &DataType::Float64).map_err(|error| error.to_string())?;
        Ok(cast.as_primitive::<Float64Type>().clone())
    }

    /// Seconds since 1970 of days, moments, or texts with a format; or their years, months or days.
    pub fn moments(&mut self, operand: &Operand) -> Result<Float64Array, String> {
        if let Some(found) = self.moments.get(operand) {
            return Ok(found.clone());
        }
        let found = match operand.expression.steps.split_last() {
            None => moments_of(&self.plain(operand)?, &operand.expression.column)?,
            Some((Step::Date { format }, before)) => {
                let mut of = operand.clone();
                of.expression.steps = before.to_vec();
                let texts = self.texts(&of)?;
                let rows = self.left.len().min(self.right.len());
                (0..rows).map(|row| texts.get(row).and_then(|text| seconds(&text, format))).collect()
            }
            Some((part, before)) => {
                let mut of = operand.clone();
                of.expression.steps = before.to_vec();
                let moments = self.moments(&of)?;
                let of =
                    part_of(part).ok_or_else(|| format!("what is taken of `{}` is no day", of.expression.column))?;
                moments.iter().map(|seconds| day(seconds?).map(|day| f64::from(of(day)))).collect()
            }
        };
        self.moments.insert(operand.clone(), found.clone());
        Ok(found)
    }

    pub fn lists(&self, operand: &Operand) -> Result<Lists, String> {
        let column = self.plain(operand)?;
        let refused = || {
            format!("`{}` is {}, not a list of texts or whole numbers", operand.expression.column, column.data_type())
        };
        let item = match column.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => item.data_type(),
            _ => return Err(refused()),
        };
        let item = if item.is_integer() { DataType::Int64 } else { DataType::Utf8View };
        let list = DataType::List(Arc::new(Field::new_list_field(item, true)));
        let lists = cast(&column, &list).map_err(|_| refused())?;
        Lists::new(lists.as_list::<i32>().clone()).filter(|_| operand.expression.steps.is_empty()).ok_or_else(refused)
    }
}

/// Texts, and other values as their texts.
fn as_views(column: &ArrayRef, name: &str) -> Result<StringViewArray, String> {
    let given = column.data_type();
    if given.is_nested() || matches!(given, DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
        return Err(format!("`{name}` is {given}, not a text"));
    }
    let is_text = matches!(given, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null);
    let text = match is_text {
        true => Ok(Arc::clone(column)),
        false => cast(column, &DataType::Utf8),
    };
    let view = text.and_then(|text| cast(&text, &DataType::Utf8View)).map_err(|error| error.to_string())?;
    Ok(view.as_string_view().clone())
}

fn moments_of(column: &ArrayRef, name: &str) -> Result<Float64Array, String> {
    let given = column.data_type();
    if !matches!(given, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Null) {
        return Err(format!("`{name}` is {given}, not a DATE or TIMESTAMP; a text needs its format"));
    }
    let micros = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))
        .and_then(|moments| cast(&moments, &DataType::Int64))
        .map_err(|error| error.to_string())?;
    Ok(micros.as_primitive::<Int64Type>().unary(|micros| micros as f64 / 1e6))
}

/// The year, month or day of a day.
fn part_of(step: &Step) -> Option<fn(NaiveDate) -> i32> {
    match step {
        Step::Year => Some(|day| day.year()),
        Step::Month => Some(|day| day.month().cast_signed()),
        Step::Day => Some(|day| day.day().cast_signed()),
        _ => None,
    }
}

/// The day of so many seconds since 1970.
pub fn day(seconds: f64) -> Option<NaiveDate> {
    DateTime::from_timestamp((seconds.floor()) as i64, 0).map(|moment| moment.date_naive())
}

/// Of a text that may have spaces around it.
fn seconds(text: &str, format: &str) -> Option<f64> {
    let text = text.trim();
    let moment = match NaiveDate::parse_from_str(text, format) {
        Ok(day) => day.and_hms_opt(0, 0, 0)?,
        Err(_) => NaiveDateTime::parse_from_str(text, format).ok()?,
    };
    Some(moment.and_utc().timestamp_micros() as f64 / 1e6)
}
