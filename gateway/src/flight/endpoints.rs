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
use tokio::sync::Mutex;

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

    /// One endpoint's part of the rows.
    pub fn part(self: Arc<Self>, session: Arc<Session>) -> BoxStream<'static, Result<RecordBatch>> {
        let reader = Reader { shared: self, is_done: false };
        stream::unfold((reader, session), |(mut reader, session)| async move {
            if reader.is_done {
                return None;
            }
            let batch = reader.shared.next(&session).await;
            reader.is_done = !matches!(batch, Some(Ok(_)));
            batch.map(|batch| (batch, (reader, session)))
        })
        .boxed()
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

/// Ends the answer when somebody leaves before its end: the rows that went there are lost.
struct Reader {
    shared: Arc<Shared>,
    is_done: bool,
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let end = |state: &mut State| {
            if !matches!(state, State::Over(_)) {
                *state = State::Over(Err(left()));
            }
        };
        match self.shared.0.try_lock() {
            Ok(mut state) => end(&mut state),
            // Another endpoint waits for rows: it is not to wait to the end.
            Err(_) => {
                let shared = self.shared.clone();
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move { end(&mut *shared.0.lock().await) });
                }
            }
        }
    }
}
