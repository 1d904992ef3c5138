//! Who may stop which statement: a request to stop one comes on a connection of its own, with a secret that only the client of the
//! statement was given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huitong_catalog::Result;
use huitong_catalog::ids::{SystemRandomness, random};
use tokio::sync::Notify;

/// The clients of this door.
#[derive(Debug, Clone, Default)]
pub struct Cancels(Arc<Mutex<HashMap<i32, Entry>>>);

#[derive(Debug)]
struct Entry {
    secret: i32,
    cancel: Arc<Notify>,
}

/// A client's place among them, until it is dropped.
#[derive(Debug)]
pub struct Key {
    /// Shown as the number of its process.
    pub process: i32,
    pub secret: i32,
    /// Told when its statement shall stop.
    pub cancel: Arc<Notify>,
    cancels: Cancels,
}

impl Cancels {
    /// Gives a client a number and a secret.
    pub fn enter(&self) -> Result<Key> {
        let secret = i32::from_be_bytes(random(&SystemRandomness)?);
        let cancel = Arc::<Notify>::default();
        let mut entries = self.entries();
        loop {
            let process = i32::from_be_bytes(random(&SystemRandomness)?) & i32::MAX;
            if process != 0 && !entries.contains_key(&process) {
                entries.insert(process, Entry { secret, cancel: cancel.clone() });
                return Ok(Key { process, secret, cancel, cancels: self.clone() });
            }
        }
    }

    /// Stops what a client runs at this moment; a wrong secret does nothing.
    pub fn cancel(&self, process: i32, secret: i32) {
        if let Some(entry) = self.entries().get(&process).filter(|entry| entry.secret == secret) {
            // It is kept until the statement looks: between two steps nobody waits for it.
            entry.cancel.notify_one();
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<i32, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.cancels.entries().remove(&self.process);
    }
}
