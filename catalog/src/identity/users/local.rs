//! Passwords of the users of the state database.

use std::fmt;
use std::sync::Arc;

use super::stored::{may_give_password, principal};
use crate::error::Result;
use crate::identity::by_password::{ByPassword, Checked};
use crate::identity::password::Passwords;
use crate::identity::principal::{Principal, Via};
use crate::identity::user_name::UserName;
use crate::state::State;

pub struct Local {
    pub state: State,
    pub passwords: Arc<Passwords>,
    /// Verified against when there is no such user, so that the answer takes as long.
    pub decoy_hash: String,
}

impl Local {
    async fn verify(&self, name: &UserName, password: &str) -> Result<Option<Principal>> {
        let user = self.state.user(name.as_str()).await?.filter(may_give_password);
        let hash = user.as_ref().map_or(&self.decoy_hash, |user| &user.password_hash);
        let matches = self.passwords.verify(password, hash).await?;
        user.filter(|_| matches).map(|user| principal(&user, Via::Password)).transpose()
    }
}

impl ByPassword for Local {
    fn check<'a>(&'a self, name: &'a UserName, password: &'a str) -> Checked<'a> {
        Box::pin(self.verify(name, password))
    }
}

/// Leaves the decoy out.
impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}
