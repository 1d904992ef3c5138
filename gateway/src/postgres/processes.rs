//! The clients of this door by the numbers that they know of each other: who may stop what.
//!
//! A request to stop a statement comes on a connection of its own, with a secret that only the client of the statement was given. Who has
//! signed in may also stop what is the same user's, and an administrator all of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huitong_catalog::Result;
use huitong_catalog::identity::{Office, Principal};
use huitong_catalog::ids::{SystemRandomness, random};
use huitong_engine::Session;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::portal::Cursors;

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Processes(Arc<Mutex<BTreeMap<i32, Arc<Process>>>>);

/// A client. To PostgreSQL each is a process.
#[derive(Debug)]
pub struct Process {
    pub number: i32,
    pub secret: i32,
    pub session: Session,
    /// Told when its statement shall stop.
    pub cancel: Notify,
    /// Cancelled when its connection shall end.
    pub end: CancellationToken,
    pub cursors: Cursors,
    busy: AtomicBool,
}

/// A client's place among them, until it is dropped.
#[derive(Debug)]
pub struct Key {
    pub process: Arc<Process>,
    processes: Processes,
}

impl Processes {
    /// Gives a client a number and a secret.
    pub fn enter(&self, session: Session) -> Result<Key> {
        let secret = i32::from_be_bytes(random(&SystemRandomness)?);
        let mut all = self.all();
        loop {
            let number = i32::from_be_bytes(random(&SystemRandomness)?) & i32::MAX;
            if number != 0 && !all.contains_key(&number) {
                let (cancel, end, busy) = (Notify::new(), CancellationToken::new(), AtomicBool::default());
                let cursors = Cursors::default();
                let process = Arc::new(Process { number, secret, session, cancel, end, cursors, busy });
                all.insert(number, process.clone());
                return Ok(Key { process, processes: self.clone() });
            }
        }
    }

    /// Stops what a client runs at this moment; a wrong secret does nothing.
    pub fn cancel(&self, number: i32, secret: i32) {
        if let Some(process) = self.all().get(&number).filter(|process| process.secret == secret) {
            process.cancel();
        }
    }

    /// Those that somebody may know of, and may stop.
    pub fn of(&self, principal: &Principal) -> Vec<Arc<Process>> {
        let is_seen = |process: &&Arc<Process>| {
            principal.holds(Office::System) || process.session.principal().name == principal.name
        };
        self.all().values().filter(is_seen).cloned().collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<i32, Arc<Process>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// It is kept until the statement looks: between two steps nobody waits for it.
    pub fn cancel(&self) {
        self.cancel.notify_one();
    }

    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.processes.all().remove(&self.process.number);
    }
}
