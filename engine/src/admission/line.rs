//! Who waits in one group: users take turns, and the statements of one user stay in order.

use std::collections::VecDeque;
use std::sync::Arc;

use super::book::Id;

/// The users who wait, next one first. None of them waits for nothing.
#[derive(Debug, Default)]
pub struct Line {
    users: VecDeque<User>,
    queued: usize,
}

#[derive(Debug)]
struct User {
    name: Arc<str>,
    statements: VecDeque<Id>,
}

impl Line {
    pub fn queued(&self) -> usize {
        self.queued
    }

    pub fn queued_of(&self, user: &str) -> usize {
        self.users.iter().find(|waiting| &*waiting.name == user).map_or(0, |waiting| waiting.statements.len())
    }

    /// The first statement of each user, in turn.
    pub fn heads(&self) -> impl Iterator<Item = Id> {
        self.users.iter().filter_map(|user| user.statements.front().copied())
    }

    /// Behind the user's own statements; a user who did not wait comes behind all others.
    pub fn enter(&mut self, user: &Arc<str>, id: Id) {
        self.queued += 1;
        match self.users.iter_mut().find(|waiting| waiting.name == *user) {
            Some(waiting) => waiting.statements.push_back(id),
            None => self.users.push_back(User { name: user.clone(), statements: VecDeque::from([id]) }),
        }
    }

    /// The statement starts, and its user goes behind all others.
    pub fn start(&mut self, user: &str, id: Id) {
        if let Some(waiting) = self.take(user, id) {
            self.users.push_back(waiting);
        }
    }

    /// The statement no longer waits; its user's turn stays where it was.
    pub fn leave(&mut self, user: &str, id: Id) {
        let at = self.users.iter().position(|waiting| &*waiting.name == user);
        if let (Some(at), Some(waiting)) = (at, self.take(user, id)) {
            self.users.insert(at, waiting);
        }
    }

    /// Takes a user out of the line without one statement; none if it was the last.
    fn take(&mut self, user: &str, id: Id) -> Option<User> {
        let at = self.users.iter().position(|waiting| &*waiting.name == user)?;
        let mut waiting = self.users.remove(at)?;
        let before = waiting.statements.len();
        waiting.statements.retain(|statement| *statement != id);
        self.queued -= before - waiting.statements.len();
        (!waiting.statements.is_empty()).then_some(waiting)
    }
}
