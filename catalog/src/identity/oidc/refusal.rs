//! Why a token is not taken.

use std::fmt;

use crate::error::{Code, Error};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no signed JWT, or too long for one.
    Garbled,
    /// `none`, HMAC, or anything else than RS256, ES256 and EdDSA.
    Algorithm,
    /// Its header asks for an extension that must be understood.
    Critical,
    /// It is a JWT for something else than to sign in.
    Kind,
    /// No key of the issuer has its name and suits its algorithm.
    UnknownKey,
    Signature,
    Issuer,
    Audience,
    Expired,
    NotYet,
    /// The claim is missing or not what it should be.
    Claim(String),
    /// The name is none that a user can have.
    Name,
    /// There is no such user, the user is disabled, or may not be added.
    User,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Garbled => "it is no signed JWT",
            Self::Algorithm => "its algorithm is none of RS256, ES256 and EdDSA",
            Self::Critical => "it asks for an extension that is not known",
            Self::Kind => "it is a JWT for something else",
            Self::UnknownKey => "the issuer has no such key",
            Self::Signature => "its signature is wrong",
            Self::Issuer => "it is of another issuer",
            Self::Audience => "it is for another audience",
            Self::Expired => "it has expired",
            Self::NotYet => "it is not good yet",
            Self::Claim(claim) => return write!(f, "its claim `{}` is missing or unreadable", claim.escape_debug()),
            Self::Name => "its user name is none that a user can have",
            Self::User => "there is no such user, or none who may sign in",
        };
        f.write_str(text)
    }
}

impl std::error::Error for Refusal {}

/// The same error as for our own tokens: a stranger learns nothing from it.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(Code::TOKEN_INVALID, "the token is unknown, expired or revoked")
            .with_hint("sign in again")
            .caused_by(refusal)
    }
}
