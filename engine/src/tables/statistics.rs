//! What the Delta log says of a file's columns, as the engine's statistics.
//!
//! The log keeps counts exact but may shorten strings and rounds timestamps down to milliseconds (Delta protocol,
//! "Per-file statistics"). So there are *bounds* that surely contain every value, for leaving files out, and from them
//! statistics that mark as exact only what an aggregate may be answered from.

use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use serde_json::Value;

/// Reads the `stats` text of an add action: bounds of the file's own columns that contain every value, all marked exact as the
/// pruning code asks.
///
/// A missing or unreadable text gives unknown statistics: slower, never wrong.
pub fn bounds(text: Option<&str>, schema: &Schema, size_bytes: usize) -> Statistics {
    let stats = text.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or(Value::Null);
    let rows = stats["numRecords"].as_u64().and_then(|n| usize::try_from(n).ok());
    Statistics {
        num_rows: rows.map_or(Precision::Absent, Precision::Exact),
        total_byte_size: Precision::Inexact(size_bytes),
        column_statistics: schema.fields().iter().map(|field| column_bounds(field, &stats)).collect(),
    }
}

/// What aggregates and the optimiser may rely on, of bounds of one file or of several; `stored` are the columns in files, after
/// which partition columns may follow.
pub fn exact(mut bounds: Statistics, stored: &[FieldRef]) -> Statistics {
    for (column, field) in bounds.column_statistics.iter_mut().zip(stored) {
        if !kept_whole(field.data_type()) {
            column.min_value = std::mem::take(&mut column.min_value).to_inexact();
            column.max_value = std::mem::take(&mut column.max_value).to_inexact();
        }
    }
    bounds
}

fn column_bounds(field: &Field, stats: &Value) -> ColumnStatistics {
    let nulls = stats["nullCount"][field.name()].as_u64().and_then(|n| usize::try_from(n).ok());
    let mark = |value: Option<ScalarValue>| value.map_or(Precision::Absent, Precision::Exact);
    ColumnStatistics {
        null_count: nulls.map_or(Precision::Absent, Precision::Exact),
        min_value: mark(bound(&stats["minValues"][field.name()], field.data_type(), 0)),
        max_value: mark(bound(&stats["maxValues"][field.name()], field.data_type(), 1)),
        ..ColumnStatistics::new_unknown()
    }
}

/// Types whose bounds the log keeps without loss.
fn kept_whole(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Date32)
}

/// One bound; `round_up_ms` widens a timestamp that the log has cut to milliseconds. Floats have none: writers leave NaN out, which is
/// larger than every number.
fn bound(value: &Value, data_type: &DataType, round_up_ms: i64) -> Option<ScalarValue> {
    match (value, data_type) {
        (Value::Null, _) => None,
        (Value::Number(number), t) if t.is_integer() => ScalarValue::from(number.as_i64()?).cast_to(t).ok(),
        (Value::Number(number), DataType::Decimal128(_, _)) => decimal(&number.to_string(), data_type),
        (Value::String(text), DataType::Utf8) => Some(ScalarValue::Utf8(Some(text.clone()))),
        (Value::String(text), DataType::Date32) => ScalarValue::try_from_string(text.clone(), data_type).ok(),
        (Value::String(text), DataType::Timestamp(TimeUnit::Microsecond, zone)) => {
            let micros = timestamp_micros(text)?.checked_add(round_up_ms * 1000)?;
            Some(ScalarValue::TimestampMicrosecond(Some(micros), zone.clone()))
        }
        _ => None,
    }
}

/// A decimal bound. JSON numbers may have gone through a double on the writer's side, so only those with fewer digits
/// than a double keeps are used.
fn decimal(text: &str, data_type: &DataType) -> Option<ScalarValue> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (digits <= 15).then(|| ScalarValue::try_from_string(text.to_owned(), data_type).ok()).flatten()
}

fn timestamp_micros(text: &str) -> Option<i64> {
    let naive = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| time.timestamp_micros())
        .ok()
        .or_else(|| naive(text).map(|time| time.and_utc().timestamp_micros()))
}

#[cfg(test)]
mod tests;
