//! The service that the doors and the command line ask: signs users in, and manages them and their tokens.
//!
//! Whether a caller *may* manage users is for the caller to check (`Principal::require_admin`).

mod manage;
mod sign_in;
mod standing;
mod tokens;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use manage::{FirstAdmin, UserInfo};
pub use sign_in::ScramAttempt;
pub use standing::Standing;
pub use tokens::TokenInfo;

use standing::Changes;

use super::lockout::Lockout;
use super::password::{Cost, Passwords, generate};
use super::token_cache::TokenCache;
use super::user_name::UserName;
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, hex, random};
use crate::state::State;

/// Users over one [`State`]. Clones share everything.
#[derive(Clone)]
pub struct Users {
    inner: Arc<Inner>,
}

struct Inner {
    state: State,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    options: Options,
    passwords: Passwords,
    lockout: Mutex<Lockout>,
    cache: Mutex<TokenCache>,
    changes: watch::Sender<Changes>,
    /// Verified against when there is no such user, so that the answer takes as long.
    decoy_hash: String,
    /// Makes the salts of users that do not exist.
    decoy_key: aws_lc_rs::hmac::Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub cost: Cost,
    /// How long a verified token is believed without asking the database.
    pub token_cache_ttl: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { cost: Cost::default(), token_cache_ttl: Duration::from_secs(30) }
    }
}

/// In `settings`; kept across restarts, since a salt that changes would give a decoy away.
const DECOY_KEY_SETTING: &str = "identity.decoy_key";

impl Users {
    pub async fn open(
        state: State,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        options: Options,
    ) -> Result<Self> {
        let passwords = Passwords::new(options.cost, randomness.clone())?;
        let decoy_hash = passwords.hash(&generate(randomness.as_ref())?).await?.hash;
        let fresh_key = hex(&random::<32>(randomness.as_ref())?);
        let decoy_key = state.setting_or_insert(DECOY_KEY_SETTING, &fresh_key).await?;
        let inner = Inner {
            state,
            clock,
            randomness,
            options,
            passwords,
            lockout: Mutex::default(),
            cache: Mutex::new(TokenCache::new(options.token_cache_ttl)),
            changes: watch::Sender::new(Changes::default()),
            decoy_hash,
            decoy_key: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, decoy_key.as_bytes()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn lockout(&self) -> MutexGuard<'_, Lockout> {
        self.inner.lockout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, TokenCache> {
        self.inner.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

/// A name that could not be a user's is a user that does not exist.
fn known_form(name: &str) -> Result<UserName> {
    UserName::parse(name).map_err(|error| Error { code: Code::UNKNOWN_USER, ..error })
}

fn unknown_user(name: &UserName) -> Error {
    Error::new(Code::UNKNOWN_USER, format!("there is no user `{name}`"))
}

#[cfg(test)]
mod tests;
