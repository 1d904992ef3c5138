use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Labels;
use crate::contracts::mistake::Refusal;
use crate::contracts::vocabulary::stored_as_text;
use crate::identity::UserName;

/// A department that owns data, or asks for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    #[serde(rename = "label")]
    pub labels: Labels,
    /// Its unified social credit code; only the shape of it is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approver>,
}

/// What somebody does; policies attach to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    #[serde(rename = "label")]
    pub labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Who answers the requests that a department gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Approver {
    /// Whoever has this role.
    Role(String),
    /// Whether there is such a user, the state database knows.
    User(String),
}

/// `role`, or `user:name`: without the prefix, a misspelt role would be a user whom nobody knows.
impl fmt::Display for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => f.write_str(role),
            Self::User(user) => write!(f, "user:{user}"),
        }
    }
}

impl FromStr for Approver {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text.strip_prefix("user:") {
            Some(name) => Ok(Self::User(UserName::parse(name.trim())?.as_str().to_owned())),
            None => Ok(Self::Role(text.to_owned())),
        }
    }
}

stored_as_text!(Approver);
