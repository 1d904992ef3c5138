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

/// The messages, and a batch without rows behind those of an answer that had no batch: drivers take the columns from the first one, and
/// without any the Arrow JDBC driver shows none of them, or each twice.
pub fn with_a_batch(
    messages: impl Stream<Item = std::result::Result<FlightData, Status>> + Send + 'static,
    schema: &SchemaRef,
) -> Result<BoxStream<'static, std::result::Result<FlightData, Status>>> {
    if schema.fields().is_empty() {
        return Ok(messages.boxed());
    }
    // The first message is the schema.
    let (seen, sign) = (0_u64, sign(schema)?);
    let said = stream::unfold((messages.boxed().fuse(), seen, sign), |(mut messages, seen, sign)| async move {
        match messages.next().await {
            Some(Err(status)) => Some((Err(status), (messages, u64::MAX, sign))),
            Some(message) => Some((message, (messages, seen.saturating_add(1), sign))),
            None if seen == 1 => Some((Ok(sign.clone()), (messages, u64::MAX, sign))),
            None => None,
        }
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
    async fn an_answer_has_a_batch() {
        let (schema, _) = slow(Duration::ZERO);
        let batch = RecordBatch::new_empty(schema.clone());
        let failed = || Err(FlightError::Tonic(Box::new(Status::aborted("failed"))));
        let numbers = |rows: std::ops::Range<i64>| {
            let names = StringArray::from_iter_values(rows.clone().map(|n| n.to_string()));
            let columns: Vec<ArrayRef> = vec![Arc::new(names), Arc::new(Int64Array::from_iter_values(rows))];
            RecordBatch::try_new(schema.clone(), columns).unwrap()
        };
        for (batches, batches_sent, is_whole) in [
            (vec![], 1, true),
            (vec![Ok(batch)], 1, true),
            (vec![Ok(numbers(0..2)), Ok(numbers(2..3))], 2, true),
            (vec![failed()], 0, false),
        ] {
            let encoded = FlightDataEncoderBuilder::new().with_schema(schema.clone()).build(stream::iter(batches));
            let messages = encoded.map_err(|error| Status::aborted(error.to_string()));
            let said: Vec<_> = with_a_batch(messages, &schema).unwrap().collect().await;
            assert_eq!(said.iter().all(std::result::Result::is_ok), is_whole, "{said:?}");
            let sent = said.iter().filter(|message| message.is_ok()).count();
            assert_eq!(sent, batches_sent + 1, "the schema, and batches");
            let read = stream::iter(said).map_err(|status| FlightError::Tonic(Box::new(status)));
            let read: Vec<_> = FlightRecordBatchStream::new_from_flight_data(read).collect().await;
            assert_eq!(read.iter().all(std::result::Result::is_ok), is_whole, "{read:?}");
        }
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
