//! The three offices (三权分立): who runs the platform, who says what may be seen, and who looks at what was done.
//!
//! Nobody holds two, and none of them gives a right to read data: rights to data come from policies alone.

use std::fmt;
use std::str::FromStr;

use crate::error::{Code, Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Office {
    /// Runs the platform: users, jobs, executors, space. 系统管理员
    System,
    /// Says who may see what: contracts, policies, departments, roles and clearances. 安全管理员
    Security,
    /// Reads the audit, and changes nothing. 审计员
    Audit,
}

impl Office {
    pub const ALL: [Self; 3] = [Self::System, Self::Security, Self::Audit];

    /// As it is stored, and as SQL and the command line say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Security => "security",
            Self::Audit => "audit",
        }
    }

    /// For messages, with its article.
    pub const fn holder(self) -> &'static str {
        match self {
            Self::System => "a system administrator",
            Self::Security => "a security administrator",
            Self::Audit => "an auditor",
        }
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Office {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|office| office.as_str() == text).ok_or_else(|| {
            Error::new(Code::BAD_VALUE, format!("`{text}` is no office"))
                .with_suggestion(text, Self::ALL.iter().map(|office| office.as_str()))
        })
    }
}
