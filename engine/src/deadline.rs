//! When a statement has to be done.

use std::future::pending;
use std::time::Duration;

use huitong_catalog::{Code, Error, Result};
use tokio::time::{Instant, sleep_until, timeout_at};

/// One for all parts of a statement, counted from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    limit: Duration,
    at: Instant,
}

impl Deadline {
    pub fn after(limit: Duration) -> Self {
        // Longer than a process lives is the same as never.
        const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);
        Self { limit, at: Instant::now() + limit.min(NEVER) }
    }

    pub fn error(&self) -> Error {
        Error::new(Code::TIMEOUT, format!("the statement ran longer than {:?}", self.limit))
            .with_hint("raise `huitong.statement_timeout`, or ask for less")
    }
}

/// What a future answers in time; without a deadline it has all the time.
pub(crate) async fn in_time<T>(deadline: Option<Deadline>, future: impl Future<Output = T>) -> Result<T> {
    match deadline {
        None => Ok(future.await),
        Some(deadline) => timeout_at(deadline.at, future).await.map_err(|_| deadline.error()),
    }
}

/// Completes when the time is up; without a deadline, never.
pub(crate) async fn passed(deadline: Option<Deadline>) -> Error {
    match deadline {
        None => pending().await,
        Some(deadline) => {
            sleep_until(deadline.at).await;
            deadline.error()
        }
    }
}
