//! Batches of rows as clients send them.
//!
//! What decodes Arrow's messages meets lengths that do not fit each other with a panic. It is the client's message that is broken and
//! not the server, so here that is an error as any other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::Status;

/// A stream of them.
pub struct Batches {
    inner: FlightRecordBatchStream,
    is_broken: bool,
}

impl Batches {
    pub fn of(data: impl Stream<Item = Result<FlightData, Status>> + Send + 'static) -> Self {
        let data = data.map_err(|status| FlightError::Tonic(Box::new(status)));
        Self { inner: FlightRecordBatchStream::new_from_flight_data(data), is_broken: false }
    }

    /// What the batches have in common, once the first message has come.
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.inner.schema()
    }
}

impl Stream for Batches {
    type Item = Result<RecordBatch, FlightError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_broken {
            return Poll::Ready(None);
        }
        catch_unwind(AssertUnwindSafe(|| self.inner.poll_next_unpin(context))).unwrap_or_else(|_| {
            self.is_broken = true;
            Poll::Ready(Some(Err(FlightError::DecodeError(
                "the lengths in a message do not fit each other".to_owned(),
            ))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int32Array};
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use futures::executor::block_on;
    use futures::stream;
    use std::sync::Arc;

    /// Found by the fuzz target `flight_rows`.
    #[test]
    fn a_message_without_its_body_is_an_error() {
        let column: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
        let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
        let messages = FlightDataEncoderBuilder::new().build(stream::iter([Ok(batch.clone())]));
        let messages: Vec<FlightData> = block_on(messages.try_collect()).unwrap();
        let read = |messages: Vec<FlightData>| {
            block_on(Batches::of(stream::iter(messages.into_iter().map(Ok))).try_collect::<Vec<_>>())
        };
        assert_eq!(read(messages.clone()).unwrap(), [batch]);
        let bare =
            messages.into_iter().map(|message| FlightData { data_body: Default::default(), ..message }).collect();
        assert!(read(bare).is_err());
    }
}
