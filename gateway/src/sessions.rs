//! The engine sessions of connected clients, found again by their token.
//!
//! A client's settings must outlive one call, and the protocol has no connection of its own: the token is the session. Where the
//! session ends, the token of its sign-in does, too: a client that went on with it would lose its settings without a word. Personal
//! tokens stay.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Client, Door, Engine, Keeper, Session};

/// Sessions at a time.
const SESSIONS_MAX: usize = 10_000;
/// An idle session is ended within a tenth more than its time, and it is looked for no more and no less often than this.
const LOOK_EVERY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

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

/// Few clients say that they leave: whoever connects anew, by whichever door, takes the place of the session that was not used for
/// longest.
impl Keeper for Sessions {
    fn end_idlest(&self, user: &str) -> bool {
        let mut open = self.open();
        let idle = open.iter().filter(|(_, open)| !open.is_busy() && open.session.principal().name == user);
        let idlest = idle.min_by_key(|(_, open)| open.used).map(|(token, _)| token.clone());
        idlest.is_some_and(|token| open.remove(&token).is_some())
    }

    fn end_all(&self, user: &str) {
        self.open().retain(|_, open| open.session.principal().name != user);
    }
}

impl Sessions {
    pub fn new(engine: Arc<Engine>) -> Arc<Self> {
        let sessions = Arc::new(Self { engine, open: Mutex::default() });
        let keeper: Arc<dyn Keeper> = sessions.clone();
        sessions.engine.kept_by(Arc::downgrade(&keeper));
        sessions
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The session of a token whose principal was just authenticated.
    pub fn of(&self, token: &str, principal: Principal, client: Client) -> Result<Arc<Session>> {
        let known = |open: &mut HashMap<String, Open>| {
            let found = open.get_mut(token).filter(|found| found.session.principal() == &principal)?;
            found.used = Instant::now();
            Some(found.session.clone())
        };
        if let Some(found) = known(&mut self.open()) {
            return Ok(found);
        }
        // Room for it may be made among those that are open.
        let session = Arc::new(self.engine.connect(principal.clone(), Door::Flight, client)?);
        let mut open = self.open();
        if let Some(found) = known(&mut open) {
            return Ok(found);
        }
        if open.len() >= SESSIONS_MAX {
            return Err(Error::new(Code::QUEUE_FULL, format!("{SESSIONS_MAX} sessions are open"))
                .with_hint("try again later, and close connections that are not used"));
        }
        open.insert(token.to_owned(), Open { session: session.clone(), used: Instant::now() });
        Ok(session)
    }

    /// The session of a token if there is one, and else one that is not kept.
    pub fn known(&self, token: &str, principal: Principal, client: Client) -> Arc<Session> {
        let open = self.open();
        let known = open.get(token).filter(|found| found.session.principal() == &principal);
        known
            .map(|found| found.session.clone())
            .unwrap_or_else(|| Arc::new(self.engine.session_of(principal, Door::Flight, client)))
    }

    /// Ends a token's session, and the token if it is of a sign-in.
    pub async fn close(&self, token: &str) -> Result<()> {
        self.engine.users().end_sign_in(token).await?;
        self.open().remove(token);
        Ok(())
    }

    /// Ends sessions that are idle for too long; for ever.
    pub async fn end_idle(&self) {
        let Some(idle_max) = self.engine.idle_after() else { return std::future::pending().await };
        loop {
            tokio::time::sleep((idle_max / 10).clamp(LOOK_EVERY.0, LOOK_EVERY.1)).await;
            for token in self.idle(idle_max) {
                if let Err(error) = self.close(&token).await {
                    tracing::warn!(code = %error.code, %error, "idle sessions cannot be ended");
                    break;
                }
            }
        }
    }

    /// Tokens of sessions that are idle for so long.
    fn idle(&self, idle_max: Duration) -> Vec<String> {
        let mut open = self.open();
        // Whoever runs or reads something is not idle, however long ago the call began.
        open.values_mut().filter(|open| open.is_busy()).for_each(|open| open.used = Instant::now());
        let idle = open.iter().filter(|(_, open)| open.used.elapsed() >= idle_max);
        idle.map(|(token, _)| token.clone()).collect()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
