//! Signing in: by password, by SCRAM exchange, by token.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Users;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::identity::oidc::is_jwt;
use crate::identity::password::{PASSWORD_BYTES_MAX, SALT_BYTES};
use crate::identity::principal::{Principal, Via};
use crate::identity::scope::Scope;
use crate::identity::scram::Verifier;
use crate::identity::token::Token;
use crate::identity::user_name::{USER_NAME_CHARS_MAX, UserName};
use crate::identity::users::stored::{may_give_password, principal};
use crate::ids::random;
use crate::state::TokenRow;

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
        let principal = self.inner.by_password.check(&name, password).await?;
        self.conclude(name.as_str(), principal)
    }

    /// Begins a SCRAM-SHA-256 exchange. A user that does not exist gets an exchange that looks the same and fails.
    pub async fn scram_start(&self, name: &str) -> Result<ScramAttempt> {
        let parsed = UserName::parse(name);
        let name = parsed.as_ref().map_or(name, UserName::as_str).chars().take(USER_NAME_CHARS_MAX).collect::<String>();
        self.require_unlocked(&name)?;
        let user = match parsed {
            Ok(name) => self.inner.state.user(name.as_str()).await?.filter(may_give_password),
            Err(_) => None,
        };
        let verifier = match &user {
            Some(user) => user.scram_verifier.parse()?,
            None => self.decoy_verifier(&name)?,
        };
        let principal = user.as_ref().map(|user| principal(user, Via::Password)).transpose()?;
        Ok(ScramAttempt { verifier, principal, name })
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

    /// Checks what somebody gave as the password, which may be a token of that user as well.
    pub async fn authenticate_secret(&self, name: &str, secret: &str) -> Result<Principal> {
        if Token::parse(secret).is_none() && !is_jwt(secret) {
            return self.authenticate(name, secret).await;
        }
        let principal = self.authenticate_token(secret).await?;
        let is_theirs = UserName::parse(name).is_ok_and(|name| name.as_str() == principal.name);
        if is_theirs { Ok(principal) } else { Err(wrong_password()) }
    }

    /// Whether a door that asks for a password may take a token in its place: see [`Self::authenticate_secret`].
    pub fn takes_tokens_as_passwords(&self) -> bool {
        self.inner.options.tokens_as_passwords
    }

    /// Checks a token, ours or the issuer's; cheap enough for every request. Unknown, expired, revoked and disabled are one error
    /// (HT0203).
    pub async fn authenticate_token(&self, token: &str) -> Result<Principal> {
        match (Token::parse(token), &self.inner.options.issuer) {
            (Some(token), _) => self.authenticate_own(token.hash()).await,
            (None, Some(issuer)) if is_jwt(token) => self.authenticate_issued(issuer, token).await,
            (None, _) => Err(bad_token()),
        }
    }

    async fn authenticate_own(&self, hash: String) -> Result<Principal> {
        let now = self.now();
        let generation = {
            let cache = self.cache();
            if let Some(principal) = cache.get(&hash, now) {
                return Ok(principal);
            }
            cache.generation()
        };
        let (token, user) = self.inner.state.valid_token(&hash, now).await?.ok_or_else(bad_token)?;
        self.touch(&token, now).await;
        let scope = Scope::read(&token.scope)?;
        let principal = Principal { scope, ..principal(&user, Via::Token(token.id))? };
        self.cache().put(hash, principal.clone(), token.expires_at, now, generation);
        Ok(principal)
    }

    /// A database that cannot be written (a full disk) must not keep anybody from reading data.
    async fn touch(&self, token: &TokenRow, now: Timestamp) {
        if token.last_used_at.is_none_or(|last| now.since(last) >= TOUCH_INTERVAL) {
            self.inner.state.touch_token(&token.hash, now).await.ok();
        }
    }

    pub(super) fn require_unlocked(&self, name: &str) -> Result<()> {
        let Some(wait) = self.lockout().wait(name, self.now()) else { return Ok(()) };
        let seconds = wait.as_millis().div_ceil(1000);
        Err(Error::new(Code::TOO_MANY_SIGN_INS, "too many failed sign-ins with this user name")
            .with_hint(format!("try again in {seconds} s")))
    }

    fn conclude(&self, name: &str, principal: Option<Principal>) -> Result<Principal> {
        match principal {
            Some(principal) => {
                self.lockout().succeeded(name);
                self.tell_success(&principal);
                Ok(principal)
            }
            None => {
                self.lockout().failed(name, self.now());
                self.tell_failure(name);
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

fn wrong_password() -> Error {
    Error::new(Code::WRONG_PASSWORD, "wrong user or password")
}

fn bad_token() -> Error {
    Error::new(Code::TOKEN_INVALID, "the token is unknown, expired or revoked").with_hint("sign in again")
}
