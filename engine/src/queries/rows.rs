//! A result on its way to a door, counted.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::error::Result as DfResult;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt};
use huitong_catalog::{Code, Error};

use super::open::Open;
use super::record::Run;
use crate::error::{into_datafusion, of_datafusion};

/// Rows that are counted; when they have ended, so has their statement.
pub(crate) struct Counted {
    rows: SendableRecordBatchStream,
    open: Option<Open>,
    bytes_max: Option<u64>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    rows: u64,
    bytes: u64,
    /// How long batches have waited for whoever takes them.
    fetched: Duration,
    /// When the last batch was handed out; none while the next one is asked for.
    handed: Option<Instant>,
}

impl Counts {
    fn run(&self) -> Run {
        let fetched = self.fetched + self.handed.map(|handed| handed.elapsed()).unwrap_or_default();
        Run { rows: Some(self.rows), bytes: Some(self.bytes), fetched }
    }
}

impl Counted {
    /// With more than `bytes_max` bytes the statement ends.
    pub fn new(rows: SendableRecordBatchStream, open: Open, bytes_max: Option<u64>) -> Self {
        Self { rows, open: Some(open), bytes_max, counts: Counts::default() }
    }

    fn count(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.counts.rows += batch.num_rows() as u64;
        self.counts.bytes += batch.get_array_memory_size() as u64;
        match self.bytes_max {
            Some(max) if self.counts.bytes > max => Err(Error::new(
                Code::RESULT_TOO_LARGE,
                format!("the result has more than {max} bytes"),
            )
            .with_hint(
                "ask for fewer rows or columns, write the rows to files with COPY, or raise `clients.result_bytes_max`",
            )),
            _ => Ok(()),
        }
    }

    fn end(&mut self, outcome: Result<(), Error>) -> Result<(), Error> {
        let run = self.counts.run();
        self.counts.handed = None;
        match self.open.take() {
            Some(open) => open.end(run, outcome),
            None => outcome,
        }
    }
}

impl Stream for Counted {
    type Item = DfResult<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(handed) = this.counts.handed.take() {
            this.counts.fetched += handed.elapsed();
        }
        // After its end, the rows are asked for no more.
        if this.open.is_none() {
            return Poll::Ready(None);
        }
        let next = futures::ready!(this.rows.poll_next_unpin(context));
        let counted = match next {
            None => return Poll::Ready(this.end(Ok(())).err().map(|error| Err(into_datafusion(error)))),
            Some(batch) => batch.map_err(of_datafusion).and_then(|batch| this.count(&batch).map(|()| batch)),
        };
        Poll::Ready(Some(match counted {
            Ok(batch) => {
                this.counts.handed = Some(Instant::now());
                Ok(batch)
            }
            Err(error) => Err(into_datafusion(this.end(Err(error.clone())).err().unwrap_or(error))),
        }))
    }
}

impl RecordBatchStream for Counted {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.given_up(self.counts.run());
        }
    }
}
