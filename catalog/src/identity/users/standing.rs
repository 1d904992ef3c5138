//! Whether what a sign-in granted still holds: a connection signs in once and then lives for days.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::Users;

/// How often each user was changed since the start of the process. Users that were never changed are not in it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    count: u64,
    last: HashMap<String, u64>,
}

/// What one sign-in granted.
#[derive(Debug, Clone)]
pub struct Standing {
    name: Arc<str>,
    since: u64,
    changes: watch::Receiver<Changes>,
}

impl Users {
    /// The standing of a user who signs in now. It is taken before the sign-in begins, so that no change falls between the two.
    pub fn standing(&self) -> Standing {
        let changes = self.inner.changes.subscribe();
        let since = changes.borrow().count;
        Standing { name: Arc::from(""), since, changes }
    }

    /// Ends what was granted to a user until now.
    pub(super) fn changed(&self, name: &str) {
        self.cache().forget(name);
        self.inner.changes.send_modify(|changes| {
            changes.count += 1;
            changes.last.insert(name.to_owned(), changes.count);
        });
    }
}

impl Standing {
    /// The same of the user who turned out to sign in; the name is as stored.
    pub fn of(self, name: &str) -> Self {
        Self { name: Arc::from(name), ..self }
    }

    /// Whether nothing about the user has changed that ends a session: the password, being disabled, being removed.
    pub fn holds(&self) -> bool {
        self.changes.borrow().last.get(&*self.name).is_none_or(|last| *last <= self.since)
    }

    /// Completes when it does not hold any more.
    pub async fn ended(&self) {
        let (name, since) = (self.name.clone(), self.since);
        let is_over = move |changes: &Changes| changes.last.get(&*name).is_some_and(|last| *last > since);
        if self.changes.clone().wait_for(is_over).await.is_err() {
            // There are no users any more: the process ends.
            std::future::pending::<()>().await;
        }
    }
}
