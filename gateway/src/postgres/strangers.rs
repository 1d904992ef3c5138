//! Connections on which nobody has signed in yet. They have places of their own, so that they take none of those of others; when all are
//! taken, the one that has waited longest gives way to a new one: whoever means to sign in does it in a moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The places.
#[derive(Debug, Clone)]
pub struct Strangers(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    count_max: usize,
    next: u64,
    /// Those who wait, in the order in which they came. To drop one tells it to go.
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    kept: oneshot::Receiver<()>,
    strangers: Strangers,
}

impl Strangers {
    pub fn new(count_max: usize) -> Self {
        Self(Arc::new(Mutex::new(Places { count_max, next: 0, waiting: BTreeMap::new() })))
    }

    pub fn enter(&self) -> Place {
        let mut places = self.places();
        while places.waiting.len() >= places.count_max {
            places.waiting.pop_first();
        }
        let (sender, kept) = oneshot::channel();
        let number = places.next;
        places.next += 1;
        places.waiting.insert(number, sender);
        Place { number, kept, strangers: self.clone() }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Completes when another one needs the place.
    pub async fn lost(&mut self) {
        (&mut self.kept).await.ok();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.strangers.places().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn who_waits_longest_gives_way() {
        let strangers = Strangers::new(2);
        let (mut first, mut second) = (strangers.enter(), strangers.enter());
        assert!(first.lost().now_or_never().is_none());
        let mut third = strangers.enter();
        assert!(first.lost().now_or_never().is_some());
        assert!(second.lost().now_or_never().is_none());
        // A place that is given back is free.
        drop(second);
        let _fourth = strangers.enter();
        assert!(third.lost().now_or_never().is_none());
    }
}
