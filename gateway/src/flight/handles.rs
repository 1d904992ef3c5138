//! What waits on the server between two calls: queries that are planned but not fetched, and prepared statements.
//!
//! Handles are random, belong to the principal who made them, expire, and are bounded in number, so a forgotten one costs
//! little and a guessed or stolen one is worth nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::{Code, Error, Result};
use uuid::Uuid;

/// Handles at a time, of all users.
const HANDLES_MAX: usize = 20_000;
/// Handles at a time, of one user.
const OWN_MAX: usize = 500;

/// Values by handle.
#[derive(Debug)]
pub struct Handles<T> {
    what: &'static str,
    life: Duration,
    held: Mutex<HashMap<String, Held<T>>>,
}

#[derive(Debug)]
struct Held<T> {
    owner: String,
    until: Instant,
    value: T,
}

impl<T> Handles<T> {
    /// `what` names the thing in errors; a handle dies `life` after it was made or last used.
    pub fn new(what: &'static str, life: Duration) -> Self {
        Self { what, life, held: Mutex::default() }
    }

    /// Keeps a value and answers with its handle.
    pub fn put(&self, owner: &str, value: T) -> Result<String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|_, held| held.until > now);
        let own = held.values().filter(|held| held.owner == owner).count();
        if own >= OWN_MAX || held.len() >= HANDLES_MAX {
            let text = format!("{own} of your handles wait ({OWN_MAX} may, and {HANDLES_MAX} of all users)");
            return Err(Error::new(Code::QUEUE_FULL, text).with_hint("fetch results and close prepared statements"));
        }
        let handle = Uuid::new_v4().simple().to_string();
        held.insert(handle.clone(), Held { owner: owner.to_owned(), until: Instant::now() + self.life, value });
        Ok(handle)
    }

    /// Takes a value; the handle is gone afterwards.
    pub fn take(&self, owner: &str, handle: &[u8]) -> Result<T> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = String::from_utf8_lossy(handle);
        match held.get(handle.as_ref()) {
            Some(found) if found.owner == owner && found.until > Instant::now() => {}
            _ => return Err(self.unknown()),
        }
        held.remove(handle.as_ref()).map(|held| held.value).ok_or_else(|| self.unknown())
    }

    /// Lengthens a handle's life.
    pub fn renew(&self, owner: &str, handle: &[u8]) -> Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match held.get_mut(String::from_utf8_lossy(handle).as_ref()) {
            Some(found) if found.owner == owner && found.until > now => found.until = now + self.life,
            _ => return Err(self.unknown()),
        }
        Ok(())
    }

    fn unknown(&self) -> Error {
        Error::new(
            Code::NOTHING_THERE,
            format!("there is no such {}: it was fetched or closed before, or it expired", self.what),
        )
        .with_hint("run the statement again")
    }
}

impl<T: Clone> Handles<T> {
    /// Copies a value and lengthens the handle's life.
    pub fn get(&self, owner: &str, handle: &[u8]) -> Result<T> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match held.get_mut(String::from_utf8_lossy(handle).as_ref()) {
            Some(found) if found.owner == owner && found.until > now => {
                found.until = now + self.life;
                Ok(found.value.clone())
            }
            _ => Err(self.unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_its_owners_and_once() {
        let handles = Handles::new("result", Duration::from_secs(60));
        let handle = handles.put("li", 7).unwrap();
        assert!(handles.take("han", handle.as_bytes()).is_err());
        assert_eq!(handles.get("li", handle.as_bytes()).unwrap(), 7);
        assert_eq!(handles.take("li", handle.as_bytes()).unwrap(), 7);
        assert!(handles.take("li", handle.as_bytes()).is_err());
        assert!(handles.take("li", b"\xff\xfe").is_err());
    }

    #[test]
    fn a_handle_expires() {
        let handles = Handles::new("result", Duration::ZERO);
        let handle = handles.put("li", 7).unwrap();
        assert!(handles.take("li", handle.as_bytes()).is_err());
    }
}
