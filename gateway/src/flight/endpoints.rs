//! One answer over several endpoints, for clients that ask for it (`huitong.result_endpoints`): each takes the next batch that there
//! is, so that encoding and sending keep several cores and connections busy. Whoever reads only one endpoint gets all rows by it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::error::of_datafusion;
use huitong_engine::statement::query::Planned;
use tokio::sync::{Mutex, mpsc};

use super::statements::started;

/// An answer that several endpoints share; it is computed once, from when the first is asked for.
pub struct Shared(Mutex<State>);

enum State {
    Planned(Box<Planned>),
    Running(SendableRecordBatchStream),
    /// Every endpoint is told how it ended, so that nobody takes a part for the whole.
    Over(Result<()>),
}

impl Shared {
    pub fn new(planned: Box<Planned>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Planned(planned))))
    }

    /// One endpoint's part of the rows. A task takes them: a client that reads its endpoints one after the other asks for nothing at
    /// those that wait, and whoever has its turn and does not ask holds up the others.
    pub fn part(self: Arc<Self>, session: Arc<Session>) -> BoxStream<'static, Result<RecordBatch>> {
        let (sender, batches) = mpsc::channel(1);
        tokio::spawn(self.hand_over(session, sender));
        stream::unfold(batches, |mut batches| async { batches.recv().await.map(|batch| (batch, batches)) }).boxed()
    }

    async fn hand_over(self: Arc<Self>, session: Arc<Session>, to: mpsc::Sender<Result<RecordBatch>>) {
        loop {
            let batch = tokio::select! {
                () = to.closed() => break,
                batch = self.next(&session) => batch,
            };
            let Some(batch) = batch else { return };
            let is_last = batch.is_err();
            if to.send(batch).await.is_err() {
                break;
            }
            if is_last {
                return;
            }
        }
        // Somebody leaves before the end: the rows that went there are lost.
        let mut state = self.0.lock().await;
        if !matches!(*state, State::Over(_)) {
            *state = State::Over(Err(left()));
        }
    }

    async fn next(&self, session: &Session) -> Option<Result<RecordBatch>> {
        let mut state = self.0.lock().await;
        if let State::Planned(_) = &*state {
            let State::Planned(planned) = std::mem::replace(&mut *state, State::Over(Err(left()))) else { return None };
            match started(session, planned).await {
                Ok(rows) => *state = State::Running(rows),
                Err(error) => *state = State::Over(Err(error)),
            }
        }
        let ended = match &mut *state {
            State::Planned(_) => return None,
            State::Over(ended) => return ended.clone().err().map(Err),
            State::Running(rows) => match rows.next().await {
                Some(Ok(batch)) => return Some(Ok(batch)),
                Some(Err(error)) => Err(of_datafusion(error)),
                None => Ok(()),
            },
        };
        *state = State::Over(ended.clone());
        ended.err().map(Err)
    }
}

fn left() -> Error {
    Error::new(Code::CANCELLED, "another endpoint of this answer was left before its end")
        .with_hint("run the query again, and read all of its endpoints")
}
