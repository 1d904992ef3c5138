//! Signing in by the token of an issuer: a JWT (RFC 7519) of OpenID Connect, checked with the issuer's public keys.
//!
//! [`verify`] is pure: a token, keys, rules and a time give who it is, or why not. [`Issuer`] adds the keys, which change while
//! the process lives. Nothing that comes in a token is used before its signature is checked, except to choose the key; and
//! nothing of the reasons is told to whoever brought the token, they are the source of the error, for the log.

mod claims;
mod jwks;
mod jwt;
mod keys;
mod refusal;

use std::sync::Arc;

pub use claims::{Rules, Said};
pub use jwks::KeySet;
pub use keys::{Fetched, FileKeys, JWKS_BYTES_MAX, KeySource};
pub use refusal::Refusal;

use jwt::Jwt;
use keys::Keys;

use crate::clock::Timestamp;
use crate::error::Result;

/// An issuer whose tokens are taken; clones share the keys.
#[derive(Clone, Debug)]
pub struct Issuer {
    rules: Arc<Rules>,
    keys: Arc<Keys>,
}

impl Issuer {
    pub fn new(rules: Rules, source: Arc<dyn KeySource>) -> Self {
        Self { rules: Arc::new(rules), keys: Arc::new(Keys::new(source)) }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Asks for the keys before anybody signs in; HT0212 if there are none to be had.
    pub async fn prepare(&self, now: Timestamp) -> Result<()> {
        self.keys.current(now).await.map(drop)
    }

    /// Who brings the token. HT0203 if it is not good, with a [`Refusal`] as its source; HT0212 if that cannot be said, since there
    /// are no keys.
    pub async fn check(&self, token: &str, now: Timestamp) -> Result<Said> {
        let jwt = Jwt::read(token)?;
        let keys = self.keys.current(now).await?;
        let payload = match keys.payload(&jwt) {
            // The issuer may have new keys.
            Err(Refusal::UnknownKey) => {
                let newer = self.keys.newer(&keys, now).await.ok_or(Refusal::UnknownKey)?;
                newer.payload(&jwt)?
            }
            payload => payload?,
        };
        Ok(self.rules.read(&payload, now)?)
    }
}

/// Who brings the token, by these keys and rules, at this time.
pub fn verify(token: &str, keys: &KeySet, rules: &Rules, now: Timestamp) -> Result<Said, Refusal> {
    let jwt = Jwt::read(token)?;
    rules.read(&keys.payload(&jwt)?, now)
}

/// Whether the text could be a JWT, and so is none of our own tokens.
pub fn is_jwt(text: &str) -> bool {
    // A JSON object with its first member, in Base64.
    text.starts_with("ey") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

#[cfg(test)]
pub(super) mod tests;
