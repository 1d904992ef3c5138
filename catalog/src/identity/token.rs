//! Tokens: 256 random bits that stand for a user until they expire or are revoked.
//!
//! The prefix lets a secret scanner find a token that leaked into a repository. A token holds too much randomness to be
//! guessed, so a plain hash protects the stored form and no slow one is needed.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::error::Result;
use crate::ids::{Randomness, hex, random};

const PREFIX: &str = "hts_";
const SECRET_BYTES: usize = 32;

/// The secret itself. It exists in the hands of the user and in passing; nothing stores it, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(super) fn generate(randomness: &dyn Randomness) -> Result<Self> {
        Ok(Self(format!("{PREFIX}{}", BASE64.encode(random::<SECRET_BYTES>(randomness)?))))
    }

    /// Nothing when `text` cannot be a token at all, which spares the database.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(PREFIX).filter(|secret| secret.len() <= 2 * SECRET_BYTES)?;
        let bytes = BASE64.decode(secret).ok()?;
        (bytes.len() == SECRET_BYTES).then(|| Self(text.to_owned()))
    }

    /// The text to show once and to send with each request.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> String {
        hex(digest(&SHA256, self.0.as_bytes()).as_ref())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hts_…")
    }
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Given by a door after a sign-in; ends with a change of the password.
    Session,
    /// Made by a user for a program, with a label to recognise it.
    Personal,
}

impl TokenKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Personal => "personal",
        }
    }

    /// Unknown text counts as the kind with fewer rights to live.
    pub(super) fn read(text: &str) -> Self {
        if text == Self::Personal.as_str() { Self::Personal } else { Self::Session }
    }
}

#[cfg(test)]
mod tests;
