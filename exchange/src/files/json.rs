//! NDJSON files: one object per line.

use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema;
use huitong_catalog::Result;

use super::{BATCH_ROWS, SAMPLE_ROWS, Source, TextOptions, text, unreadable};

/// Holds every 64-bit whole number, and a fraction beside it.
const EXACT: DataType = DataType::Decimal128(38, 18);

pub fn open(path: &Path, options: &TextOptions, wanted: Option<&SchemaRef>) -> Result<Source> {
    let reader = BufReader::new(text(path, options)?);
    let (found, _) = infer_json_schema(reader, Some(SAMPLE_ROWS)).map_err(|e| unreadable(path, e))?;
    let fields = found.fields().iter().map(|field| {
        let wanted = wanted.and_then(|schema| schema.field_with_name(field.name()).ok());
        let kind = wanted.map_or_else(|| field.data_type().clone(), |wanted| wanted.data_type().clone());
        let kind = match kind {
            DataType::Null => DataType::Utf8,
            // The reader would cut the fraction of 1.5 off; read exactly, it is there to be refused.
            kind if wanted.is_some() && kind.is_integer() => EXACT,
            kind => kind,
        };
        Field::new(field.name(), kind, true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let reader = ReaderBuilder::new(schema.clone())
        .with_batch_size(BATCH_ROWS)
        .with_strict_mode(true)
        .build(BufReader::new(text(path, options)?))
        .map_err(|e| unreadable(path, e))?;
    let path = path.to_owned();
    let batches = reader.map(move |batch| batch.map_err(|e| unreadable(&path, e)));
    Ok(Source { schema, rows: None, batches: Box::new(batches) })
}
