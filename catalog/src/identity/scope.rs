//! What a sign-in is limited to, within what its user may do. A scope only takes away: it never gives a right.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::names::check_name;

/// The limits of a token; [`Self::default`] has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    read: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schemas: Option<BTreeSet<String>>,
}

const PURPOSE_CHARS_MAX: usize = 128;

/// A longer list is a policy, and policies have their own place.
const SCHEMAS_MAX: usize = 100;

impl Scope {
    /// Queries only: nothing that changes anything, be it data, names or users.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { read: true, ..self }
    }

    /// The sessions have this purpose from the start, and no other.
    pub fn for_purpose(self, purpose: &str) -> Result<Self> {
        let is_key = !purpose.trim().is_empty()
            && purpose.chars().count() <= PURPOSE_CHARS_MAX
            && !purpose.contains(char::is_control);
        if !is_key {
            return Err(Error::new(Code::BAD_VALUE, "a purpose is one line of at most 128 characters"));
        }
        Ok(Self { purpose: Some(purpose.to_owned()), ..self })
    }

    /// Only these schemas; an empty list would be a token that is good for nothing, and is refused.
    pub fn within(self, schemas: impl IntoIterator<Item = String>) -> Result<Self> {
        let schemas: BTreeSet<String> = schemas.into_iter().collect();
        if schemas.is_empty() || schemas.len() > SCHEMAS_MAX {
            return Err(Error::new(
                Code::BAD_VALUE,
                format!("a token is limited to between 1 and {SCHEMAS_MAX} schemas"),
            ));
        }
        schemas.iter().try_for_each(|schema| check_name("schema", schema))?;
        Ok(Self { schemas: Some(schemas), ..self })
    }

    /// Whether statements may change anything.
    pub fn allows_changes(&self) -> bool {
        !self.read
    }

    /// The purpose that sessions have and cannot change; with none, they choose.
    pub fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    /// Whether tables and views of the schema may be read or written; the name is as stored.
    pub fn allows_schema(&self, name: &str) -> bool {
        self.schemas.as_ref().is_none_or(|schemas| schemas.contains(name))
    }

    /// Whether there is no limit.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Result<String> {
        let failed = |error| Error::new(Code::INTERNAL, "the scope of a token cannot be written").caused_by(error);
        serde_json::to_string(self).map_err(failed)
    }

    /// What cannot be read could be a limit: it is an error, never a token without limits.
    pub(super) fn read(json: &str) -> Result<Self> {
        // An object and nothing else: a list would be read as one whose members have no names.
        let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json);
        object.and_then(|object| serde_json::from_value(object.into())).map_err(|error| {
            Error::new(Code::INTERNAL, "the scope of a token cannot be read")
                .with_hint("a newer release may have written it")
                .caused_by(error)
        })
    }
}

/// As a list of tokens shows it.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all");
        }
        let mut parts = Vec::new();
        parts.extend(self.read.then(|| "read".to_owned()));
        parts.extend(self.purpose.as_ref().map(|purpose| format!("purpose {purpose}")));
        let names = |schemas: &BTreeSet<String>| schemas.iter().cloned().collect::<Vec<_>>().join(", ");
        parts.extend(self.schemas.as_ref().map(|schemas| format!("schemas {}", names(schemas))));
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests;
