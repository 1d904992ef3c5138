//! Places for connections, those of all doors together: each takes one of the files that the process may have open, and those that are not
//! left for connections are what queries read and write.
//!
//! When all are taken, somebody gives way to whoever comes: first those who have not said who they are, the longest waiting of them
//! first; then those who have asked and received nothing for longest, where the protocol finds a client's session again on another
//! connection. A session that lives in its connection gives way to nobody. A tenth of the places is for those who sign in: where fewer
//! strangers are there, others make room for them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use futures::future::{Fuse, FusedFuture};
use tokio::sync::oneshot;

/// That a place is in use is noted at most once in so many milliseconds.
const NOTED_EVERY_MS: u64 = 1_000;

/// The places; clones are the same.
#[derive(Debug, Clone)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    count_max: usize,
    /// Of all places, those of strangers that are not given to others.
    strangers_min: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    kept: usize,
    strangers: usize,
    /// Those who may give way, in the order in which they do. To drop the sender tells them to go.
    yielding: BTreeMap<Turn, oneshot::Sender<()>>,
}

impl Table {
    /// Tells somebody to go.
    fn make_room(&mut self, strangers_min: usize) {
        let others = Turn { is_known: true, used_ms: 0, number: 0 }..;
        let of_others = self.yielding.range(others).next().map(|(turn, _)| *turn);
        let first = self.yielding.first_key_value().map(|(turn, _)| *turn);
        let turn = if self.strangers > strangers_min { first } else { of_others.or(first) };
        turn.and_then(|turn| self.take(&turn));
    }

    fn take(&mut self, turn: &Turn) -> Option<oneshot::Sender<()>> {
        let sender = self.yielding.remove(turn)?;
        self.strangers -= usize::from(!turn.is_known);
        Some(sender)
    }

    fn put(&mut self, turn: Turn, sender: oneshot::Sender<()>) {
        self.strangers += usize::from(!turn.is_known);
        self.yielding.insert(turn, sender);
    }
}

/// When a place is given away: strangers before others, then by when it was used last, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    is_known: bool,
    used_ms: u64,
    number: u64,
}

/// One place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    standing: Mutex<Standing>,
    noted_ms: AtomicU64,
}

#[derive(Debug)]
enum Standing {
    Yields(Turn),
    /// With the sender that nobody will drop before the place is given back.
    Kept {
        _sender: oneshot::Sender<()>,
    },
}

/// Completes when the place is needed for somebody else, however often it is asked.
#[derive(Debug)]
pub struct Lost(Fuse<oneshot::Receiver<()>>);

impl Places {
    /// So many places, and two at least.
    pub fn new(count_max: usize) -> Self {
        let count_max = count_max.max(2);
        let strangers_min = (count_max / 10).max(1);
        Self(Arc::new(Shared { begun: Instant::now(), count_max, strangers_min, table: Mutex::default() }))
    }

    /// A place for a connection of which nothing is known yet: there is one for everybody, for a while.
    pub fn enter(&self) -> (Arc<Place>, Lost) {
        let now_ms = self.now_ms();
        let mut table = self.table();
        if table.kept + table.yielding.len() >= self.0.count_max {
            table.make_room(self.0.strangers_min);
        }
        let turn = Turn { is_known: false, used_ms: now_ms, number: table.next };
        table.next += 1;
        let (sender, lost) = oneshot::channel();
        table.put(turn, sender);
        let place = Place {
            places: self.clone(),
            standing: Mutex::new(Standing::Yields(turn)),
            noted_ms: AtomicU64::new(now_ms),
        };
        (Arc::new(place), Lost(lost.fuse()))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Somebody asks, or receives. (That strangers do is no merit.)
    pub fn used(&self) {
        let now_ms = self.places.now_ms();
        let noted_ms = self.noted_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(noted_ms) >= NOTED_EVERY_MS {
            self.noted_ms.store(now_ms, Ordering::Relaxed);
            self.change(|turn| Turn { used_ms: if turn.is_known { now_ms } else { turn.used_ms }, ..turn });
        }
    }

    /// Whoever is at the other end has said who they are, and may do so again.
    pub fn known(&self) {
        let now_ms = self.places.now_ms();
        self.change(|turn| Turn { used_ms: if turn.is_known { turn.used_ms } else { now_ms }, is_known: true, ..turn });
        self.used();
    }

    /// The place is not given away any more; false if there are too many such.
    pub fn keep(&self) -> bool {
        let mut table = self.places.table();
        let mut standing = self.standing();
        let Standing::Yields(turn) = *standing else { return true };
        if table.kept + self.places.0.strangers_min >= self.places.0.count_max {
            return false;
        }
        // Who has been told to go goes: the place is another's.
        let Some(sender) = table.take(&turn) else { return false };
        table.kept += 1;
        *standing = Standing::Kept { _sender: sender };
        true
    }

    fn change(&self, to: impl FnOnce(Turn) -> Turn) {
        let mut table = self.places.table();
        let mut standing = self.standing();
        let Standing::Yields(turn) = *standing else { return };
        let changed = to(turn);
        if changed == turn {
            return;
        }
        if let Some(sender) = table.take(&turn) {
            table.put(changed, sender);
            *standing = Standing::Yields(changed);
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        match *self.standing() {
            Standing::Yields(turn) => drop(table.take(&turn)),
            Standing::Kept { .. } => table.kept -= 1,
        }
    }
}

impl Future for Lost {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.0.is_terminated() {
            true => Poll::Ready(()),
            false => Pin::new(&mut self.0).poll(context).map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_lost((_, lost): &mut (Arc<Place>, Lost)) -> bool {
        lost.now_or_never().is_some()
    }

    /// Somebody who has signed in, and used the place last so long after the start.
    fn known(places: &Places, used_ms: u64) -> (Arc<Place>, Lost) {
        let entered = places.enter();
        entered.0.known();
        entered.0.change(|turn| Turn { used_ms, ..turn });
        entered
    }

    fn taken(places: &Places) -> (usize, usize, usize) {
        let table = places.table();
        (table.kept, table.yielding.len(), table.strangers)
    }

    #[test]
    fn who_has_waited_longest_gives_way() {
        let places = Places::new(2);
        let (mut first, mut second) = (places.enter(), places.enter());
        assert!(!has_lost(&mut first));
        let mut third = places.enter();
        assert!(has_lost(&mut first) && has_lost(&mut first) && !has_lost(&mut second));
        // A place that is given back is free.
        drop(second);
        let _fourth = places.enter();
        assert!(!has_lost(&mut third));
    }

    #[test]
    fn strangers_give_way_before_others_and_those_who_rest_before_those_who_work() {
        let places = Places::new(4);
        let (mut resting, mut working) = (known(&places, 1), known(&places, 2));
        let (mut first, mut second) = (places.enter(), places.enter());
        let mut third = places.enter();
        assert!(has_lost(&mut first) && !has_lost(&mut resting));
        // They are known now, and so is nobody else who could go before those who rest.
        for (place, _) in [&second, &third] {
            place.known();
            place.change(|turn| Turn { used_ms: 3, ..turn });
        }
        let _fourth = places.enter();
        assert!(has_lost(&mut resting) && !has_lost(&mut working) && !has_lost(&mut second) && !has_lost(&mut third));
        drop((resting, first));
        assert_eq!(taken(&places), (0, 4, 1));
    }

    #[test]
    fn a_tenth_is_for_those_who_sign_in() {
        let places = Places::new(20);
        let mut others: Vec<_> = (0..20).map(|at| known(&places, at)).collect();
        let (mut first, mut second) = (places.enter(), places.enter());
        assert!(has_lost(&mut others[0]) && has_lost(&mut others[1]), "they make room");
        assert!(!has_lost(&mut first) && !has_lost(&mut second), "strangers do not push out each other");
        let _third = places.enter();
        assert!(!has_lost(&mut first) && has_lost(&mut others[2]));
        let _fourth = places.enter();
        assert!(has_lost(&mut first) && !has_lost(&mut others[3]), "more than a tenth");
    }

    #[test]
    fn who_has_just_signed_in_is_not_the_first_to_go() {
        let places = Places::new(3);
        let mut early = places.enter();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let mut other = known(&places, 1);
        early.0.known();
        let _third = known(&places, 2);
        let _fourth = places.enter();
        assert!(has_lost(&mut other) && !has_lost(&mut early));
    }

    #[test]
    fn sessions_are_kept_and_leave_room_to_sign_in() {
        let places = Places::new(10);
        let kept: Vec<_> = (0..9).map(|_| places.enter().0).collect();
        assert!(kept.iter().all(|place| place.keep() && place.keep()));
        let mut tenth = places.enter();
        assert!(!tenth.0.keep(), "nine of ten");
        let eleventh = places.enter();
        assert!(has_lost(&mut tenth));
        drop(kept);
        assert!(!tenth.0.keep(), "its place is another's");
        assert!(eleventh.0.keep());
        assert_eq!(taken(&places), (1, 0, 0));
        drop((tenth, eleventh));
        assert_eq!(taken(&places), (0, 0, 0));
    }
}
