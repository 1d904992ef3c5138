//! From a row of the database to a principal. What cannot be read gives nobody more rights than it says for certain: it is an error.

use std::collections::BTreeSet;

use crate::error::{Code, Error, Result};
use crate::identity::office::Office;
use crate::identity::principal::{Attributes, Principal, Via};
use crate::identity::scope::Scope;
use crate::state::UserRow;

/// The user without limits.
pub fn principal(user: &UserRow, via: Via) -> Result<Principal> {
    let (office, standing) = (office(user)?, standing(user)?);
    Ok(Principal { name: user.name.clone(), office, standing, scope: Scope::default(), via })
}

/// Whether a password can be right. Users of an issuer have none.
pub fn may_give_password(user: &UserRow) -> bool {
    user.disabled_at.is_none() && !user.password_hash.is_empty()
}

pub fn office(user: &UserRow) -> Result<Option<Office>> {
    if user.office.is_empty() {
        return Ok(None);
    }
    user.office.parse().map(Some).map_err(|_| unreadable(user, "office"))
}

pub fn standing(user: &UserRow) -> Result<Attributes> {
    let roles: BTreeSet<String> = serde_json::from_str(&user.roles).map_err(|_| unreadable(user, "roles"))?;
    let clearance = user.clearance.parse().map_err(|_| unreadable(user, "clearance"))?;
    Ok(Attributes { department: user.department.clone(), roles, clearance })
}

fn unreadable(user: &UserRow, what: &str) -> Error {
    Error::new(Code::INTERNAL, format!("the {what} of user `{}` cannot be read", user.name))
        .with_hint("a newer release may have written it")
}
