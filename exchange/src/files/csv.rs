//! CSV files with a header line (RFC 4180).

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use huitong_catalog::{Error, Result};

use super::{BATCH_ROWS, SAMPLE_ROWS, Source, TextOptions, text, unreadable};

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
    let reader = ReaderBuilder::new(schema.clone())
        .with_header(true)
        .with_delimiter(options.delimiter)
        .with_batch_size(BATCH_ROWS)
        .build(text(path, options)?)
        .map_err(|e| unreadable(path, e))?;
    let path = path.to_owned();
    let batches = reader.map(move |batch| batch.map_err(|e| at_line_of_file(unreadable(&path, e))));
    Ok(Source { schema, rows: None, batches: Box::new(batches) })
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

/// The found type, unless reading codes as numbers would change them: `007` is not 7, and a citizen number is no amount.
fn careful(field: &Field, sample: Option<&arrow::array::ArrayRef>) -> DataType {
    let numeric = field.data_type().is_numeric();
    let is_code = |value: &str| {
        let digits = value.strip_prefix('-').unwrap_or(value);
        (digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."))
            || digits.chars().filter(char::is_ascii_digit).count() > NUMBER_DIGITS_MAX
    };
    let coded = numeric
        && sample.is_some_and(|column| {
            let values = column.as_string::<i32>();
            (0..values.len()).any(|index| values.is_valid(index) && is_code(values.value(index)))
        });
    if coded || field.data_type() == &DataType::Null { DataType::Utf8 } else { field.data_type().clone() }
}

/// Types that the CSV reader makes; others are read as text and cast on arrival.
fn readable(kind: DataType) -> DataType {
    match kind {
        DataType::List(_) | DataType::Struct(_) | DataType::Map(_, _) | DataType::Binary => DataType::Utf8,
        other => other,
    }
}
