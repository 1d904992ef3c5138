//! Names of users: one spelling for one person.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::error::{Code, Error, Result};

pub const USER_NAME_CHARS_MAX: usize = 64;

/// A valid name, folded: compatibility forms (full-width letters) and upper case become their plain lower-case form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

impl UserName {
    pub fn parse(text: &str) -> Result<Self> {
        // A compatibility character can grow eighteenfold, so the bound comes before the folding as well as after it.
        if text.is_empty() || text.chars().nth(USER_NAME_CHARS_MAX).is_some() {
            return Err(not_allowed("a user name has between 1 and 64 characters"));
        }
        let folded: String = text.nfkc().collect::<String>().to_lowercase().nfkc().collect();
        if folded.chars().nth(USER_NAME_CHARS_MAX).is_some() {
            return Err(not_allowed("a user name has between 1 and 64 characters"));
        }
        if !folded.chars().all(is_name_char) || folded.starts_with(['-', '.']) {
            return Err(not_allowed(
                "a user name consists of letters, digits, `_`, `-` and `.`, beginning with none of `-` and `.`",
            ));
        }
        Ok(Self(folded))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Letters of any script, so Chinese characters too.
fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn not_allowed(message: &str) -> Error {
    Error::new(Code::USER_NAME_NOT_ALLOWED, message)
}

#[cfg(test)]
mod tests;
