//! Per-file statistics in the text form of the Delta log, made from the footer that was just written.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, SchemaRef, TimeUnit};
use chrono::DateTime;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value, json};

/// Strings longer than this get no bounds: cutting a maximum soundly is not worth it for long text.
const STRING_CHARS_MAX: usize = 32;

/// `{"numRecords", "minValues", "maxValues", "nullCount"}` for a file.
pub fn statistics(metadata: &ParquetMetaData, schema: &SchemaRef) -> Result<String> {
    let (mut mins, mut maxes, mut nulls) = (Map::new(), Map::new(), Map::new());
    let file = metadata.file_metadata();
    for field in schema.fields().iter().filter(|field| !field.data_type().is_nested()) {
        let converter = StatisticsConverter::try_new(field.name(), schema, file.schema_descr())?;
        let groups = metadata.row_groups();
        let counts = converter.row_group_null_counts(groups.iter())?;
        if counts.null_count() == 0 {
            nulls.insert(field.name().clone(), counts.values().iter().sum::<u64>().into());
        }
        // A NaN is in no bound, so bounds of floats could leave out files that hold one.
        if field.data_type().is_floating() {
            continue;
        }
        let (low, high) = (converter.row_group_mins(groups.iter())?, converter.row_group_maxes(groups.iter())?);
        if let (Some(low), Some(high)) = (extreme(&low, true)?, extreme(&high, false)?)
            && let (Some(low), Some(high)) = (text(&low), text(&high))
        {
            mins.insert(field.name().clone(), low);
            maxes.insert(field.name().clone(), high);
        }
    }
    let stats = json!({"numRecords": file.num_rows(), "minValues": mins, "maxValues": maxes, "nullCount": nulls});
    Ok(stats.to_string())
}

/// The smallest or largest of the row groups' bounds; none if a group has none, since it may hold anything.
fn extreme(bounds: &ArrayRef, smallest: bool) -> Result<Option<ScalarValue>> {
    let mut found: Option<ScalarValue> = None;
    for index in 0..bounds.len() {
        let value = ScalarValue::try_from_array(bounds, index)?;
        if value.is_null() {
            return Ok(None);
        }
        let replaces = found.as_ref().is_none_or(|found| if smallest { value < *found } else { value > *found });
        if replaces {
            found = Some(value);
        }
    }
    Ok(found)
}

/// A value as the log writes it.
fn text(value: &ScalarValue) -> Option<Value> {
    match (value, value.data_type()) {
        (ScalarValue::Utf8(Some(text)), _) => (text.chars().count() <= STRING_CHARS_MAX).then(|| json!(text)),
        (ScalarValue::Date32(Some(_)), _) => year_of_four_digits(value.to_string()),
        (ScalarValue::TimestampMicrosecond(Some(micros), zone), _) => {
            let time = DateTime::from_timestamp_micros(*micros)?;
            let suffix = if zone.is_some() { "Z" } else { "" };
            year_of_four_digits(format!("{}{suffix}", time.format("%Y-%m-%dT%H:%M:%S%.3f")))
        }
        (_, data_type) if data_type.is_integer() => value.to_string().parse::<i64>().ok().map(Value::from),
        (_, DataType::Decimal128(_, _)) => {
            let digits = value.to_string();
            (digits.len() <= 15).then(|| digits.parse::<f64>().ok().map(Value::from)).flatten()
        }
        _ => None,
    }
}

/// Other years are written with a sign, which others may not read.
fn year_of_four_digits(text: String) -> Option<Value> {
    (!text.starts_with(['+', '-'])).then(|| json!(text))
}

/// The types that a table stores, as the nearest type for what a query yields; none where there is no faithful one.
pub fn stored_type(data_type: &DataType) -> Option<DataType> {
    use DataType::*;
    Some(match data_type {
        Boolean | Int8 | Int16 | Int32 | Int64 | Float32 | Float64 | Utf8 | Binary | Date32 => data_type.clone(),
        UInt8 => Int16,
        UInt16 => Int32,
        UInt32 => Int64,
        UInt64 => Decimal128(20, 0),
        Float16 => Float32,
        Utf8View | LargeUtf8 | Null => Utf8,
        BinaryView | LargeBinary | FixedSizeBinary(_) => Binary,
        Date64 => Timestamp(TimeUnit::Microsecond, None),
        Timestamp(_, zone) => Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into())),
        Decimal32(precision, scale)
        | Decimal64(precision, scale)
        | Decimal128(precision, scale)
        | Decimal256(precision, scale) => decimal(*precision, *scale)?,
        Dictionary(_, value) => stored_type(value)?,
        List(item) | LargeList(item) | ListView(item) | FixedSizeList(item, _) => List(Arc::new(stored_inside(item)?)),
        Struct(fields) => Struct(fields.iter().map(|field| stored_inside(field)).collect::<Option<_>>()?),
        Map(entries, _) => {
            let Struct(fields) = entries.data_type() else { return None };
            let [key, value] = fields.as_ref() else { return None };
            let key = Field::new("key", stored_type(key.data_type())?, false);
            let value = stored_inside(value)?.with_name("value");
            Map(Arc::new(Field::new("key_value", Struct(vec![key, value].into()), false)), false)
        }
        _ => return None,
    })
}

/// A decimal of as many digits before and behind the point. Below zero, a scale counts zeros before it, which Delta cannot say.
fn decimal(precision: u8, scale: i8) -> Option<DataType> {
    let zeros = scale.min(0).unsigned_abs();
    let precision = precision.saturating_add(zeros);
    (precision <= DECIMAL128_MAX_PRECISION).then(|| DataType::Decimal128(precision, scale.max(0)))
}

/// A field inside a column. It may be null: writers look at whole columns only.
fn stored_inside(field: &Field) -> Option<Field> {
    Some(stored_field(field)?.with_nullable(true))
}

/// A field with its stored type.
pub fn stored_field(field: &Field) -> Option<Field> {
    Some(field.clone().with_data_type(stored_type(field.data_type())?))
}
