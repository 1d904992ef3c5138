//! The keys of an issuer while the process lives: read when they are needed, read again when they seem old.
//!
//! An issuer changes its keys from time to time; a token that names an unknown key is how one learns of it. Anybody can send such
//! tokens, so the issuer is asked no more than once in [`ASK_EVERY`]. What was read holds until something better is: an issuer
//! that is down for an hour keeps nobody from working.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::jwks::KeySet;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

/// How often the issuer is asked at most.
pub(super) const ASK_EVERY: Duration = Duration::from_secs(30);

/// After this the keys are read again though nothing asks for it: one that the issuer took away must not hold for ever.
pub(super) const KEYS_AGE_MAX: Duration = Duration::from_secs(3600);

/// A document in passing.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<String>> + Send + 'a>>;

/// Where the keys of an issuer are. An implementation bounds what it reads, and the time that it takes.
pub trait KeySource: fmt::Debug + Send + Sync {
    /// The JWKS as it is now; HT0212 if it cannot be had.
    fn fetch(&self) -> Fetched<'_>;
}

/// Keys in a file, which whoever runs the platform replaces.
#[derive(Clone, Debug)]
pub struct FileKeys(pub PathBuf);

/// Of a JWKS; one key takes less than a thousandth of it.
pub const JWKS_BYTES_MAX: usize = 1 << 20;

impl KeySource for FileKeys {
    fn fetch(&self) -> Fetched<'_> {
        Box::pin(async {
            let unreadable = |why: &str| {
                let text = format!("the issuer's keys in `{}` {why}", self.0.display());
                Error::new(Code::ISSUER_UNAVAILABLE, text)
            };
            let size =
                tokio::fs::metadata(&self.0).await.map_err(|error| unreadable("cannot be read").caused_by(error))?;
            if size.len() > JWKS_BYTES_MAX as u64 {
                return Err(unreadable("are larger than 1 MiB"));
            }
            tokio::fs::read_to_string(&self.0).await.map_err(|error| unreadable("cannot be read").caused_by(error))
        })
    }
}

#[derive(Debug)]
pub struct Keys {
    source: Arc<dyn KeySource>,
    known: RwLock<Option<Known>>,
    /// When the issuer was asked last; held while it is asked.
    asked_at: tokio::sync::Mutex<Option<Timestamp>>,
}

#[derive(Clone, Debug)]
struct Known {
    keys: Arc<KeySet>,
    read_at: Timestamp,
}

impl Keys {
    pub fn new(source: Arc<dyn KeySource>) -> Self {
        Self { source, known: RwLock::default(), asked_at: tokio::sync::Mutex::default() }
    }

    /// The keys as far as they are known; waits for them only when there are none.
    pub async fn current(self: &Arc<Self>, now: Timestamp) -> Result<Arc<KeySet>> {
        match self.known() {
            None => self.ask(None, now).await,
            Some(known) => {
                // Whoever holds the lock is asking already.
                if now.since(known.read_at) >= KEYS_AGE_MAX && self.asked_at.try_lock().is_ok() {
                    let (keys, seen) = (self.clone(), known.keys.clone());
                    tokio::spawn(async move { keys.ask_now(Some(seen), now).await });
                }
                Ok(known.keys)
            }
        }
    }

    /// Other keys than those that were `seen`, if the issuer has some, and may be asked.
    pub async fn newer(self: &Arc<Self>, seen: &Arc<KeySet>, now: Timestamp) -> Option<Arc<KeySet>> {
        let keys = self.ask(Some(seen.clone()), now).await.ok()?;
        (keys != *seen).then_some(keys)
    }

    /// Asks to the end even when whoever wants to know goes away: else a stranger could begin each turn and let it come to nothing.
    async fn ask(self: &Arc<Self>, seen: Option<Arc<KeySet>>, now: Timestamp) -> Result<Arc<KeySet>> {
        let keys = self.clone();
        let asking = tokio::spawn(async move { keys.ask_now(seen, now).await });
        asking.await.map_err(|error| Error::new(Code::INTERNAL, "reading the issuer's keys ended").caused_by(error))?
    }

    async fn ask_now(&self, seen: Option<Arc<KeySet>>, now: Timestamp) -> Result<Arc<KeySet>> {
        let mut asked_at = self.asked_at.lock().await;
        // Somebody else asked meanwhile.
        if let Some(known) =
            self.known().filter(|known| seen.as_ref().is_none_or(|seen| !Arc::ptr_eq(seen, &known.keys)))
        {
            return Ok(known.keys);
        }
        if asked_at.is_some_and(|at| now >= at && now.since(at) < ASK_EVERY) {
            return Err(Error::new(Code::ISSUER_UNAVAILABLE, "the issuer's keys could not be read a moment ago")
                .with_hint("try again in half a minute, or sign in with a password"));
        }
        *asked_at = Some(now);
        let keys = Arc::new(KeySet::read(&self.source.fetch().await?)?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { keys: keys.clone(), read_at: now });
        Ok(keys)
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
