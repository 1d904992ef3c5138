//! One statement, from its text on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::clock::Timestamp;
use huitong_catalog::{Code, Error};
use tokio::sync::watch;

use super::redact::Redacted;
use super::sessions::Seat;
use crate::audit::touched::{Hidden, Touched};
use crate::backend::Backend;

/// What is found out about a statement while it is planned and run.
#[derive(Debug)]
pub(crate) struct Trace {
    pub id: String,
    pub statement: Redacted,
    pub seat: Arc<Seat>,
    pub group: String,
    pub started: Timestamp,
    pub begun: Instant,
    facts: Mutex<Facts>,
    is_used: AtomicBool,
    /// How it was ended by somebody.
    ended: watch::Sender<Option<String>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub fingerprint: Option<String>,
    pub touched: Touched,
    pub hidden: Hidden,
    /// The values of its parameters, as the audit keeps them.
    pub bound: Option<String>,
    pub planned: Duration,
    pub waited: Duration,
    /// Where it runs, as soon as it does.
    pub backend: Option<Arc<dyn Backend>>,
}

impl Trace {
    pub fn new(id: String, sql: &str, seat: Arc<Seat>, group: String, started: Timestamp) -> Self {
        Self {
            id,
            statement: Redacted::new(sql),
            seat,
            group,
            started,
            begun: Instant::now(),
            facts: Mutex::default(),
            is_used: AtomicBool::new(false),
            ended: watch::Sender::new(None),
        }
    }

    pub fn facts(&self) -> Facts {
        self.lock().clone()
    }

    pub fn note(&self, note: impl FnOnce(&mut Facts)) {
        note(&mut self.lock());
    }

    /// True once: a statement that is run again is another one.
    pub fn is_first(&self) -> bool {
        !self.is_used.swap(true, Ordering::Relaxed)
    }

    /// Ends the statement in the name of `user`.
    pub fn end(&self, user: &str) {
        self.ended.send_replace(Some(format!("the statement was ended by `{user}`")));
    }

    /// Ends the statement as its client wishes.
    pub fn cancel(&self) {
        self.ended.send_replace(Some("the statement was cancelled by its client".to_owned()));
    }

    /// Completes when somebody ends the statement.
    pub fn ended(self: &Arc<Self>) -> impl Future<Output = Error> + Send + use<> {
        let mut ended = self.ended.subscribe();
        async move {
            match ended.wait_for(Option::is_some).await.ok().and_then(|how| how.clone()) {
                Some(how) => Error::new(Code::CANCELLED, how),
                // There is no statement any more.
                None => std::future::pending().await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
