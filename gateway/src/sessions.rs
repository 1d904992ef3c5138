//! The engine sessions of connected clients, found again by their token.
//!
//! A client's settings must outlive one call, and the protocol has no connection of its own: the token is the session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Door, Engine, Session};

/// Sessions at a time; then those that were idle for long are ended to make room.
const SESSIONS_MAX: usize = 10_000;
/// A session that did nothing for this long forgets its settings.
const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);

/// The sessions of one door.
#[derive(Debug)]
pub struct Sessions {
    engine: Arc<Engine>,
    open: Mutex<HashMap<String, Open>>,
}

#[derive(Debug)]
struct Open {
    session: Arc<Session>,
    used: Instant,
}

impl Sessions {
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, open: Mutex::default() }
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The session of a token whose principal was just authenticated.
    pub fn of(&self, token: &str, principal: Principal) -> Result<Arc<Session>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = open.get_mut(token)
            && found.session.principal() == &principal
        {
            found.used = Instant::now();
            return Ok(found.session.clone());
        }
        if open.len() >= SESSIONS_MAX {
            open.retain(|_, open| open.used.elapsed() < IDLE_MAX || Arc::strong_count(&open.session) > 1);
        }
        if open.len() >= SESSIONS_MAX {
            return Err(Error::new(Code::QUEUE_FULL, format!("{SESSIONS_MAX} sessions are open"))
                .with_hint("try again later, and close connections that are not used"));
        }
        let session = Arc::new(self.engine.session(principal, Door::Flight));
        open.insert(token.to_owned(), Open { session: session.clone(), used: Instant::now() });
        Ok(session)
    }

    /// The session of a token if there is one, and else one that is not kept.
    pub fn known(&self, token: &str, principal: Principal) -> Arc<Session> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(token).filter(|found| found.session.principal() == &principal);
        known
            .map(|found| found.session.clone())
            .unwrap_or_else(|| Arc::new(self.engine.session(principal, Door::Flight)))
    }

    /// Forgets a token's session.
    pub fn close(&self, token: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}
