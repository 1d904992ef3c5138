use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::schema::ACTIONS;
use crate::clock::Timestamp;
use crate::contracts::{Grade, Refusal};
use crate::identity::Office;
use crate::names::TableName;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub name: String,
    /// Whoever holds one sees open data alone, whatever policies give.
    pub office: Option<Office>,
    /// The key of a department; one that the model does not have counts as none.
    pub department: Option<String>,
    /// Roles that the model does not have count for nothing.
    pub roles: BTreeSet<String>,
    pub clearance: Grade,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Read,
    Write,
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub subject: &'a Subject,
    pub action: Action,
    pub dataset: &'a TableName,
    pub context: Context<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What for, as the session says.
    pub purpose: Option<&'a str>,
    /// By which way the question came: `postgres`, `flight` and the like.
    pub door: &'a str,
    pub now: Timestamp,
}

impl Action {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Read => "读取",
            Self::Write => "写入",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => Err(Refusal::new(format!("there is no action `{text}`")).choose(text, ACTIONS)),
        }
    }
}
