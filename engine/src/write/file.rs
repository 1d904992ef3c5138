//! One task's files.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::AsyncArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use uuid::Uuid;

use super::node::{FILES, WriteSpec};
use super::{check, columns, tally};

/// Rows of a row group: small enough that pruning pays and two cores share a file, large enough that footers stay
/// small.
const ROW_GROUP_ROWS: usize = 512 * 1024;

/// Writes all of `input`; the answer names the files. When it fails, the files of this attempt are removed as far as
/// the store allows.
pub async fn write(
    store: Arc<dyn ObjectStore>,
    spec: WriteSpec,
    input: SendableRecordBatchStream,
) -> Result<RecordBatch> {
    let mut files = Files { schema: input.schema(), store, spec, open: None, written: Vec::new() };
    match files.write_all(input).await {
        Ok(()) => files.answer(),
        Err(error) => {
            files.discard().await;
            Err(error)
        }
    }
}

struct Files {
    schema: SchemaRef,
    store: Arc<dyn ObjectStore>,
    spec: WriteSpec,
    open: Option<(Path, AsyncArrowWriter<BufWriter>)>,
    written: Vec<Written>,
}

struct Written {
    path: Path,
    size_bytes: u64,
    rows: u64,
    stats: String,
}

impl Files {
    async fn write_all(&mut self, mut input: SendableRecordBatchStream) -> Result<()> {
        while let Some(batch) = input.try_next().await? {
            if batch.num_rows() > 0 {
                self.write_batch(&batch).await?;
            }
            // An input that always has a batch ready (a join of what is in memory) would never let a cancellation in.
            tokio::task::coop::consume_budget().await;
        }
        self.close().await
    }

    async fn write_batch(&mut self, batch: &RecordBatch) -> Result<()> {
        check::rows(&self.spec, batch)?;
        let (path, mut writer) = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        let outcome = writer.write(batch).await;
        let full = writer.bytes_written() as u64 >= self.spec.file_bytes_target;
        self.open = Some((path, writer));
        outcome?;
        tally::add(&self.spec.table, batch.num_rows());
        if full { self.close().await } else { Ok(()) }
    }

    fn begin(&self) -> Result<(Path, AsyncArrowWriter<BufWriter>)> {
        let name = format!("part-{}.parquet", Uuid::new_v4().simple());
        // Parsed, not converted: conversion would encode a Chinese name a second time.
        let directory = Path::parse(&self.spec.directory).map_err(object_store::Error::from)?;
        let path = directory.join(name);
        let writer = BufWriter::new(self.store.clone(), path.clone());
        Ok((path, AsyncArrowWriter::try_new(writer, self.schema.clone(), Some(properties()))?))
    }

    async fn close(&mut self) -> Result<()> {
        let Some((path, writer)) = self.open.take() else { return Ok(()) };
        // Named before it is complete, so that a failure removes it too.
        let index = self.written.len();
        self.written.push(Written { path: path.clone(), size_bytes: 0, rows: 0, stats: String::new() });
        let metadata = writer.close().await?;
        let size_bytes = self.store.head(&path).await?.size;
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
        let stats = columns::statistics(&metadata, &self.schema)?;
        self.written[index] = Written { path, size_bytes, rows, stats };
        Ok(())
    }

    fn answer(self) -> Result<RecordBatch> {
        let text =
            |value: fn(&Written) -> &str| -> StringArray { self.written.iter().map(|w| Some(value(w))).collect() };
        let number =
            |value: fn(&Written) -> u64| -> UInt64Array { self.written.iter().map(|w| Some(value(w))).collect() };
        let paths = text(|w| w.path.as_ref());
        let (sizes, rows) = (number(|w| w.size_bytes), number(|w| w.rows));
        let stats = text(|w| &w.stats);
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(paths), Arc::new(sizes), Arc::new(rows), Arc::new(stats)];
        Ok(RecordBatch::try_new(FILES.clone(), columns)?)
    }

    async fn discard(self) {
        let open = self.open.map(|(path, _)| path);
        for path in self.written.into_iter().map(|written| written.path).chain(open) {
            match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => tracing::warn!(%path, %error, "file of a failed write is left behind"),
            }
        }
    }
}

fn properties() -> WriterProperties {
    // Snappy, as Spark's writer of Delta tables: zstd makes files a quarter smaller, and scans a tenth slower
    // (docs/decisions/0010).
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build()
}
