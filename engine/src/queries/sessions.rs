//! The sessions that are open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use huitong_catalog::clock::Timestamp;
use huitong_catalog::{Code, Error, Result};

use crate::session::Door;

/// Who connects: what the client says of itself, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Program and version, as the client says it.
    pub name: Option<String>,
    /// Address and port.
    pub address: Option<String>,
}

impl Client {
    /// Characters of a client's name that are kept.
    const NAME_MAX: usize = 200;

    /// `name` is what the client says: its control characters and what is too long are left out.
    pub fn new(name: Option<&str>, address: Option<String>) -> Self {
        let clean = |name: &str| name.chars().filter(|c| !c.is_control()).take(Self::NAME_MAX).collect::<String>();
        Self { name: name.map(clean).filter(|name| !name.is_empty()), address }
    }
}

/// Whoever keeps sessions of clients that may have left without a word.
pub trait Keeper: std::fmt::Debug + Send + Sync {
    /// Ends that session of a user which was not used for longest; false if all are busy.
    fn end_idlest(&self, user: &str) -> bool;

    /// Ends all sessions of a user who may not sign in any more.
    fn end_all(&self, user: &str);
}

/// All seats that are taken.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// How many one user may have; none for any number.
    user_max: Option<usize>,
    taken: Mutex<Taken>,
    keepers: Mutex<Vec<Weak<dyn Keeper>>>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    seats: BTreeMap<u64, Weak<Seat>>,
    by_user: BTreeMap<String, usize>,
}

impl Sessions {
    pub fn new(user_max: Option<usize>) -> Self {
        Self { user_max, taken: Mutex::default(), keepers: Mutex::default() }
    }

    /// Has somebody asked for a session when one is needed, as long as that is there.
    pub fn kept_by(&self, keeper: Weak<dyn Keeper>) {
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner).push(keeper);
    }

    /// Refuses one more session of a user who has as many as one may have, and none that a keeper could end.
    pub fn make_room(&self, user: &str) -> Result<()> {
        let full = self.check(user);
        if full.is_ok() {
            return full;
        }
        match self.keepers().iter().any(|keeper| keeper.end_idlest(user)) {
            true => self.check(user),
            false => full,
        }
    }

    /// Ends the sessions of a user that keepers have.
    pub fn end_all(&self, user: &str) {
        self.keepers().iter().for_each(|keeper| keeper.end_all(user));
    }

    fn keepers(&self) -> Vec<Arc<dyn Keeper>> {
        let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        keepers.retain(|keeper| keeper.strong_count() > 0);
        keepers.iter().filter_map(Weak::upgrade).collect()
    }

    fn check(&self, user: &str) -> Result<()> {
        let Some(max) = self.user_max else { return Ok(()) };
        match self.lock().by_user.get(user) {
            Some(open) if *open >= max => Err(Error::new(
                Code::TOO_MANY_SESSIONS,
                format!("{open} of your sessions are open, and no more may be"),
            )
            .with_hint("close connections that are not used, or raise `clients.user_sessions_max`")),
            _ => Ok(()),
        }
    }

    /// Takes a seat, until the answer is dropped.
    pub fn enter(self: &Arc<Self>, id: String, user: String, door: Door, client: Client, now: Timestamp) -> Arc<Seat> {
        let mut taken = self.lock();
        let number = taken.next;
        taken.next += 1;
        *taken.by_user.entry(user.clone()).or_default() += 1;
        let seat = Arc::new(Seat {
            id,
            user,
            door,
            client: Mutex::new(client),
            since: now,
            used: AtomicI64::new(now.ms()),
            statements: AtomicU64::new(0),
            number,
            sessions: self.clone(),
        });
        taken.seats.insert(number, Arc::downgrade(&seat));
        seat
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Arc<Seat>> {
        // A seat that is dropped here takes the lock, so it is dropped behind it.
        let seats: Vec<_> = self.lock().seats.values().cloned().collect();
        seats.iter().filter_map(Weak::upgrade).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session among all.
#[derive(Debug)]
pub(crate) struct Seat {
    pub id: String,
    pub user: String,
    pub door: Door,
    client: Mutex<Client>,
    pub since: Timestamp,
    used: AtomicI64,
    statements: AtomicU64,
    number: u64,
    sessions: Arc<Sessions>,
}

impl Seat {
    pub fn client(&self) -> Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_client(&self, client: Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// A statement begins.
    pub fn begins(&self, now: Timestamp) {
        self.used.store(now.ms(), Ordering::Relaxed);
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// When its last statement began, in milliseconds since 1970.
    pub fn used_ms(&self) -> i64 {
        self.used.load(Ordering::Relaxed)
    }

    /// How many statements it has begun.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.sessions.lock();
        taken.seats.remove(&self.number);
        if let Some(open) = taken.by_user.get_mut(&self.user) {
            *open -= 1;
            if *open == 0 {
                taken.by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sit(sessions: &Arc<Sessions>, user: &str) -> Arc<Seat> {
        sessions.enter("s".into(), user.into(), Door::Flight, Client::default(), Timestamp::from_ms(7))
    }

    #[test]
    fn a_user_has_so_many_sessions() {
        let sessions = Arc::new(Sessions::new(Some(2)));
        let seats = [sit(&sessions, "李雷"), sit(&sessions, "李雷"), sit(&sessions, "韩梅梅")];
        assert!(sessions.check("李雷").is_err_and(|e| e.code == Code::TOO_MANY_SESSIONS));
        assert!(sessions.check("韩梅梅").is_ok());
        assert_eq!(sessions.all().len(), 3);
        drop(seats);
        assert!(sessions.check("李雷").is_ok() && sessions.all().is_empty());
        assert!(sessions.lock().by_user.is_empty());
    }

    /// Keeps one session.
    #[derive(Debug)]
    struct One(Mutex<Option<Arc<Seat>>>);

    impl Keeper for One {
        fn end_idlest(&self, user: &str) -> bool {
            let mut seat = self.0.lock().unwrap();
            seat.take_if(|seat| seat.user == user).is_some()
        }

        fn end_all(&self, user: &str) {
            self.end_idlest(user);
        }
    }

    #[test]
    fn a_session_that_somebody_keeps_makes_room() {
        let sessions = Arc::new(Sessions::new(Some(1)));
        let keeper = Arc::new(One(Mutex::new(Some(sit(&sessions, "李雷")))));
        let as_keeper: Arc<dyn Keeper> = keeper.clone();
        sessions.kept_by(Arc::downgrade(&as_keeper));
        assert!(sessions.make_room("韩梅梅").is_ok() && sessions.all().len() == 1);
        assert!(sessions.make_room("李雷").is_ok() && sessions.all().is_empty());
        let seat = sit(&sessions, "李雷");
        assert!(sessions.make_room("李雷").is_err_and(|e| e.code == Code::TOO_MANY_SESSIONS));
        drop(seat);
    }

    #[test]
    fn sessions_that_somebody_keeps_end_with_their_user() {
        let sessions = Arc::new(Sessions::new(None));
        let keeper: Arc<dyn Keeper> = Arc::new(One(Mutex::new(Some(sit(&sessions, "李雷")))));
        sessions.kept_by(Arc::downgrade(&keeper));
        sessions.end_all("韩梅梅");
        assert_eq!(sessions.all().len(), 1);
        sessions.end_all("李雷");
        assert!(sessions.all().is_empty());
    }

    #[test]
    fn a_clients_name_is_cleaned() {
        let name = format!("JDBC\r\nX: 驱动\u{1b}[31m{}", "数".repeat(1000));
        let client = Client::new(Some(&name), None);
        let kept = client.name.unwrap_or_default();
        assert!(kept.starts_with("JDBCX: 驱动[31m数") && kept.chars().count() == Client::NAME_MAX, "{kept}");
        assert_eq!(Client::new(Some("\n"), None).name, None);
    }
}
