//! Parquet files.

use std::fs::File;
use std::path::Path;

use huitong_catalog::Result;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{BATCH_ROWS, Source, missing, unreadable};

pub fn open(path: &Path) -> Result<Source> {
    let file = File::open(path).map_err(|e| missing(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unreadable(path, e))?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).ok();
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(|e| unreadable(path, e))?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    let path = path.to_owned();
    let batches = reader.map(move |batch| batch.map_err(|e| unreadable(&path, e)));
    Ok(Source { schema, rows, batches: Box::new(batches) })
}
