//! One task's files.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::AsyncArrowWriter;
use serde_json::json;
use uuid::Uuid;

use super::node::{FILES, Layout, WriteSpec};
use super::partition::{self, Part};
use super::{check, checks, columns, encoding, tally};

/// How long files of a failed write are waited for to be gone.
const DISCARD_WAIT: Duration = Duration::from_secs(2);

/// Writes all of `input`; the answer names the files. When it fails, the files of this attempt are removed as far as
/// the store allows. At most `open_max` files are open at a time, each of which holds a row group in memory: one is enough for
/// rows that are sorted by the table's partitions.
pub async fn write(
    store: Arc<dyn ObjectStore>,
    spec: WriteSpec,
    input: SendableRecordBatchStream,
    open_max: usize,
) -> Result<RecordBatch> {
    let schema = input.schema();
    let answers: Vec<String> = (0..spec.checks.len()).map(checks::column).collect();
    let is_stored = |index: &usize| {
        let name = schema.field(*index).name();
        let is_layout = spec.layout.iter().flat_map(Layout::columns).any(|column| column == name);
        !spec.partitions.contains(name) && !answers.contains(name) && !is_layout
    };
    let stored: Vec<usize> = (0..schema.fields().len()).filter(is_stored).collect();
    let schema = Arc::new(schema.project(&stored)?);
    let mut files = Files { schema, stored, store, spec, open_max, open: Vec::new(), written: Vec::new() };
    match files.write_all(input).await {
        Ok(()) => files.answer(),
        Err(error) => {
            // Goes on by itself if the store does not answer: what was wrong is to be told soon.
            let discarded = tokio::spawn(files.discard());
            tokio::time::timeout(DISCARD_WAIT, discarded).await.ok();
            Err(error)
        }
    }
}

struct Files {
    /// Of the files.
    schema: SchemaRef,
    /// Its columns in the input.
    stored: Vec<usize>,
    store: Arc<dyn ObjectStore>,
    spec: WriteSpec,
    open_max: usize,
    /// One for each partition, the one that was written last at the end.
    open: Vec<Open>,
    written: Vec<Written>,
}

struct Open {
    part: Part,
    path: Path,
    writer: AsyncArrowWriter<BufWriter>,
}

struct Written {
    part: Part,
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
        self.close_all().await
    }

    async fn write_batch(&mut self, batch: &RecordBatch) -> Result<()> {
        check::rows(&self.spec, batch)?;
        for (part, rows) in partition::split(&self.spec, batch)? {
            self.write_rows(part, &rows.project(&self.stored)?).await?;
        }
        tally::add(&self.spec.table, batch.num_rows());
        Ok(())
    }

    async fn write_rows(&mut self, part: Part, rows: &RecordBatch) -> Result<()> {
        let found = self.open.iter().position(|open| open.part == part);
        let mut open = match found {
            Some(index) => self.open.remove(index),
            None => self.begin(part, rows).await?,
        };
        let outcome = open.writer.write(rows).await;
        let full = open.writer.bytes_written() as u64 >= self.spec.file_bytes_target;
        self.open.push(open);
        outcome?;
        if full { self.close(self.open.len() - 1).await } else { Ok(()) }
    }

    /// `first`: the rows that will be written first; how the file keeps its columns is judged by them.
    async fn begin(&mut self, part: Part, first: &RecordBatch) -> Result<Open> {
        if self.open.len() >= self.open_max {
            self.close(0).await?;
        }
        let name = format!("part-{}.parquet", Uuid::new_v4().simple());
        // Parsed, not converted: conversion would encode a Chinese name a second time.
        let directory = Path::parse(&self.spec.directory).map_err(object_store::Error::from)?;
        let path = directory.join(name);
        let writer = BufWriter::new(self.store.clone(), path.clone());
        let writer = AsyncArrowWriter::try_new(writer, self.schema.clone(), Some(encoding::properties(first)))?;
        Ok(Open { part, path, writer })
    }

    async fn close(&mut self, index: usize) -> Result<()> {
        let Open { part, path, writer } = self.open.remove(index);
        // Named before it is complete, so that a failure removes it too.
        let index = self.written.len();
        let unfinished = Written { part, path: path.clone(), size_bytes: 0, rows: 0, stats: String::new() };
        self.written.push(unfinished);
        let metadata = writer.close().await?;
        let written = &mut self.written[index];
        written.size_bytes = self.store.head(&path).await?.size;
        written.rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
        written.stats = columns::statistics(&metadata, &self.schema)?;
        Ok(())
    }

    async fn close_all(&mut self) -> Result<()> {
        while !self.open.is_empty() {
            self.close(0).await?;
        }
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
        let values: StringArray = self.written.iter().map(|w| Some(json!(w.part.values).to_string())).collect();
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(paths), Arc::new(sizes), Arc::new(rows), Arc::new(stats), Arc::new(values)];
        Ok(RecordBatch::try_new(FILES.clone(), columns)?)
    }

    async fn discard(self) {
        let open = self.open.into_iter().map(|open| open.path);
        for path in self.written.into_iter().map(|written| written.path).chain(open) {
            match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => tracing::warn!(%path, %error, "file of a failed write is left behind"),
            }
        }
    }
}
