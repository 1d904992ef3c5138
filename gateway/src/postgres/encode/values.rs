//! Values of columns, one kind after the other.

use std::fmt::Write as _;
use std::ops::Range;

use arrow::array::cast::AsArray;
use arrow::array::types::{
    Date32Type, Date64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use bytes::{BufMut, BytesMut};
use huitong_catalog::{Code, Error, Result};

use super::calendar::{self, DAY_US, EPOCH_DAYS, EPOCH_US, Zone};
use super::{Write, json, number};
use crate::postgres::output::sized;
use crate::postgres::types::PgType;

/// Writes values as text.
pub fn text(column: &ArrayRef, zone: Zone) -> Result<Write<'_>> {
    use DataType::*;
    Ok(match column.data_type() {
        Null => Box::new(|_, _| {}),
        Boolean => {
            let values = column.as_boolean();
            Box::new(|row, out| out.put_u8(if values.value(row) { b't' } else { b'f' }))
        }
        Int8 => shown::<Int8Type>(column),
        Int16 => shown::<Int16Type>(column),
        Int32 => shown::<Int32Type>(column),
        Int64 => shown::<Int64Type>(column),
        UInt8 => shown::<UInt8Type>(column),
        UInt16 => shown::<UInt16Type>(column),
        UInt32 => shown::<UInt32Type>(column),
        UInt64 => shown::<UInt64Type>(column),
        Float32 => of::<Float32Type>(column, |out, value| number::float(out, f64::from(value), &value, 6)),
        Float64 => of::<Float64Type>(column, |out, value| number::float(out, value, &value, 15)),
        Decimal128(..) => {
            let values = column.as_primitive::<Decimal128Type>();
            Box::new(|row, out| out.extend_from_slice(values.value_as_string(row).as_bytes()))
        }
        Decimal256(..) => {
            let values = column.as_primitive::<Decimal256Type>();
            Box::new(|row, out| out.extend_from_slice(values.value_as_string(row).as_bytes()))
        }
        Utf8 => {
            let values = column.as_string::<i32>();
            Box::new(|row, out| out.extend_from_slice(values.value(row).as_bytes()))
        }
        Binary => {
            let values = column.as_binary::<i32>();
            Box::new(|row, out| hex(out, values.value(row)))
        }
        FixedSizeBinary(_) => {
            let values = column.as_fixed_size_binary();
            Box::new(|row, out| hex(out, values.value(row)))
        }
        Date32 => of::<Date32Type>(column, |out, days| calendar::date(out, i64::from(days))),
        Date64 => of::<Date64Type>(column, |out, ms| calendar::date(out, ms.div_euclid(86_400_000))),
        Time32(_) | Time64(_) => {
            let us = micros(column)?;
            Box::new(move |row, out| calendar::time(out, us(row)))
        }
        Timestamp(_, None) => {
            let us = micros(column)?;
            Box::new(move |row, out| calendar::timestamp(out, us(row)))
        }
        Timestamp(_, Some(_)) => {
            let us = micros(column)?;
            Box::new(move |row, out| calendar::moment(out, us(row), zone))
        }
        Interval(_) | Duration(_) => {
            let span = spans(column)?;
            Box::new(move |row, out| {
                let (months, days, us) = span(row);
                calendar::interval(out, months, days, us);
            })
        }
        told if json::is_structure(told) => {
            json::check(told)?;
            Box::new(|row, out| json::value(out, column, row))
        }
        // Such as views, which the announced types do not have.
        other => return Err(unexpected(other)),
    })
}

/// Writes values in the protocol's binary forms.
pub fn binary(column: &ArrayRef, zone: Zone) -> Result<Write<'_>> {
    use DataType::*;
    Ok(match column.data_type() {
        Boolean => {
            let values = column.as_boolean();
            Box::new(|row, out| out.put_u8(u8::from(values.value(row))))
        }
        Int8 => of::<Int8Type>(column, |out, value| out.put_i16(i16::from(value))),
        UInt8 => of::<UInt8Type>(column, |out, value| out.put_i16(i16::from(value))),
        Int16 => of::<Int16Type>(column, BufMut::put_i16),
        UInt16 => of::<UInt16Type>(column, |out, value| out.put_i32(i32::from(value))),
        Int32 => of::<Int32Type>(column, BufMut::put_i32),
        UInt32 => of::<UInt32Type>(column, |out, value| out.put_i64(i64::from(value))),
        Int64 => of::<Int64Type>(column, BufMut::put_i64),
        UInt64 => of::<UInt64Type>(column, |out, value| number::numeric(out, &value.to_string())),
        Float32 => of::<Float32Type>(column, BufMut::put_f32),
        Float64 => of::<Float64Type>(column, BufMut::put_f64),
        Decimal128(..) => {
            let values = column.as_primitive::<Decimal128Type>();
            Box::new(|row, out| number::numeric(out, &values.value_as_string(row)))
        }
        Decimal256(..) => {
            let values = column.as_primitive::<Decimal256Type>();
            Box::new(|row, out| number::numeric(out, &values.value_as_string(row)))
        }
        Binary => {
            let values = column.as_binary::<i32>();
            Box::new(|row, out| out.extend_from_slice(values.value(row)))
        }
        FixedSizeBinary(_) => {
            let values = column.as_fixed_size_binary();
            Box::new(|row, out| out.extend_from_slice(values.value(row)))
        }
        Date32 => of::<Date32Type>(column, |out, days| out.put_i32(days.saturating_sub(EPOCH_DAYS))),
        Date64 => of::<Date64Type>(column, |out, ms| {
            let days = ms.div_euclid(86_400_000) - i64::from(EPOCH_DAYS);
            out.put_i32(i32::try_from(days).unwrap_or(i32::MAX));
        }),
        Time32(_) | Time64(_) => {
            let us = micros(column)?;
            Box::new(move |row, out| out.put_i64(us(row)))
        }
        Timestamp(..) => {
            let us = micros(column)?;
            Box::new(move |row, out| out.put_i64(us(row).saturating_sub(EPOCH_US)))
        }
        Interval(_) | Duration(_) => {
            let span = spans(column)?;
            Box::new(move |row, out| {
                let (months, days, us) = span(row);
                out.put_i64(us);
                out.put_i32(days);
                out.put_i32(months);
            })
        }
        // Text and JSON are the same in both.
        _ => text(column, zone)?,
    })
}

/// `{1,NULL,"a b"}`.
pub fn list_text(column: &ArrayRef, item: PgType, zone: Zone) -> Result<Write<'_>> {
    let (items, range) = items(column)?;
    let write = text(items, zone)?;
    let quotes = item != crate::postgres::types::BOOL && !is_number(item);
    Ok(Box::new(move |row, out| {
        out.put_u8(b'{');
        for (nth, at) in range(row).enumerate() {
            if nth > 0 {
                out.put_u8(b',');
            }
            if items.is_null(at) || items.data_type() == &DataType::Null {
                out.extend_from_slice(b"NULL");
            } else if quotes {
                let mut value = BytesMut::new();
                write(at, &mut value);
                quoted(out, &value);
            } else {
                write(at, out);
            }
        }
        out.put_u8(b'}');
    }))
}

/// Dimensions, whether there are nulls, the items' type, and the items, each with its length.
pub fn list_binary(column: &ArrayRef, item: PgType, zone: Zone) -> Result<Write<'_>> {
    let (items, range) = items(column)?;
    let write = binary(items, zone)?;
    let is_null = |at| items.is_null(at) || items.data_type() == &DataType::Null;
    Ok(Box::new(move |row, out| {
        let range = range(row);
        out.put_i32(i32::from(!range.is_empty()));
        out.put_i32(i32::from(range.clone().any(is_null)));
        out.put_u32(item.oid);
        if range.is_empty() {
            return;
        }
        out.put_i32(i32::try_from(range.len()).unwrap_or(i32::MAX));
        out.put_i32(1);
        for at in range {
            if is_null(at) {
                out.put_i32(-1);
            } else {
                sized(out, 0, |out| write(at, out));
            }
        }
    }))
}

/// The items of a column of lists, and which of them are a row's.
pub fn items(column: &ArrayRef) -> Result<(&ArrayRef, RangeOf<'_>)> {
    Ok(match column.data_type() {
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let at = |row: usize| list.value_offsets()[row] as usize;
            (list.values(), Box::new(move |row| at(row)..at(row + 1)))
        }
        DataType::LargeList(_) => {
            let list = column.as_list::<i64>();
            let at = |row: usize| usize::try_from(list.value_offsets()[row]).unwrap_or_default();
            (list.values(), Box::new(move |row| at(row)..at(row + 1)))
        }
        DataType::FixedSizeList(..) => {
            let list = column.as_fixed_size_list();
            let length = usize::try_from(list.value_length()).unwrap_or_default();
            let at = move |row: usize| usize::try_from(list.value_offset(row)).unwrap_or_default();
            (list.values(), Box::new(move |row| at(row)..at(row) + length))
        }
        other => return Err(unexpected(other)),
    })
}

type RangeOf<'a> = Box<dyn Fn(usize) -> Range<usize> + Send + 'a>;

fn is_number(told: PgType) -> bool {
    use crate::postgres::types::*;
    [INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC].contains(&told)
}

/// A text among others in braces.
fn quoted(out: &mut BytesMut, value: &[u8]) {
    let special = |byte: &u8| b"{},\"\\".contains(byte) || byte.is_ascii_whitespace();
    if !value.is_empty() && !value.eq_ignore_ascii_case(b"null") && !value.iter().any(special) {
        out.extend_from_slice(value);
        return;
    }
    out.put_u8(b'"');
    for byte in value {
        if b"\"\\".contains(byte) {
            out.put_u8(b'\\');
        }
        out.put_u8(*byte);
    }
    out.put_u8(b'"');
}

fn hex(out: &mut BytesMut, bytes: &[u8]) {
    out.extend_from_slice(b"\\x");
    bytes.iter().for_each(|byte| {
        write!(out, "{byte:02x}").ok();
    });
}

fn of<T: ArrowPrimitiveType>(
    column: &ArrayRef,
    write: impl Fn(&mut BytesMut, T::Native) + Send + 'static,
) -> Write<'_> {
    let values: &PrimitiveArray<T> = column.as_primitive();
    Box::new(move |row, out| write(out, values.value(row)))
}

fn shown<T: ArrowPrimitiveType<Native: std::fmt::Display>>(column: &ArrayRef) -> Write<'_> {
    of::<T>(column, |out, value| {
        write!(out, "{value}").ok();
    })
}

type Micros<'a> = Box<dyn Fn(usize) -> i64 + Send + 'a>;

fn scaled<T: ArrowPrimitiveType<Native: Into<i64>>>(
    column: &ArrayRef,
    scale: impl Fn(i64) -> i64 + Send + 'static,
) -> Micros<'_> {
    let values: &PrimitiveArray<T> = column.as_primitive();
    Box::new(move |row| scale(values.value(row).into()))
}

/// Times and moments in microseconds; finer ones are cut, since the protocol has no more.
fn micros(column: &ArrayRef) -> Result<Micros<'_>> {
    use DataType::{Duration, Time32, Time64, Timestamp};
    let seconds = |value: i64| value.saturating_mul(1_000_000);
    let milliseconds = |value: i64| value.saturating_mul(1_000);
    let nanoseconds = |value: i64| value.div_euclid(1_000);
    Ok(match column.data_type() {
        Time32(TimeUnit::Second) => scaled::<Time32SecondType>(column, seconds),
        Time32(TimeUnit::Millisecond) => scaled::<Time32MillisecondType>(column, milliseconds),
        Time64(TimeUnit::Microsecond) => scaled::<Time64MicrosecondType>(column, |value| value),
        Time64(TimeUnit::Nanosecond) => scaled::<Time64NanosecondType>(column, nanoseconds),
        Timestamp(TimeUnit::Second, _) => scaled::<TimestampSecondType>(column, seconds),
        Timestamp(TimeUnit::Millisecond, _) => scaled::<TimestampMillisecondType>(column, milliseconds),
        Timestamp(TimeUnit::Microsecond, _) => scaled::<TimestampMicrosecondType>(column, |value| value),
        Timestamp(TimeUnit::Nanosecond, _) => scaled::<TimestampNanosecondType>(column, nanoseconds),
        Duration(TimeUnit::Second) => scaled::<DurationSecondType>(column, seconds),
        Duration(TimeUnit::Millisecond) => scaled::<DurationMillisecondType>(column, milliseconds),
        Duration(TimeUnit::Microsecond) => scaled::<DurationMicrosecondType>(column, |value| value),
        Duration(TimeUnit::Nanosecond) => scaled::<DurationNanosecondType>(column, nanoseconds),
        other => return Err(unexpected(other)),
    })
}

type Spans<'a> = Box<dyn Fn(usize) -> (i32, i32, i64) + Send + 'a>;

/// Months, days and microseconds.
fn spans(column: &ArrayRef) -> Result<Spans<'_>> {
    Ok(match column.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            let values = column.as_primitive::<IntervalYearMonthType>();
            Box::new(|row| (values.value(row), 0, 0))
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let values = column.as_primitive::<IntervalDayTimeType>();
            Box::new(|row| (0, values.value(row).days, i64::from(values.value(row).milliseconds) * 1_000))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let values = column.as_primitive::<IntervalMonthDayNanoType>();
            Box::new(|row| {
                let value = values.value(row);
                (value.months, value.days, value.nanoseconds / 1_000)
            })
        }
        _ => {
            let us = micros(column)?;
            Box::new(move |row| {
                let days = us(row) / DAY_US;
                (0, i32::try_from(days).unwrap_or(i32::MAX), us(row) % DAY_US)
            })
        }
    })
}

pub fn unexpected(told: &DataType) -> Error {
    Error::new(Code::INTERNAL, format!("there is no form for {told}"))
}
