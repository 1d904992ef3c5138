//! Keys for segments and anchors.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::digest::{Digest, bytes_of};
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, hex, random};

const SEED_BYTES: usize = 32;
const PUBLIC_BYTES: usize = 32;
/// Digits of a key's id.
const ID_DIGITS: usize = 16;

/// Makes signatures (Ed25519).
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A new secret, as [`SigningKey::from_secret`] reads it.
    pub fn fresh_secret(randomness: &dyn Randomness) -> Result<String> {
        Ok(hex(&random::<SEED_BYTES>(randomness)?))
    }

    pub fn from_secret(secret: &str) -> Result<Self> {
        // Nothing of the secret in what is told.
        let wrong = || Error::new(Code::CORRUPT_FILE, "the audit's signing key in the state database cannot be used");
        let seed = bytes_of(secret).ok_or_else(wrong)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| wrong())?;
        let public = pair.public_key().as_ref().try_into().map(PublicKey).map_err(|_| wrong())?;
        Ok(Self { pair, public })
    }

    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// A signature in hexadecimal digits.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        hex(self.pair.sign(message).as_ref())
    }
}

/// Without the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public).finish()
    }
}

/// Checks signatures. Shown and read as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; PUBLIC_BYTES]);

impl PublicKey {
    /// Names the key where it has signed.
    pub fn id(&self) -> String {
        let mut id = Digest::of(&[&self.0]).to_string();
        id.truncate(ID_DIGITS);
        id
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        bytes_of(signature).is_some_and(|signature| key.verify(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = bytes_of(&text.to_ascii_lowercase()).and_then(|bytes| bytes.try_into().ok()).map(Self);
        bytes.ok_or_else(|| {
            Error::new(Code::BAD_VALUE, "a key of the audit has 64 hexadecimal digits")
                .with_hint("`huitong audit key` shows it")
        })
    }
}
