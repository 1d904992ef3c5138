//! The engine sessions of connected clients, found again by their token.
//!
//! A client's settings must outlive one call, and the protocol has no connection of its own: the token is the session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Client, Door, Engine, Session};

/// Sessions at a time; then those that were idle for long are ended to make room.
const SESSIONS_MAX: usize = 10_000;

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

impl Open {
    /// Whether a call has it, or a result that is being read.
    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.session) > 1
    }
}

/// Ends that session of a user which was not used for longest; false if all are busy.
fn end_idlest(open: &mut HashMap<String, Open>, principal: &Principal) -> bool {
    let idle = open.iter().filter(|(_, open)| !open.is_busy() && open.session.principal().name == principal.name);
    let idlest = idle.min_by_key(|(_, open)| open.used).map(|(token, _)| token.clone());
    idlest.is_some_and(|token| open.remove(&token).is_some())
}

impl Sessions {
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, open: Mutex::default() }
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The session of a token whose principal was just authenticated.
    pub fn of(&self, token: &str, principal: Principal, client: Client) -> Result<Arc<Session>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = open.get_mut(token)
            && found.session.principal() == &principal
        {
            found.used = Instant::now();
            return Ok(found.session.clone());
        }
        if let Some(idle_max) = self.engine.idle_after() {
            open.retain(|_, open| open.used.elapsed() < idle_max || open.is_busy());
        }
        if open.len() >= SESSIONS_MAX {
            return Err(Error::new(Code::QUEUE_FULL, format!("{SESSIONS_MAX} sessions are open"))
                .with_hint("try again later, and close connections that are not used"));
        }
        let session = match self.engine.connect(principal.clone(), Door::Flight, client.clone()) {
            // Few clients say that they leave: whoever connects anew takes the place of the session that was not used for longest.
            Err(_) if end_idlest(&mut open, &principal) => self.engine.connect(principal, Door::Flight, client)?,
            connected => connected?,
        };
        let session = Arc::new(session);
        open.insert(token.to_owned(), Open { session: session.clone(), used: Instant::now() });
        Ok(session)
    }

    /// The session of a token if there is one, and else one that is not kept.
    pub fn known(&self, token: &str, principal: Principal, client: Client) -> Arc<Session> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(token).filter(|found| found.session.principal() == &principal);
        known
            .map(|found| found.session.clone())
            .unwrap_or_else(|| Arc::new(self.engine.session_of(principal, Door::Flight, client)))
    }

    /// Forgets a token's session.
    pub fn close(&self, token: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}
