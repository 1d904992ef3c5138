//! A running query's rows on their way to whoever asked.
//!
//! A query is stopped when its time is up or when nobody takes its rows. Whoever is to take them cannot see to that: it may be
//! the one that stands still. So a task of its own asks the query for rows and hands them over one batch at a time.

use std::future::Future;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};
use huitong_catalog::{Code, Error};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::deadline::{Deadline, passed};
use crate::error::into_datafusion;
use crate::work::Work;

/// How long a query may go on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub deadline: Option<Deadline>,
    /// How long a batch may wait to be taken.
    pub abandoned_after: Option<Duration>,
}

/// A batch, or none at the end. Without that, the end of a task that broke would look like the end of the rows.
type Message = DfResult<Option<RecordBatch>>;

/// The rows of `stream` under limits, computed by the threads of `work`. What a query holds besides its stream is let go with it: at its
/// end, when a limit is reached, when somebody has `ended` it, and soon after the answer is dropped.
pub fn watch(
    work: &Work,
    stream: SendableRecordBatchStream,
    limits: Limits,
    ended: impl Future<Output = Error> + Send + 'static,
    held: impl Send + 'static,
) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let (sender, receiver) = mpsc::channel(1);
    work.spawn(hand_over(stream, limits, sender, ended, held));
    let rows = stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Ok(Some(batch))) => Some((Ok(batch), Some(receiver))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(broken()), None)),
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// A client's rows, as long as they keep coming.
pub fn arriving(rows: SendableRecordBatchStream, abandoned_after: Option<Duration>) -> SendableRecordBatchStream {
    let Some(limit) = abandoned_after else { return rows };
    let schema = rows.schema();
    let rows = stream::unfold(Some(rows), move |rows| async move {
        let mut rows = rows?;
        match timeout(limit, rows.next()).await {
            Ok(batch) => Some((batch?, Some(rows))),
            Err(_) => Some((Err(into_datafusion(silent(limit))), None)),
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

async fn hand_over(
    mut stream: SendableRecordBatchStream,
    limits: Limits,
    sender: mpsc::Sender<Message>,
    ended: impl Future<Output = Error> + Send,
    held: impl Send + 'static,
) {
    let last = tokio::select! {
        biased;
        () = sender.closed() => return,
        error = passed(limits.deadline) => Err(into_datafusion(error)),
        error = ended => Err(into_datafusion(error)),
        last = rows(&mut stream, &sender, limits.abandoned_after) => last,
    };
    drop((stream, held));
    // Nobody may be there any more.
    sender.send(last).await.ok();
}

/// Hands batches over and answers what comes after them.
async fn rows(
    stream: &mut SendableRecordBatchStream,
    sender: &mpsc::Sender<Message>,
    abandoned_after: Option<Duration>,
) -> Message {
    loop {
        let Some(batch) = stream.next().await.transpose()? else { return Ok(None) };
        let sent = sender.send(Ok(Some(batch)));
        match abandoned_after {
            None => sent.await,
            Some(limit) => timeout(limit, sent).await.map_err(|_| into_datafusion(abandoned(limit)))?,
        }
        // Who is gone needs no more; the caller has seen that, too.
        .map_err(|_| broken())?;
    }
}

fn abandoned(limit: Duration) -> Error {
    Error::new(Code::TIMEOUT, format!("no row of the result was taken for {limit:?}"))
        .with_hint("ask again and read on, or raise `admission.abandoned_after`")
}

fn silent(limit: Duration) -> Error {
    Error::new(Code::TIMEOUT, format!("no row has arrived for {limit:?}"))
        .with_hint("nothing was written; send the rows again, or raise `admission.abandoned_after`")
}

fn broken() -> DataFusionError {
    into_datafusion(Error::new(Code::INTERNAL, "the query broke"))
}

#[cfg(test)]
mod tests;
