//! Values of parameters as clients send them, in text or in binary.

/// Spans of time.
mod interval;

/// Lists.
mod lists;

use arrow::datatypes::{DataType, TimeUnit};
use bytes::{Buf, Bytes, BytesMut};
use datafusion::common::ScalarValue;
use huitong_catalog::{Code, Error, Result};

use super::encode::calendar::{self, EPOCH_DAYS, EPOCH_US};
use super::encode::{Format, Zone, number};
use super::problem::Problem;
use super::types::{self, PgType};

type Read<T> = std::result::Result<T, Problem>;

/// Reads the value of parameter number `nth` of a type; 0 is a type that nobody said. Moments without a zone are of `zone`.
pub fn read(nth: usize, oid: u32, format: Format, value: Option<Bytes>, zone: &str) -> Read<ScalarValue> {
    let Some(value) = value else { return Ok(null(oid)) };
    if let Some(item) = types::item_of(oid) {
        return lists::read(nth, item, format, value, zone);
    }
    let told = types::ALL.iter().find(|known| known.oid == oid).copied();
    let wrong = |what: &str| wrong(nth, told.map_or("text", |told| told.name), format, what);
    Ok(match format {
        Format::Text => {
            let text = std::str::from_utf8(&value).map_err(|_| wrong("it is not UTF-8"))?;
            of_text(told, text, zone).ok_or_else(|| wrong(&format!("`{text}`")))?
        }
        Format::Binary => match told {
            Some(told) => of_binary(told, value).ok_or_else(|| wrong("its bytes do not fit"))?,
            None if oid == 0 => {
                let text = String::from_utf8(value.to_vec()).map_err(|_| wrong("it is not UTF-8"))?;
                ScalarValue::from(text)
            }
            None => return Err(unknown(nth, oid).into()),
        },
    })
}

/// That a value is none of its type.
fn wrong(nth: usize, name: &str, format: Format, what: &str) -> Problem {
    let error = Error::new(Code::EXECUTION, format!("parameter `${nth}` is no {name}: {what}"));
    Problem::new(if format == Format::Binary { "22P03" } else { "22P02" }, error)
}

/// A null of a type, or of none.
fn null(oid: u32) -> ScalarValue {
    types::of_oid(oid).and_then(|told| ScalarValue::try_from(&told).ok()).unwrap_or(ScalarValue::Null)
}

fn unknown(nth: usize, oid: u32) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("parameter `${nth}` has the type {oid}, which is not supported"))
        .with_hint("send it as text")
}

fn of_text(told: Option<PgType>, text: &str, zone: &str) -> Option<ScalarValue> {
    let Some(told) = told else { return Some(ScalarValue::from(text)) };
    let trimmed = text.trim();
    let parameter = match told {
        types::BOOL => typed(told, boolean(trimmed)?.to_string())?,
        types::INT2 => typed(told, trimmed.parse::<i16>().ok()?.to_string())?,
        types::INT4 => typed(told, trimmed.parse::<i32>().ok()?.to_string())?,
        types::INT8 => typed(told, trimmed.parse::<i64>().ok()?.to_string())?,
        types::OID => typed(told, trimmed.parse::<u32>().ok()?.to_string())?,
        types::FLOAT4 | types::FLOAT8 => typed(told, trimmed.parse::<f64>().ok()?.to_string())?,
        types::NUMERIC => exact(trimmed)?,
        types::BYTEA => ScalarValue::Binary(Some(bytes_of_text(text)?)),
        // pgJDBC sends a zone behind each; PostgreSQL leaves it out where the type has none.
        types::DATE | types::TIME | types::TIMESTAMP => typed(told, without_zone(trimmed).to_owned())?,
        types::TIMESTAMPTZ => moment(trimmed, zone)?,
        types::INTERVAL => {
            let (months, days, us) = interval::read(trimmed)?;
            ScalarValue::new_interval_mdn(months, days, us.checked_mul(1000)?)
        }
        _ => ScalarValue::from(text),
    };
    Some(parameter)
}

fn of_binary(told: PgType, mut bytes: Bytes) -> Option<ScalarValue> {
    let fits = told.size < 0 || [types::NAME, types::CHAR].contains(&told) || bytes.len() == told.size as usize;
    if !fits {
        return None;
    }
    let shown = |write: &dyn Fn(&mut BytesMut)| {
        let mut out = BytesMut::new();
        write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    Some(match told {
        types::BOOL => typed(told, (bytes.get_u8() != 0).to_string())?,
        types::INT2 => typed(told, bytes.get_i16().to_string())?,
        types::INT4 => typed(told, bytes.get_i32().to_string())?,
        types::INT8 => typed(told, bytes.get_i64().to_string())?,
        types::OID => typed(told, bytes.get_u32().to_string())?,
        types::FLOAT4 => typed(told, bytes.get_f32().to_string())?,
        types::FLOAT8 => typed(told, bytes.get_f64().to_string())?,
        types::NUMERIC => exact(&number::read_numeric(bytes)?)?,
        types::BYTEA => ScalarValue::Binary(Some(bytes.to_vec())),
        types::DATE => {
            let days = finite(i64::from(bytes.get_i32()), i64::from(i32::MIN), i64::from(i32::MAX))?;
            typed(told, shown(&|out| calendar::date(out, days + i64::from(EPOCH_DAYS))))?
        }
        types::TIME => {
            let us = Some(bytes.get_i64()).filter(|us| (0..calendar::DAY_US).contains(us))?;
            typed(told, shown(&|out| calendar::time(out, us)))?
        }
        types::TIMESTAMP => {
            let us = finite(bytes.get_i64(), i64::MIN, i64::MAX)?.checked_add(EPOCH_US)?;
            typed(told, shown(&|out| calendar::timestamp(out, us)))?
        }
        types::TIMESTAMPTZ => {
            let us = finite(bytes.get_i64(), i64::MIN, i64::MAX)?.checked_add(EPOCH_US)?;
            let utc = Zone::parse("UTC").ok()?;
            typed(told, shown(&|out| calendar::moment(out, us, utc)))?
        }
        types::INTERVAL => {
            let (us, days, months) = (bytes.get_i64(), bytes.get_i32(), bytes.get_i32());
            typed(told, format!("{months} months {days} days {us} microseconds"))?
        }
        types::UUID => ScalarValue::from(uuid::Uuid::from_slice(&bytes).ok()?.to_string()),
        _ => ScalarValue::from(String::from_utf8(bytes.to_vec()).ok()?),
    })
}

fn typed(told: PgType, text: String) -> Option<ScalarValue> {
    ScalarValue::try_from_string(text, &types::of_oid(told.oid)?).ok()
}

/// A moment; without a zone of its own it is one of the session's.
fn moment(text: &str, zone: &str) -> Option<ScalarValue> {
    let local = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
    let moment = ScalarValue::try_from_string(text.to_owned(), &local).ok()?;
    moment.cast_to(&types::of_oid(types::TIMESTAMPTZ.oid)?).ok()
}

/// Whether a text may be a date or a time with a zone behind it, which only the type of its place tells.
pub fn may_have_zone(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.starts_with(|c: char| c.is_ascii_digit()) && without_zone(text).len() < text.len()
}

/// A date or time without `+08`, `-03:30` or `Z` at its end.
fn without_zone(text: &str) -> &str {
    let zone = text.rfind(['+', '-']).filter(|at| {
        let parts = text[at + 1..].split(':');
        let is_zone = text[at + 1..].len() >= 2
            && parts.clone().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()));
        // The day of a date comes after two signs that are the same.
        is_zone && (text[..*at].contains(':') || text[..*at].ends_with(' '))
    });
    text[..zone.unwrap_or(text.len())].trim_end_matches(['Z', ' '])
}

/// The protocol's largest and smallest moments mean "infinity", which no column here holds.
fn finite(value: i64, least: i64, most: i64) -> Option<i64> {
    (value != least && value != most).then_some(value)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Digits of the longest exact number.
const DIGITS_MAX: u32 = 76;

/// An exact number has the scale that it is written with: a column's would round it.
fn exact(text: &str) -> Option<ScalarValue> {
    let (text, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { "-" } else { "" }, rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) || power.unsigned_abs() > DIGITS_MAX {
        return None;
    }
    // Zeros at the end of a fraction say how exact it is; more of them than any type holds say nothing.
    if u32::try_from(fraction.len()).ok()? > 2 * DIGITS_MAX {
        return None;
    }
    let scale = i32::try_from(fraction.len()).ok()? - power;
    let (all, scale) = match usize::try_from(scale) {
        Ok(scale) => (all, scale),
        Err(_) => (all + &"0".repeat(scale.unsigned_abs() as usize), 0),
    };
    let padded = format!("{all:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let whole = whole.trim_start_matches('0');
    let precision = u8::try_from((whole.len() + scale).max(1)).ok()?;
    let scale = i8::try_from(scale).ok()?;
    let told = match precision {
        ..=38 => DataType::Decimal128(precision, scale),
        39..=76 => DataType::Decimal256(precision, scale),
        _ => return None,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let whole = if whole.is_empty() { "0" } else { whole };
    ScalarValue::try_from_string(format!("{sign}{whole}{point}{fraction}"), &told).ok()
}

/// `\x00ff`, or the older form in which `\` stands before three octal digits or itself.
pub fn bytes_of_text(text: &str) -> Option<Vec<u8>> {
    if let Some(hex) = text.strip_prefix("\\x") {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pair = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
            _ => None,
        };
        return hex.as_bytes().chunks(2).map(pair).collect();
    }
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                after
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                after
            }
            (b'\\', _) => return None,
            (byte, after) => {
                bytes.push(*byte);
                after
            }
        };
    }
    Some(bytes)
}

/// Items of all lists that are bound at a time: each becomes a part of the statement.
const ITEMS_MAX: usize = 65_535;

/// Refuses lists that are too long.
fn check_items(values: &[ScalarValue]) -> Read<()> {
    let items = |value: &ScalarValue| match value {
        ScalarValue::List(list) => list.values().len(),
        _ => 0,
    };
    let count: usize = values.iter().map(items).sum();
    if count <= ITEMS_MAX {
        return Ok(());
    }
    let text = format!("the lists that are bound have {count} items, and {ITEMS_MAX} are allowed");
    let error = Error::new(Code::SYNTAX, text).with_hint("copy them into a table, and join it");
    Err(Problem::new("54000", error))
}

/// The formats of parameters and the types that they are sent as.
pub fn all(types: &[u32], formats: &[i16], values: Vec<Option<Bytes>>, zone: &str) -> Read<Vec<ScalarValue>> {
    let formats: Result<Vec<Format>> = Format::all(formats, values.len());
    let formats = formats.map_err(|error| Problem::new("08P01", error))?;
    let each = values.into_iter().zip(formats).enumerate();
    let values = each
        .map(|(at, (value, format))| read(at + 1, types.get(at).copied().unwrap_or(0), format, value, zone))
        .collect::<Read<Vec<_>>>()?;
    check_items(&values)?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(oid: u32, format: Format, value: &'static [u8]) -> String {
        match read(1, oid, format, Some(Bytes::from_static(value)), "+08:00") {
            Ok(ScalarValue::Binary(bytes)) => format!("{bytes:?}"),
            Ok(value) => format!("{} {}", value.data_type(), value.cast_to(&DataType::Utf8).unwrap()),
            Err(problem) => problem.error.message.clone(),
        }
    }

    #[test]
    fn values_in_text_are_read() {
        for (oid, value, expected) in [
            (16, "on", "Boolean true"),
            (23, " 42 ", "Int32 42"),
            (23, "4x", "parameter `$1` is no int4: `4x`"),
            (21, "40000", "parameter `$1` is no int2: `40000`"),
            (1700, "-12.30", "Decimal128(4, 2) -12.30"),
            (1700, "1.5E+3", "Decimal128(4, 0) 1500"),
            (1700, "1e-3", "Decimal128(3, 3) 0.001"),
            (1700, "0", "Decimal128(1, 0) 0"),
            (1700, "NaN", "parameter `$1` is no numeric: `NaN`"),
            (17, "\\x00ff", "Some([0, 255])"),
            (17, "a\\\\\\001", "Some([97, 92, 1])"),
            (17, "\\x0", "parameter `$1` is no bytea: `\\x0`"),
            (1082, "2026-11-25", "Date32 2026-11-25"),
            (1082, "2026-11-25 +08", "Date32 2026-11-25"),
            (1114, "2026-11-25 01:02:03.5-03:30", "Timestamp(µs) 2026-11-25T01:02:03.500"),
            (1184, "2026-11-25 01:02:03+08", "Timestamp(µs, \"UTC\") 2026-11-24T17:02:03Z"),
            // Without a zone it is one of the session's.
            (1184, "2026-11-25 01:02:03", "Timestamp(µs, \"UTC\") 2026-11-24T17:02:03Z"),
            (
                1186,
                "1 year 2 mons -3 days +04:05:06.7",
                "Interval(MonthDayNano) 14 mons -3 days 4 hours 5 mins 6.700000000 secs",
            ),
            (17, "\\x+f", "parameter `$1` is no bytea: `\\x+f`"),
            (1700, "1e-2147483648", "parameter `$1` is no numeric: `1e-2147483648`"),
            (1007, "{1,NULL,-3}", "List(Int32) [1, , -3]"),
            (1009, "{a,\"b,c\",NULL}", "List(Utf8) [a, b,c, ]"),
            (1007, "{1,x}", "parameter `$1` is no int4: `x`"),
            (1007, "1", "parameter `$1` is no _int4: `1`"),
            (25, "甲", "Utf8 甲"),
            (0, "x", "Utf8 x"),
        ] {
            assert_eq!(shown(oid, Format::Text, value.as_bytes()), expected, "{oid} {value}");
        }
    }

    #[test]
    fn numbers_that_no_type_holds_are_refused() {
        for digits in ["0.", "1e76", "1e-77", "9"] {
            let long = format!("{digits}{}", "0".repeat(70_000));
            let read = read(1, 1700, Format::Text, Some(Bytes::from(long)), "UTC");
            assert!(read.is_err(), "{digits}");
        }
    }

    #[test]
    fn values_in_binary_are_read() {
        let cases: [(u32, &'static [u8], &str); 14] = [
            (
                1007,
                &[
                    0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 255, 255, 255,
                    255,
                ],
                "List(Int32) [7, ]",
            ),
            (1007, &[0; 12], "List(Int32) []"),
            (1007, &[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 23], "parameter `$1` is no _int4: its bytes do not fit"),
            (16, &[1], "Boolean true"),
            (20, &[0xff; 8], "Int64 -1"),
            (23, &[0; 8], "parameter `$1` is no int4: its bytes do not fit"),
            (701, &[0x3f, 0xe0, 0, 0, 0, 0, 0, 0], "Float64 0.5"),
            (1082, &[0, 0, 0, 1], "Date32 2000-01-02"),
            (1082, &[0x7f, 0xff, 0xff, 0xff], "parameter `$1` is no date: its bytes do not fit"),
            (1114, &[0; 8], "Timestamp(µs) 2000-01-01T00:00:00"),
            (1184, &[0; 8], "Timestamp(µs, \"UTC\") 2000-01-01T00:00:00Z"),
            (1700, &[0, 1, 0, 0, 0, 0, 0, 0, 0, 7], "Decimal128(1, 0) 7"),
            (17, &[0, 255], "Some([0, 255])"),
            (600, &[0; 16], "parameter `$1` has the type 600, which is not supported"),
        ];
        for (oid, value, expected) in cases {
            assert_eq!(shown(oid, Format::Binary, value), expected, "{oid}");
        }
    }
}
