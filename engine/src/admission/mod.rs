//! When a statement may start.
//!
//! Statements that cannot start at once wait here, and only here. What is promised:
//!
//! - **Limits.** A statement starts when its user, its user within its group, its door, its group and the process all have a
//!   place for it, and its group and the process have its memory. One that needs more memory than a limit allows starts when
//!   nothing under that limit holds memory, and is alone there until it ends: nothing waits for what can never be.
//! - **Groups.** The next start belongs to the group that holds the least for its weight, where a group holds the larger of its
//!   part of the process's places and its part of the process's memory. Groups that hold equally little start as often as their
//!   weights say. So a group that runs nothing is next; and one that holds its part by weight starts nothing while a group that
//!   holds less than its part has a statement that fits.
//! - **Users.** Users of a group take turns: whoever starts a statement goes behind the others, so a statement waits for at most
//!   one start of each other user of its group before it is next there, however many they have.
//! - **Order.** The statements of one user in one group start in the order in which they came.
//! - **Use.** Whatever can start does: a statement whose turn it is and that does not fit is passed over, except as follows.
//! - **Large statements.** One that was passed over [`Limits::passes_max`] times, or once and then for [`Limits::patience`],
//!   has the limit that it lacks reserved: nothing starts that would leave it less room there. It has room under that limit at
//!   the latest when what runs there has ended; the same then holds for the next wider limit.
//! - **Small statements.** A limit is reserved for one statement at a time, for the one that was passed over first; and between
//!   two of them as many others may start, or as much time goes by, as before. Nothing is reserved for a statement that waits
//!   for a narrower limit: that of its user or its door is nobody else's concern.
//! - **Bounds.** A full queue refuses at once, and no statement waits longer than its group allows.
//!
//! Who is next is decided in `book`, which knows neither clocks nor tasks; here they wait.

mod ask;
mod book;
mod groups;
mod limits;
mod line;
mod pool;
mod snapshot;
mod turns;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

pub use ask::{Ask, Refusal};
pub use groups::{BATCH, INTERACTIVE, Queue};
pub use limits::{Group, Limits};
pub use snapshot::{Load, Snapshot, Waiting};

use book::{Book, Id};

/// The door that statements pass before they run; clones are the same door.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Mutex<State>>);

struct State {
    book: Book,
    /// Told when their statement has started.
    waiters: HashMap<Id, oneshot::Sender<()>>,
}

impl Admission {
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Mutex::new(State { book: Book::new(limits), waiters: HashMap::new() })))
    }

    /// Waits for a place. It is in the queue from the first poll on, and leaves it when the future is dropped.
    pub async fn admit(&self, ask: Ask) -> Result<Ticket, Refusal> {
        let wait_max = ask.group.wait_max;
        let (place, start) = self.enter(ask)?;
        // The outcome does not matter: a place may also come between the last moment of waiting and now.
        timeout(wait_max, start).await.ok();
        let now = Instant::now().into_std();
        self.with(|state| state.book.outcome(place.id, now)).map(|waited| Ticket { _place: place, waited })
    }

    /// Who waits and what runs, of one moment.
    pub fn snapshot(&self) -> Snapshot {
        let now = Instant::now().into_std();
        self.with(|state| state.book.snapshot(now))
    }

    fn enter(&self, ask: Ask) -> Result<(Place, oneshot::Receiver<()>), Refusal> {
        let now = Instant::now().into_std();
        let (waiter, start) = oneshot::channel();
        let id = self.with(|state| {
            let id = state.book.enter(ask, now)?;
            state.waiters.insert(id, waiter);
            Ok(id)
        })?;
        Ok((Place { admission: self.clone(), id }, start))
    }

    /// Changes or reads the state, then wakes those whose statements have started by it.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = change(&mut state);
        let started = state.book.take_started();
        let woken: Vec<_> = started.iter().filter_map(|id| state.waiters.remove(id)).collect();
        // A waker is foreign code: it may not run under the lock.
        drop(state);
        for waiter in woken {
            // Whoever no longer listens is about to leave.
            waiter.send(()).ok();
        }
        answer
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("waiting", &self.waiters.len()).finish_non_exhaustive()
    }
}

/// A statement may run until this is dropped.
#[derive(Debug)]
#[must_use = "the place is given back when the ticket is dropped"]
pub struct Ticket {
    _place: Place,
    waited: Duration,
}

impl Ticket {
    /// How long the statement waited before it started.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

/// A line in the book, waiting or running; struck out when dropped.
#[derive(Debug)]
struct Place {
    admission: Admission,
    id: Id,
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = Instant::now().into_std();
        self.admission.with(|state| {
            state.waiters.remove(&self.id);
            state.book.leave(self.id, now);
        });
    }
}

#[cfg(test)]
mod tests;
