//! CSV files with a header line (RFC 4180).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, Schema, SchemaRef};
use huitong_catalog::{Code, Error, Result};

use super::{BATCH_ROWS, DECLARE, SAMPLE_ROWS, Source, TextOptions, exact, text, unreadable};

/// Numbers with more digits are names: no amount has them, and a citizen number does.
const NUMBER_DIGITS_MAX: usize = 15;

pub fn open(path: &Path, options: &TextOptions, wanted: Option<&SchemaRef>) -> Result<Source> {
    let format = Format::default().with_header(true).with_delimiter(options.delimiter);
    let (found, _) = format.infer_schema(text(path, options)?, Some(SAMPLE_ROWS)).map_err(|e| unreadable(path, e))?;
    let sample = sample(path, options, &found)?;
    let fields = found.fields().iter().enumerate().map(|(index, field)| {
        let wanted = wanted.and_then(|schema| schema.field_with_name(field.name()).ok());
        let kind =
            wanted.map_or_else(|| careful(field, sample.as_ref().map(|s| s.column(index))), |w| w.data_type().clone());
        Field::new(field.name(), readable(kind), true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    // The reader would cut digits off a decimal that has too many.
    let read = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Decimal128(_, _) => field.as_ref().clone().with_data_type(DataType::Utf8),
        _ => field.as_ref().clone(),
    });
    let reader = ReaderBuilder::new(Arc::new(Schema::new(read.collect::<Vec<_>>())))
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_batch_size(BATCH_ROWS)
        .build(text(path, options)?)
        .map_err(|e| unreadable(path, e))?;
    let decimals = Decimals { path: path.to_owned(), schema: schema.clone(), guessed: wanted.is_none() };
    let path = path.to_owned();
    let mut rows = 0;
    let batches = reader.map(move |batch| {
        let batch = batch.map_err(|e| at_line_of_file(unreadable(&path, e)))?;
        let first = rows + 1;
        rows += batch.num_rows();
        decimals.convert(batch, first)
    });
    Ok(Source { schema, rows: None, batches: Box::new(batches) })
}

/// Decimals that were read as text.
struct Decimals {
    path: PathBuf,
    schema: SchemaRef,
    guessed: bool,
}

impl Decimals {
    /// `first` is the number of the batch's first row, from 1.
    fn convert(&self, batch: RecordBatch, first: usize) -> Result<RecordBatch> {
        let columns = self.schema.fields().iter().zip(batch.columns()).map(|(field, column)| match field.data_type() {
            kind @ DataType::Decimal128(_, _) => {
                exact::decimals(column, kind).map_err(|row| self.misfit(field, column, row, first))
            }
            _ => Ok(column.clone()),
        });
        let batch = RecordBatch::try_new(self.schema.clone(), columns.collect::<Result<_>>()?);
        batch.map_err(|e| unreadable(&self.path, e))
    }

    fn misfit(&self, field: &Field, column: &ArrayRef, row: usize, first: usize) -> Error {
        let value = column.as_string::<i32>().value(row);
        // The header is a line too.
        let (file, line) = (self.path.display(), first + row + 1);
        let (name, kind) = (field.name(), exact::name(field.data_type()));
        let error = Error::new(
            Code::SCHEMA_MISMATCH,
            format!("`{file}`, line {line}: `{value}` in column `{name}` does not fit {kind}"),
        );
        error.with_hint(if self.guessed { DECLARE } else { "round it first, or widen the column" })
    }
}

/// The reader counts lines without the header; a person who opens the file counts it.
fn at_line_of_file(mut error: Error) -> Error {
    const MARK: &str = " at line ";
    if let Some(at) = error.message.find(MARK).map(|at| at + MARK.len()) {
        let end = error.message[at..].find(|c: char| !c.is_ascii_digit()).map_or(error.message.len(), |end| at + end);
        if let Ok(line) = error.message[at..end].parse::<u64>() {
            error.message.replace_range(at..end, &(line + 1).to_string());
        }
    }
    error
}

/// The first rows, all as text.
fn sample(path: &Path, options: &TextOptions, found: &Schema) -> Result<Option<RecordBatch>> {
    let fields: Vec<_> = found.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true)).collect();
    let mut reader = ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_batch_size(SAMPLE_ROWS)
        .build(text(path, options)?)
        .map_err(|e| unreadable(path, e))?;
    reader.next().transpose().map_err(|e| unreadable(path, e))
}

/// The found type, unless reading numbers as that would change them: `007` is not 7, a citizen number is no amount, and
/// not every fraction is one that a DOUBLE keeps.
fn careful(field: &Field, sample: Option<&ArrayRef>) -> DataType {
    let kind = field.data_type();
    if kind == &DataType::Null {
        return DataType::Utf8;
    }
    let Some(sample) = sample.filter(|_| kind.is_numeric()) else { return kind.clone() };
    let values: Vec<&str> = sample.as_string::<i32>().iter().flatten().collect();
    if values.iter().any(|value| has_leading_zero(value)) {
        return DataType::Utf8;
    }
    let digits = |value: &str| value.bytes().filter(u8::is_ascii_digit).count();
    match values.iter().any(|value| digits(value) > NUMBER_DIGITS_MAX) {
        true if kind.is_integer() => DataType::Utf8,
        true => decimal(&values).unwrap_or(DataType::Float64),
        false => kind.clone(),
    }
}

fn has_leading_zero(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.")
}

/// An exact type for fractions, where one is needed and possible. What a program wrote from a DOUBLE reads back as the
/// same digits and stays one; so does what has an exponent, or more digits than a DECIMAL.
fn decimal(values: &[&str]) -> Option<DataType> {
    if values.iter().all(|value| survives_a_double(value)) {
        return None;
    }
    let (mut whole, mut scale) = (0, 0);
    for value in values {
        let (_, before, behind) = parts(value)?;
        (whole, scale) = (whole.max(before.len()), scale.max(behind.len()));
    }
    // Rows that were not looked at may have larger numbers, so the whole part gets all the room there is.
    let scale = i8::try_from(scale).ok().filter(|_| whole + scale <= usize::from(DECIMAL128_MAX_PRECISION))?;
    Some(DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale))
}

fn survives_a_double(value: &str) -> bool {
    let Ok(double) = value.parse::<f64>() else { return false };
    let again = double.to_string();
    parts(value).is_some() && parts(value) == parts(&again)
}

/// Sign, and the digits before and behind the point that count; none with an exponent.
fn parts(value: &str) -> Option<(bool, &str, &str)> {
    let (negative, digits) = value.strip_prefix('-').map_or((false, value), |digits| (true, digits));
    let (before, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = before.bytes().chain(behind.bytes()).all(|byte| byte.is_ascii_digit());
    plain.then(|| (negative, before.trim_start_matches('0'), behind.trim_end_matches('0')))
}

/// Types that the CSV reader makes; others are read as text and cast on arrival.
fn readable(kind: DataType) -> DataType {
    match kind {
        DataType::List(_) | DataType::Struct(_) | DataType::Map(_, _) | DataType::Binary => DataType::Utf8,
        other => other,
    }
}
