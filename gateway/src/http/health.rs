//! Whether the process can answer statements: the state database and the store of the tables answer. A statement needs nothing else:
//! where no executor is there, it runs in this process.
//!
//! Whoever watches a server asks often and does not wait. So a check runs once at a time, however many ask; its answer holds for a
//! moment, and whoever asks while it hangs is told that.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use huitong_catalog::Result;
use tokio::sync::watch;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it holds.
const FRESH: Duration = Duration::from_secs(1);

type Check = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// One thing that has to answer.
pub struct Probe {
    /// As those who ask are told; they need not have signed in.
    what: &'static str,
    check: Check,
    last: Mutex<Option<(Instant, watch::Receiver<Option<bool>>)>>,
}

impl Probe {
    pub fn new(what: &'static str, check: impl Fn() -> BoxFuture<'static, Result<()>> + Send + Sync + 'static) -> Self {
        Self { what, check: Box::new(check), last: Mutex::default() }
    }

    /// None if all is well.
    pub async fn complaint(&self) -> Option<String> {
        self.complaint_within(PATIENCE).await
    }

    async fn complaint_within(&self, patience: Duration) -> Option<String> {
        let mut outcome = self.begun();
        let ended = tokio::time::timeout(patience, outcome.wait_for(Option::is_some)).await;
        match ended.map(|outcome| outcome.is_ok_and(|outcome| *outcome == Some(true))) {
            Ok(true) => None,
            Ok(false) => Some(format!("{} cannot be reached", self.what)),
            Err(_) => Some(format!("{} does not answer", self.what)),
        }
    }

    /// The check that runs, or has just ended; a new one if there is none.
    fn begun(&self) -> watch::Receiver<Option<bool>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, outcome)) = &*last {
            let is_done = outcome.borrow().is_some();
            let runs = !is_done && outcome.has_changed().is_ok();
            if runs || (is_done && since.elapsed() < FRESH) {
                return outcome.clone();
            }
        }
        let (sender, outcome) = watch::channel(None);
        let (what, check) = (self.what, (self.check)());
        tokio::spawn(async move {
            let answered = check.await;
            if let Err(error) = &answered {
                tracing::warn!(%error, source = ?error.source, "{what} cannot be reached");
            }
            sender.send_replace(Some(answered.is_ok()));
        });
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use huitong_catalog::{Code, Error};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn what_hangs_is_asked_once() {
        let asked = Arc::<AtomicUsize>::default();
        let counted = asked.clone();
        let probe = Probe::new("the store", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::pending().boxed()
        });
        for _ in 0..3 {
            let told = probe.complaint_within(Duration::from_millis(20)).await;
            assert_eq!(told.as_deref(), Some("the store does not answer"));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_answer_holds_for_a_moment() {
        let asked = Arc::<AtomicUsize>::default();
        let counted = asked.clone();
        let probe = Probe::new("the store", move || {
            let nth = counted.fetch_add(1, Ordering::SeqCst);
            async move { if nth == 0 { Ok(()) } else { Err(Error::new(Code::STORE_UNAVAILABLE, "/secret")) } }.boxed()
        });
        assert_eq!(probe.complaint().await, None);
        assert_eq!(probe.complaint().await, None);
        tokio::time::sleep(FRESH).await;
        assert_eq!(probe.complaint().await.as_deref(), Some("the store cannot be reached"));
    }

    #[tokio::test]
    async fn a_check_that_breaks_is_made_again() {
        let asked = Arc::<AtomicUsize>::default();
        let counted = asked.clone();
        let probe = Probe::new("the store", move || {
            let nth = counted.fetch_add(1, Ordering::SeqCst);
            async move { if nth == 0 { panic!("broken") } else { Ok(()) } }.boxed()
        });
        assert_eq!(probe.complaint().await.as_deref(), Some("the store cannot be reached"));
        assert_eq!(probe.complaint().await, None);
    }
}
