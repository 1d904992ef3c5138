//! What a token says of who brings it, by the rules of this platform.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::clock::Timestamp;
use crate::identity::user_name::UserName;

/// Clocks of issuers and of this machine differ by less than this.
const LEEWAY: Duration = Duration::from_secs(60);

/// The end of the year 9999; later ends are the same.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// The claim whose upper and lower case matter (OpenID Connect Core, section 2).
const SUBJECT: &str = "sub";

/// Whose tokens are taken, and which of their claims mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub issuer: String,
    pub audience: String,
    pub user_claim: String,
    /// When given, it holds in place of what is known of the user here.
    pub department_claim: Option<String>,
    /// The same.
    pub roles_claim: Option<String>,
    /// Whether users who are not known here are added.
    pub create_users: bool,
}

/// Who brings a token, as its issuer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub name: UserName,
    /// Of `Some`, the inner one holds; `None` when the issuer is not asked.
    pub department: Option<Option<String>>,
    pub roles: Option<BTreeSet<String>>,
    /// The last moment at which the token is taken, leeway included.
    pub expires_at: Timestamp,
}

impl Rules {
    pub(super) fn read(&self, payload: &Map<String, Value>, now: Timestamp) -> Result<Said, Refusal> {
        if payload.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(Refusal::Issuer);
        }
        if !names(payload.get("aud"), &self.audience) {
            return Err(Refusal::Audience);
        }
        let expires_at = time(payload, "exp")?.ok_or_else(|| Refusal::Claim("exp".to_owned()))?.plus(LEEWAY);
        if now >= expires_at {
            return Err(Refusal::Expired);
        }
        if time(payload, "nbf")?.is_some_and(|begin| now.plus(LEEWAY) < begin) {
            return Err(Refusal::NotYet);
        }
        Ok(Said {
            name: self.name(payload)?,
            department: self.department_claim.as_deref().map(|claim| department(payload, claim)).transpose()?,
            roles: self.roles_claim.as_deref().map(|claim| roles(payload, claim)).transpose()?,
            expires_at,
        })
    }

    fn name(&self, payload: &Map<String, Value>) -> Result<UserName, Refusal> {
        let unreadable = || Refusal::Claim(self.user_claim.clone());
        let text = find(payload, &self.user_claim).and_then(Value::as_str).ok_or_else(unreadable)?;
        let name = UserName::parse(text).map_err(|_| Refusal::Name)?;
        // Two subjects that differ in case are two people, who must not become one user.
        if self.user_claim == SUBJECT && name.as_str() != text {
            return Err(Refusal::Name);
        }
        Ok(name)
    }
}

/// `aud` is a text or a list of texts (RFC 7519, section 4.1.3).
fn names(aud: Option<&Value>, audience: &str) -> bool {
    match aud {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    }
}

/// Seconds since 1970, with or without a fraction. One that cannot be read is refused, whether it is needed or not.
fn time(payload: &Map<String, Value>, claim: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = payload.get(claim) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let seconds = seconds.ok_or_else(|| Refusal::Claim(claim.to_owned()))?;
    Ok(Some(Timestamp::from_ms((seconds.min(LAST_SECOND) * 1000.0) as i64)))
}

/// A claim by its name, or else by the path through its members: names with dots in them are common (`https://city.example/roles`).
fn find<'a>(payload: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    payload.get(claim).or_else(|| {
        let (first, rest) = claim.split_once('.')?;
        find(payload.get(first)?.as_object()?, rest)
    })
}

fn department(payload: &Map<String, Value>, claim: &str) -> Result<Option<String>, Refusal> {
    match find(payload, claim) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => Ok(Some(key.clone()).filter(|key| !key.is_empty())),
        Some(_) => Err(Refusal::Claim(claim.to_owned())),
    }
}

fn roles(payload: &Map<String, Value>, claim: &str) -> Result<BTreeSet<String>, Refusal> {
    let unreadable = || Refusal::Claim(claim.to_owned());
    match find(payload, claim) {
        None | Some(Value::Null) => Ok(BTreeSet::new()),
        Some(Value::String(key)) => Ok(BTreeSet::from([key.clone()])),
        Some(Value::Array(keys)) => {
            keys.iter().map(|key| key.as_str().map(str::to_owned).ok_or_else(unreadable)).collect()
        }
        Some(_) => Err(unreadable()),
    }
}
