//! Remembers verified tokens for a moment: every request brings one, and the database need not be asked each time.
//!
//! Revocation in this process is immediate. A generation number closes the gap in which a token is read from the database,
//! then revoked, and only then put here. A revocation in *another* process shows after the time to live.

use std::collections::HashMap;
use std::time::Duration;

use super::principal::Principal;
use crate::clock::Timestamp;

/// Tokens remembered at once.
const TOKENS_MAX: usize = 4096;

#[derive(Debug)]
pub(super) struct TokenCache {
    ttl: Duration,
    generation: u64,
    entries: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    principal: Principal,
    until: Timestamp,
}

/// What a reader holds while it asks the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl TokenCache {
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, generation: 0, entries: HashMap::new() }
    }

    pub fn get(&self, hash: &str, now: Timestamp) -> Option<Principal> {
        let entry = self.entries.get(hash)?;
        (now < entry.until).then(|| entry.principal.clone())
    }

    pub fn generation(&self) -> Generation {
        Generation(self.generation)
    }

    /// Remembers, unless something was revoked since `read_in`.
    pub fn put(
        &mut self,
        hash: String,
        principal: Principal,
        expires_at: Timestamp,
        now: Timestamp,
        read_in: Generation,
    ) {
        if read_in != self.generation() {
            return;
        }
        if self.entries.len() >= TOKENS_MAX {
            self.make_room(now);
        }
        self.entries.insert(hash, Entry { principal, until: expires_at.min(now.plus(self.ttl)) });
    }

    /// Forgets every token of a user.
    pub fn forget(&mut self, user: &str) {
        self.generation += 1;
        self.entries.retain(|_, entry| entry.principal.name != user);
    }

    /// Forgets one token.
    pub fn forget_one(&mut self, hash: &str) {
        self.generation += 1;
        self.entries.remove(hash);
    }

    /// Everything in here can be read again, so a full cache of live entries simply starts over.
    fn make_room(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| now < entry.until);
        if self.entries.len() >= TOKENS_MAX {
            self.entries.clear();
        }
    }
}

#[cfg(test)]
mod tests;
