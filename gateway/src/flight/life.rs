//! Signs of life: a call that is silent for long is ended by what lies between a client and the server, and its user takes the
//! query for dead. So an answer whose rows are long in coming says something meanwhile: batches without rows, which every client passes
//! over.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::utils::batches_to_flight_data;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use huitong_catalog::{Code, Error, Result};
use tonic::Status;

/// The messages, and a batch without rows whenever none has come for so long. Nothing is said to a client that does not read.
pub fn with_signs(
    messages: impl Stream<Item = std::result::Result<FlightData, Status>> + Send + 'static,
    schema: &SchemaRef,
    every: Option<Duration>,
) -> Result<BoxStream<'static, std::result::Result<FlightData, Status>>> {
    let Some(every) = every else { return Ok(messages.boxed()) };
    let sign = sign(schema)?;
    let said = stream::unfold((messages.boxed(), sign), move |(mut messages, sign)| async move {
        let message = match tokio::time::timeout(every, messages.next()).await {
            Ok(message) => message?,
            Err(_) => Ok(sign.clone()),
        };
        Some((message, (messages, sign)))
    });
    Ok(said.boxed())
}

fn sign(schema: &SchemaRef) -> Result<FlightData> {
    let failed = |e| Error::new(Code::INTERNAL, "a batch without rows cannot be sent").caused_by(e);
    let messages = batches_to_flight_data(schema, vec![RecordBatch::new_empty(schema.clone())]).map_err(failed)?;
    messages.into_iter().next_back().ok_or_else(|| Error::new(Code::INTERNAL, "a batch without rows is no message"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use arrow_flight::decode::FlightRecordBatchStream;
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use arrow_flight::error::FlightError;
    use futures::TryStreamExt;

    use super::*;

    /// Two batches, each after a pause.
    fn slow(pause: Duration) -> (SchemaRef, BoxStream<'static, std::result::Result<FlightData, Status>>) {
        let (names, numbers) = (StringArray::from(vec!["汇", "通"]), Int64Array::from(vec![1, 2]));
        let columns = [("name", Arc::new(names) as ArrayRef), ("n", Arc::new(numbers) as ArrayRef)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let schema = batch.schema();
        let batches = stream::iter([batch.clone(), batch]).then(move |batch| async move {
            tokio::time::sleep(pause).await;
            Ok(batch)
        });
        let encoded = FlightDataEncoderBuilder::new().with_schema(schema.clone()).build(batches);
        (schema, encoded.map_err(|error| Status::internal(error.to_string())).boxed())
    }

    async fn rows(pause: u64, every: Option<u64>) -> Vec<usize> {
        let (schema, messages) = slow(Duration::from_millis(pause));
        let said = with_signs(messages, &schema, every.map(Duration::from_millis)).unwrap();
        let said = said.map_err(|status| FlightError::Tonic(Box::new(status)));
        let batches: Vec<RecordBatch> =
            FlightRecordBatchStream::new_from_flight_data(said).try_collect().await.unwrap();
        batches.iter().map(RecordBatch::num_rows).collect()
    }

    #[tokio::test]
    async fn what_is_long_in_coming_says_so() {
        let said = rows(200, Some(20)).await;
        assert!(said.iter().filter(|rows| **rows == 0).count() >= 4, "{said:?}");
        assert_eq!(said.into_iter().filter(|rows| *rows > 0).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(rows(1, Some(10_000)).await, [2, 2]);
        assert_eq!(rows(50, None).await, [2, 2]);
    }
}
