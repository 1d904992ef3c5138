//! The one who asks, once a door knows.

use crate::error::{Code, Error, Result};

/// An authenticated user; every session, query and audit record carries one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Folded, as stored.
    pub name: String,
    pub admin: bool,
    pub via: Via,
}

/// How the principal was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    Password,
    /// The public id of the token.
    Token(String),
    /// Direct access to the data directory: no door was passed, the operating system was the guard.
    Operator,
}

impl Principal {
    /// Whoever runs the program on the data directory itself. The name cannot be taken by a user.
    pub fn operator() -> Self {
        Self { name: "(operator)".to_owned(), admin: true, via: Via::Operator }
    }

    /// The coordinator itself, when it puts small files together. The name cannot be taken by a user.
    pub fn compaction() -> Self {
        Self { name: "(compaction)".to_owned(), ..Self::operator() }
    }

    /// The coordinator itself, when it keeps the history of statements. The name cannot be taken by a user.
    pub fn history() -> Self {
        Self { name: "(history)".to_owned(), ..Self::operator() }
    }

    /// Whether it is the coordinator itself, which works on tables that nobody else may change.
    pub fn is_coordinator(&self) -> bool {
        [Self::compaction(), Self::history()].contains(self)
    }

    /// Refuses everybody but administrators; `what` completes "only an administrator may …".
    pub fn require_admin(&self, what: &str) -> Result<()> {
        if self.admin {
            return Ok(());
        }
        Err(Error::new(Code::PERMISSION_DENIED, format!("only an administrator may {what}")))
    }
}
