//! Keeping a lease: renewing it, and knowing in time that it is lost.
//!
//! Between two renewals a process cannot know whether the database still counts it as the holder; it knows only how much of
//! its own time has passed since it asked. So it counts itself lost some seconds before the lease can end in the database:
//! two processes may both believe that they do *not* hold it, never that they do. The clock for that is the machine's
//! monotonic one, which stands still while a machine sleeps; what must not be done twice even then carries the epoch, and
//! the state database refuses an old one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::error::Result;
use crate::state::{Lease, State};

/// How long a lease lasts without renewal, and how it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timing {
    span: Duration,
    renew_every: Duration,
    /// After a renewal that got no answer.
    retry_after: Duration,
    /// How much earlier the holder counts itself lost.
    margin: Duration,
}

/// How often a release looks whether it is done.
const LOOK_EVERY: Duration = Duration::from_millis(5);

const TIMING: Timing = Timing {
    span: Duration::from_secs(10),
    renew_every: Duration::from_secs(3),
    retry_after: Duration::from_secs(1),
    margin: Duration::from_secs(3),
};

/// A lease that renews itself every 3 s for 10 s, until it is released, dropped or lost. Dropping it releases it too.
#[derive(Debug)]
pub struct HeldLease {
    lease: Lease,
    held_until: watch::Receiver<Option<Instant>>,
    /// Dropped, it ends the keeper.
    stop: Mutex<Option<oneshot::Sender<()>>>,
    keeper: JoinHandle<()>,
}

impl HeldLease {
    /// Takes the lease `name` for the process `holder` and keeps it. Nothing when another process holds it.
    pub async fn take(state: &State, name: &str, holder: &str) -> Result<Option<Self>> {
        Self::take_for(state, name, holder, TIMING).await
    }

    async fn take_for(state: &State, name: &str, holder: &str, timing: Timing) -> Result<Option<Self>> {
        let asked = Instant::now();
        let Some(lease) = state.take_lease(name, holder, timing.span).await? else { return Ok(None) };
        let end = timing.end(asked);
        let (tell, held_until) = watch::channel(Some(end));
        let (stop, stopped) = oneshot::channel();
        let keeper = Keeper { state: state.clone(), lease: lease.clone(), timing, held_until: tell };
        let keeper = tokio::spawn(keeper.run(end, stopped));
        Ok(Some(Self { lease, held_until, stop: Mutex::new(Some(stop)), keeper }))
    }

    /// What every write carries on the holder's behalf.
    pub fn epoch(&self) -> i64 {
        self.lease.epoch
    }

    /// Whether the holder may still act. Asked at the moment of use it is right even when the process stood still since.
    pub fn is_held(&self) -> bool {
        self.held_until.borrow().is_some_and(|end| Instant::now() < end)
    }

    /// Waits until the lease is lost or released; for a task of its own.
    pub fn lost(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut held_until = self.held_until.clone();
        async move {
            loop {
                let end = match *held_until.borrow_and_update() {
                    Some(end) if Instant::now() < end => end,
                    _ => return,
                };
                tokio::select! {
                    () = sleep_until(end) => {}
                    changed = held_until.changed() => if changed.is_err() { return },
                }
            }
        }
    }

    /// Releases the lease, so that another process need not wait for its end, and waits until that is done.
    pub async fn release(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
        // It ends by itself, at the latest with the answer of a database that does not answer.
        while !self.keeper.is_finished() {
            sleep(LOOK_EVERY).await;
        }
    }
}

struct Keeper {
    state: State,
    lease: Lease,
    timing: Timing,
    held_until: watch::Sender<Option<Instant>>,
}

impl Keeper {
    async fn run(self, end: Instant, stopped: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.renew_until_lost(end) => self.held_until.send_modify(|end| *end = None),
            _ = stopped => {
                self.held_until.send_modify(|end| *end = None);
                // Without an answer the lease ends by itself.
                timeout(self.timing.span, self.state.release_lease(&self.lease)).await.map(drop).unwrap_or_default();
            }
        }
    }

    async fn renew_until_lost(&self, mut end: Instant) {
        let mut pause = self.timing.renew_every;
        loop {
            sleep(pause).await;
            let asked = Instant::now();
            let answer = timeout_at(end, self.state.renew_lease(&self.lease, self.timing.span)).await;
            // What comes back too late must not wake a lease that others have seen end.
            if Instant::now() >= end {
                return;
            }
            pause = match answer {
                Ok(Ok(true)) => {
                    end = self.timing.end(asked);
                    self.held_until.send_modify(|until| *until = Some(end));
                    self.timing.renew_every
                }
                Ok(Err(_)) => self.timing.retry_after,
                _ => return,
            };
        }
    }
}

impl Timing {
    /// Of a lease that the database gave at `asked` or later.
    fn end(self, asked: Instant) -> Instant {
        asked + self.span.saturating_sub(self.margin)
    }
}

#[cfg(test)]
mod tests;
