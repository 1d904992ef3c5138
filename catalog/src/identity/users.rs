//! The service that the doors and the command line ask: signs users in, and manages them and their tokens.
//!
//! Whether a caller *may* manage users is for the caller to check (`Principal::require`).

mod certified;
mod issued;
mod local;
mod manage;
mod sign_in;
mod standing;
mod stored;
mod tokens;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use manage::{FirstAdmin, UserInfo};
pub use sign_in::ScramAttempt;
pub use standing::Standing;
pub use tokens::{TOKEN_LIFETIME_MAX, TokenInfo};

use local::Local;
use standing::Changes;

use super::by_password::ByPassword;
use super::lockout::{Lockout, LockoutRules};
use super::oidc::Issuer;
use super::password::{Cost, PasswordRules, Passwords, generate};
use super::principal::Principal;
use super::token_cache::TokenCache;
use super::user_name::UserName;
use super::watched::SignIns;
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, hex, random};
use crate::state::State;

/// Users over one [`State`]. Clones share everything.
#[derive(Clone)]
pub struct Users {
    inner: Arc<Inner>,
    /// Where whoever signs in is.
    from: Option<Arc<str>>,
}

struct Inner {
    state: State,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    options: Options,
    passwords: Arc<Passwords>,
    /// Who is asked about passwords.
    by_password: Box<dyn ByPassword>,
    lockout: Mutex<Lockout>,
    cache: Mutex<TokenCache>,
    changes: watch::Sender<Changes>,
    watched: OnceLock<Arc<dyn SignIns>>,
    /// Makes the salts of users that do not exist.
    decoy_key: aws_lc_rs::hmac::Key,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub cost: Cost,
    /// How long a verified token is believed without asking the database.
    pub token_cache_ttl: Duration,
    pub password: PasswordRules,
    pub lockout: LockoutRules,
    /// How long the token of a sign-in lives.
    pub session_life: Duration,
    /// How long a token may live that is made for a program.
    pub token_life_max: Duration,
    /// Whether doors that ask for a password may take a token in its place.
    pub tokens_as_passwords: bool,
    /// Whether the certificate of a client signs in whom it names.
    pub certificates: bool,
    /// Whose tokens are taken besides our own.
    pub issuer: Option<Issuer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            token_cache_ttl: Duration::from_secs(30),
            password: PasswordRules::default(),
            lockout: LockoutRules::default(),
            session_life: Duration::from_secs(12 * 3600),
            token_life_max: TOKEN_LIFETIME_MAX,
            tokens_as_passwords: false,
            certificates: false,
            issuer: None,
        }
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
        let passwords = Arc::new(Passwords::new(options.cost, randomness.clone())?);
        let decoy_hash = passwords.hash(&generate(randomness.as_ref())?).await?.hash;
        let fresh_key = hex(&random::<32>(randomness.as_ref())?);
        let decoy_key = state.setting_or_insert(DECOY_KEY_SETTING, &fresh_key).await?;
        let local = Local { state: state.clone(), passwords: passwords.clone(), decoy_hash };
        let inner = Inner {
            state,
            clock,
            randomness,
            lockout: Mutex::new(Lockout::new(options.lockout)),
            cache: Mutex::new(TokenCache::new(options.token_cache_ttl)),
            options,
            passwords,
            by_password: Box::new(local),
            changes: watch::Sender::new(Changes::default()),
            watched: OnceLock::new(),
            decoy_key: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, decoy_key.as_bytes()),
        };
        Ok(Self { inner: Arc::new(inner), from: None })
    }

    /// The same for whoever signs in from this address, if it is known.
    #[must_use]
    pub fn heard_from(&self, address: Option<&str>) -> Self {
        Self { inner: self.inner.clone(), from: address.map(Arc::from) }
    }

    /// From now on these are told of sign-ins; the first ones stay.
    pub fn watched_by(&self, watch: Arc<dyn SignIns>) {
        self.inner.watched.set(watch).ok();
    }

    fn tell_success(&self, who: &Principal) {
        self.inner.watched.get().iter().for_each(|watch| watch.succeeded(who, self.from.as_deref()));
    }

    fn tell_failure(&self, name: &str) {
        self.inner.watched.get().iter().for_each(|watch| watch.failed(name, self.from.as_deref()));
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
