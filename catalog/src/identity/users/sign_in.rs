//! Signing in: by password, by SCRAM exchange, by token.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Users;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::identity::password::{PASSWORD_BYTES_MAX, SALT_BYTES};
use crate::identity::principal::{Principal, Via};
use crate::identity::scram::Verifier;
use crate::identity::token::Token;
use crate::identity::user_name::{USER_NAME_CHARS_MAX, UserName};
use crate::ids::random;
use crate::state::{TokenRow, UserRow};

/// A SCRAM exchange under way; the door sends its salt and iterations to the client.
#[derive(Debug)]
pub struct ScramAttempt {
    pub verifier: Verifier,
    name: String,
    /// `None` for a user that does not exist.
    principal: Option<Principal>,
}

/// `last_used_at` is not written more often than this.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

impl Users {
    /// Checks a password. A wrong one, an unknown user and a disabled user are one and the same error (HT0202); after
    /// several failures the name has to wait (HT0209), whether it exists or not.
    pub async fn authenticate(&self, name: &str, password: &str) -> Result<Principal> {
        let name = UserName::parse(name).map_err(|_| wrong_password())?;
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(wrong_password());
        }
        let _permit = self.inner.passwords.permit().await?;
        self.require_unlocked(name.as_str())?;
        let user = self.inner.state.user(name.as_str()).await?.filter(|user| user.disabled_at.is_none());
        let hash = user.as_ref().map_or(&self.inner.decoy_hash, |user| &user.password_hash);
        let matches = self.inner.passwords.verify(password, hash).await?;
        self.conclude(name.as_str(), user.filter(|_| matches).map(|user| signed_in(&user)))
    }

    /// Begins a SCRAM-SHA-256 exchange. A user that does not exist gets an exchange that looks the same and fails.
    pub async fn scram_start(&self, name: &str) -> Result<ScramAttempt> {
        let parsed = UserName::parse(name);
        let name = parsed.as_ref().map_or(name, UserName::as_str).chars().take(USER_NAME_CHARS_MAX).collect::<String>();
        self.require_unlocked(&name)?;
        let user = match parsed {
            Ok(name) => self.inner.state.user(name.as_str()).await?.filter(|user| user.disabled_at.is_none()),
            Err(_) => None,
        };
        let verifier = match &user {
            Some(user) => user.scram_verifier.parse()?,
            None => self.decoy_verifier(&name)?,
        };
        Ok(ScramAttempt { verifier, principal: user.as_ref().map(signed_in), name })
    }

    /// Ends the exchange: the principal, and the server's signature for the last message to the client.
    pub fn scram_finish(
        &self,
        attempt: ScramAttempt,
        auth_message: &[u8],
        proof: &[u8],
    ) -> Result<(Principal, [u8; 32])> {
        self.require_unlocked(&attempt.name)?;
        let signature = attempt.verifier.check(auth_message, proof);
        let principal = self.conclude(&attempt.name, attempt.principal.filter(|_| signature.is_some()))?;
        signature.map(|signature| (principal, signature)).ok_or_else(wrong_password)
    }

    /// Checks a token; cheap enough for every request. Unknown, expired, revoked and disabled are one error (HT0203).
    pub async fn authenticate_token(&self, token: &str) -> Result<Principal> {
        let hash = Token::parse(token).ok_or_else(bad_token)?.hash();
        let now = self.now();
        let generation = {
            let cache = self.cache();
            if let Some(principal) = cache.get(&hash, now) {
                return Ok(principal);
            }
            cache.generation()
        };
        let (token, admin) = self.inner.state.valid_token(&hash, now).await?.ok_or_else(bad_token)?;
        self.touch(&token, now).await;
        let principal = Principal { name: token.user, admin, via: Via::Token(token.id) };
        self.cache().put(hash, principal.clone(), token.expires_at, now, generation);
        Ok(principal)
    }

    /// A database that cannot be written (a full disk) must not keep anybody from reading data.
    async fn touch(&self, token: &TokenRow, now: Timestamp) {
        if token.last_used_at.is_none_or(|last| now.since(last) >= TOUCH_INTERVAL) {
            self.inner.state.touch_token(&token.hash, now).await.ok();
        }
    }

    fn require_unlocked(&self, name: &str) -> Result<()> {
        let Some(wait) = self.lockout().wait(name, self.now()) else { return Ok(()) };
        let seconds = wait.as_millis().div_ceil(1000);
        Err(Error::new(Code::TOO_MANY_SIGN_INS, "too many failed sign-ins with this user name")
            .with_hint(format!("try again in {seconds} s")))
    }

    fn conclude(&self, name: &str, principal: Option<Principal>) -> Result<Principal> {
        match principal {
            Some(principal) => {
                self.lockout().succeeded(name);
                Ok(principal)
            }
            None => {
                self.lockout().failed(name, self.now());
                Err(wrong_password())
            }
        }
    }

    fn decoy_verifier(&self, name: &str) -> Result<Verifier> {
        let tag = aws_lc_rs::hmac::sign(&self.inner.decoy_key, name.as_bytes());
        let iterations: NonZeroU32 = self.inner.options.cost.scram_iterations;
        let key = random(self.inner.randomness.as_ref())?;
        Ok(Verifier::unmatched(&tag.as_ref()[..SALT_BYTES], iterations, key))
    }
}

fn signed_in(user: &UserRow) -> Principal {
    Principal { name: user.name.clone(), admin: user.admin, via: Via::Password }
}

fn wrong_password() -> Error {
    Error::new(Code::WRONG_PASSWORD, "wrong user or password")
}

fn bad_token() -> Error {
    Error::new(Code::TOKEN_INVALID, "the token is unknown, expired or revoked").with_hint("sign in again")
}
