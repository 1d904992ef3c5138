//! Signing in by the certificate of a client.

use aws_lc_rs::digest::{SHA256, digest};

use super::Users;
use super::issued::SHOWN_CHARS;
use super::stored::principal;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::identity::principal::{Principal, Via};
use crate::identity::user_name::UserName;
use crate::ids::hex;

impl Users {
    /// Whether the certificate of a client signs in.
    pub fn takes_certificates(&self) -> bool {
        self.inner.options.certificates
    }

    /// The user of this name, whom a certificate names that the door has verified; `certificate` is its DER, and it holds `until` then. One
    /// that has ended, that names nobody, and one of a user who is disabled, are one error (HT0201), which says no more than that nobody is
    /// signed in. A name that was refused several times has to wait (HT0209), so that the records of it have an end.
    pub async fn authenticate_certificate(
        &self,
        name: &str,
        certificate: &[u8],
        until: Timestamp,
    ) -> Result<Principal> {
        let refused = || {
            Error::new(Code::NOT_SIGNED_IN, "the certificate of the client signs nobody in")
                .with_hint("its subject's common name must be that of a user; or bring a password or token")
        };
        if !self.takes_certificates() {
            return Err(refused());
        }
        let name = UserName::parse(name).map_err(|_| refused())?;
        self.require_unlocked(name.as_str())?;
        let hash = hex(digest(&SHA256, certificate).as_ref());
        let now = self.now();
        if until <= now {
            return Err(refused());
        }
        let generation = {
            let cache = self.cache();
            if let Some(principal) = cache.get(&hash, now) {
                return Ok(principal);
            }
            cache.generation()
        };
        let user = self.inner.state.user(name.as_str()).await?.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or_else(|| {
            self.lockout().failed(name.as_str(), now);
            self.tell_failure(name.as_str());
            refused()
        })?;
        let principal = principal(&user, Via::Certificate(hash.chars().take(SHOWN_CHARS).collect()))?;
        self.tell_success(&principal);
        self.cache().put(hash, principal.clone(), until, now, generation);
        Ok(principal)
    }
}
