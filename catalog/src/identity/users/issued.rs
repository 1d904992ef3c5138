//! Signing in by the token of an issuer.

use aws_lc_rs::digest::{SHA256, digest};

use super::Users;
use super::stored::principal;
use crate::contracts::Grade;
use crate::error::Result;
use crate::identity::oidc::{Issuer, Refusal, Said};
use crate::identity::principal::{Principal, Via};
use crate::ids::hex;
use crate::state::UserRow;

/// Of the hash of a token, enough to tell it from others in the records.
pub(super) const SHOWN_CHARS: usize = 32;

impl Users {
    /// The user whom the issuer names, with the department and roles that it says, where it is asked for them. Office and clearance
    /// are always those that are known here.
    pub(super) async fn authenticate_issued(&self, issuer: &Issuer, token: &str) -> Result<Principal> {
        let hash = hex(digest(&SHA256, token.as_bytes()).as_ref());
        let now = self.now();
        let generation = {
            let cache = self.cache();
            if let Some(principal) = cache.get(&hash, now) {
                return Ok(principal);
            }
            cache.generation()
        };
        let said = issuer.check(token, now).await?;
        let user = self.issued_user(issuer, &said).await?;
        let mut principal = principal(&user, Via::Issued(hash.chars().take(SHOWN_CHARS).collect()))?;
        // Whoever holds an office has no rights to data besides, whatever an issuer says.
        if principal.office.is_none() {
            said.department.into_iter().for_each(|department| principal.standing.department = department);
            said.roles.into_iter().for_each(|roles| principal.standing.roles = roles);
        }
        self.tell_success(&principal);
        self.cache().put(hash, principal.clone(), said.expires_at, now, generation);
        Ok(principal)
    }

    /// Adds the user where that is wanted, without a password.
    async fn issued_user(&self, issuer: &Issuer, said: &Said) -> Result<UserRow> {
        let name = said.name.as_str();
        let mut user = self.inner.state.user(name).await?;
        if user.is_none() && issuer.rules().create_users {
            let fresh = UserRow {
                name: name.to_owned(),
                office: String::new(),
                department: None,
                roles: "[]".to_owned(),
                clearance: Grade::One.to_string(),
                password_hash: String::new(),
                scram_verifier: String::new(),
                created_at: self.now(),
                disabled_at: None,
            };
            // Another sign-in of the same user may have been first.
            self.inner.state.insert_user(&fresh).await?;
            user = self.inner.state.user(name).await?;
        }
        Ok(user.filter(|user| user.disabled_at.is_none()).ok_or(Refusal::User)?)
    }
}
