//! Answers in the form that the files write them in.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use sqllogictest::ColumnType;

/// Digits of a floating number behind the point.
const DIGITS: usize = 12;

/// The files' letters for types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Date,
    Integer,
    Timestamp,
    Number,
    Text,
    Other,
}

impl ColumnType for Kind {
    fn from_char(letter: char) -> Option<Self> {
        Some(match letter {
            'B' => Self::Boolean,
            'D' => Self::Date,
            'I' => Self::Integer,
            'P' => Self::Timestamp,
            'R' => Self::Number,
            'T' => Self::Text,
            _ => Self::Other,
        })
    }

    fn to_char(&self) -> char {
        match self {
            Self::Boolean => 'B',
            Self::Date => 'D',
            Self::Integer => 'I',
            Self::Timestamp => 'P',
            Self::Number => 'R',
            Self::Text => 'T',
            Self::Other => '?',
        }
    }
}

pub fn kinds(schema: &Schema) -> Vec<Kind> {
    let kind = |data_type: &DataType| match data_type {
        DataType::Boolean => Kind::Boolean,
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_) => Kind::Date,
        DataType::Timestamp(_, _) => Kind::Timestamp,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        data_type if data_type.is_integer() => Kind::Integer,
        data_type if data_type.is_numeric() => Kind::Number,
        _ => Kind::Other,
    };
    schema.fields().iter().map(|field| kind(field.data_type())).collect()
}

/// Rows of texts. What follows a line's end in a last cell becomes a row of its own, with its number.
pub fn rows(batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, ArrowError> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let mut cells = batch.columns().iter().map(|column| cell(column, row)).collect::<Result<Vec<_>, _>>()?;
            match cells.pop() {
                Some(last) if last.contains('\n') => {
                    rows.push(cells);
                    rows.extend(last.split('\n').enumerate().map(|(number, line)| vec![numbered(number, line)]));
                }
                last => {
                    cells.extend(last);
                    rows.push(cells);
                }
            }
        }
    }
    Ok(rows)
}

fn numbered(number: usize, line: &str) -> String {
    let text = line.trim_start();
    format!("{:02}){}{text}", number + 1, "-".repeat(line.len() - text.len()))
}

fn cell(column: &ArrayRef, row: usize) -> Result<String, ArrowError> {
    if column.is_null(row) {
        return Ok("NULL".to_owned());
    }
    Ok(match column.data_type() {
        DataType::Null => "NULL".to_owned(),
        DataType::Utf8 => text(column.as_string::<i32>().value(row)),
        DataType::Float32 => number(f64::from(column.as_primitive::<Float32Type>().value(row)), || {
            column.as_primitive::<Float32Type>().value(row).to_string()
        }),
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(row);
            number(value, || value.to_string())
        }
        data_type if data_type.is_decimal() => plain(&formatted(column, row)?),
        _ => formatted(column, row)?,
    })
}

/// As DataFusion's command line shows it.
fn formatted(column: &ArrayRef, row: usize) -> Result<String, ArrowError> {
    let options = datafusion::config::FormatOptions::default();
    let options: FormatOptions<'_> = (&options).try_into()?;
    Ok(ArrayFormatter::try_new(column, &options.with_null("NULL"))?.value(row).to_string())
}

fn text(value: &str) -> String {
    if value.is_empty() {
        return "(empty)".to_owned();
    }
    value.trim_end_matches('\n').replace('\0', "\\0")
}

fn number(value: f64, digits: impl FnOnce() -> String) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => plain(&rounded(&digits())),
    }
}

/// Digits beyond the twelfth behind the point, rounded half to even.
fn rounded(digits: &str) -> String {
    let Some((whole, fraction)) = digits.split_once('.') else { return digits.to_owned() };
    let Some((kept, rest)) = fraction.split_at_checked(DIGITS) else { return digits.to_owned() };
    let half = rest.cmp("5");
    let odd = kept.ends_with(['1', '3', '5', '7', '9']);
    let up = half.is_gt() || half.is_eq() && odd;
    let mut all: Vec<u8> = format!("{whole}.{kept}").into_bytes();
    let mut carry = up;
    for digit in all.iter_mut().rev().filter(|byte| byte.is_ascii_digit()) {
        match (carry, *digit) {
            (false, _) => break,
            (true, b'9') => *digit = b'0',
            (true, _) => {
                *digit += 1;
                carry = false;
            }
        }
    }
    if carry {
        let first = usize::from(all.first() == Some(&b'-'));
        all.insert(first, b'1');
    }
    String::from_utf8(all).expect("digits")
}

/// Without zeros that say nothing.
fn plain(digits: &str) -> String {
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    if digits == "-0" { "0".to_owned() } else { digits.to_owned() }
}

#[test]
fn numbers_are_written_as_the_files_write_them() {
    for (given, expected) in [
        ("0.1", "0.1"),
        ("-0", "0"),
        ("100.00", "100"),
        ("0.1234567890125", "0.123456789012"),
        ("0.1234567890135", "0.123456789014"),
        ("0.12345678901251", "0.123456789013"),
        ("-9.9999999999999", "-10"),
        ("1000000000000000000000", "1000000000000000000000"),
    ] {
        assert_eq!(plain(&rounded(given)), expected, "{given}");
    }
}
