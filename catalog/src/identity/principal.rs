//! The one who asks, once a door knows.

use std::collections::BTreeSet;

use super::office::Office;
use super::scope::Scope;
use crate::contracts::Grade;
use crate::error::{Code, Error, Result};

/// An authenticated user; every session, query and audit record carries one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Folded, as stored.
    pub name: String,
    /// None for most; whoever holds one holds no other.
    pub office: Option<Office>,
    pub standing: Attributes,
    /// What this sign-in is limited to; whoever acts for the principal asks it besides all else.
    pub scope: Scope,
    pub via: Via,
}

/// What policies ask of a user. Keys are those of the city's model (`org.yaml`); one that the model in force does not know gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attributes {
    pub department: Option<String>,
    pub roles: BTreeSet<String>,
    /// The highest grade of data that policies by clearance let through.
    pub clearance: Grade,
}

impl Default for Attributes {
    /// Of nobody in particular: no department, no role, the lowest clearance.
    fn default() -> Self {
        Self { department: None, roles: BTreeSet::new(), clearance: Grade::One }
    }
}

/// How the principal was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    Password,
    /// The public id of the token.
    Token(String),
    /// The token of an issuer, by the beginning of its SHA-256.
    Issued(String),
    /// A client's certificate, by the beginning of its SHA-256.
    Certificate(String),
    /// A job that the user has put on the books.
    Job,
    /// Direct access to the data directory: no door was passed, the operating system was the guard.
    Operator,
}

impl Principal {
    /// Whoever runs the program on the data directory itself. The name cannot be taken by a user.
    pub fn operator() -> Self {
        Self {
            name: "(operator)".to_owned(),
            office: None,
            standing: Attributes::default(),
            scope: Scope::default(),
            via: Via::Operator,
        }
    }

    /// The coordinator itself, when it puts small files together. The name cannot be taken by a user.
    pub fn compaction() -> Self {
        Self { name: "(compaction)".to_owned(), ..Self::operator() }
    }

    /// The coordinator itself, when it keeps the history of statements. The name cannot be taken by a user.
    pub fn history() -> Self {
        Self { name: "(history)".to_owned(), ..Self::operator() }
    }

    /// The coordinator itself, when it makes the tables of a model and asks their rows. The name cannot be taken by a user.
    pub fn contracts() -> Self {
        Self { name: "(contracts)".to_owned(), ..Self::operator() }
    }

    /// Whether it is the coordinator itself, which works on tables that nobody else may change.
    pub fn is_coordinator(&self) -> bool {
        [Self::compaction(), Self::history()].contains(self)
    }

    /// Whether it holds the files themselves, so that nothing could be kept from it: what it does is recorded, and not decided.
    pub fn is_operator(&self) -> bool {
        self.via == Via::Operator
    }

    /// Whether it may do what is an office's to do.
    pub fn holds(&self, office: Office) -> bool {
        self.office == Some(office) || self.is_operator()
    }

    /// Refuses everybody who does not hold the office (HT0204); `what` completes "only a system administrator may …".
    pub fn require(&self, office: Office, what: &str) -> Result<()> {
        if self.holds(office) {
            return Ok(());
        }
        Err(Error::new(Code::PERMISSION_DENIED, format!("only {} may {what}", office.holder())))
    }
}
