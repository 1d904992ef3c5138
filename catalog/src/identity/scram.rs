//! The SCRAM-SHA-256 verifier (RFC 5802, RFC 7677), in the text form that PostgreSQL stores.
//!
//! The verifier lets a server check a client's proof without ever holding the password. Whoever steals it still has to
//! guess the password, at the price of the iterations.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::error::{Code, Error, Result};

const MECHANISM: &str = "SCRAM-SHA-256";

/// SHA-256.
const KEY_BYTES: usize = 32;

type Key = [u8; KEY_BYTES];

/// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, binary parts in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    stored_key: Key,
    server_key: Key,
}

impl Verifier {
    /// Takes the time of `iterations` hashes. The password is prepared as RFC 4013 asks; see [`prepare`].
    pub fn derive(password: &str, salt: &[u8], iterations: NonZeroU32) -> Self {
        let mut salted_password = [0; KEY_BYTES];
        let prepared = prepare(password);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, prepared.as_bytes(), &mut salted_password);
        Self {
            iterations,
            salt: salt.to_vec(),
            stored_key: sha256(&hmac(&salted_password, b"Client Key")),
            server_key: hmac(&salted_password, b"Server Key"),
        }
    }

    /// A verifier that no proof satisfies, to answer for users that do not exist.
    pub(super) fn unmatched(salt: &[u8], iterations: NonZeroU32, random: Key) -> Self {
        Self { iterations, salt: salt.to_vec(), stored_key: random, server_key: random }
    }

    pub fn iterations(&self) -> u32 {
        self.iterations.get()
    }

    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Checks the client's proof over the exchange (`AuthMessage`, RFC 5802 section 3); the answer is the server's
    /// signature, which proves to the client that the server knows the verifier. Nothing when the proof is wrong.
    pub fn check(&self, auth_message: &[u8], client_proof: &[u8]) -> Option<[u8; 32]> {
        let proof: Key = client_proof.try_into().ok()?;
        let client_signature = hmac(&self.stored_key, auth_message);
        let client_key: Key = std::array::from_fn(|at| proof[at] ^ client_signature[at]);
        verify_slices_are_equal(&sha256(&client_key), &self.stored_key).ok()?;
        Some(hmac(&self.server_key, auth_message))
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [salt, stored, server] =
            [&self.salt[..], &self.stored_key, &self.server_key].map(|bytes| BASE64.encode(bytes));
        write!(f, "{MECHANISM}${}:{salt}${stored}:{server}", self.iterations)
    }
}

/// Without the keys.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

impl FromStr for Verifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::new(Code::CORRUPT_FILE, "a stored password verifier cannot be read"))
    }
}

fn parse(text: &str) -> Option<Verifier> {
    let rest = text.strip_prefix(MECHANISM)?.strip_prefix('$')?;
    let (cost, keys) = rest.split_once('$')?;
    let (iterations, salt) = cost.split_once(':')?;
    let (stored_key, server_key) = keys.split_once(':')?;
    let key = |text: &str| BASE64.decode(text).ok()?.try_into().ok();
    Some(Verifier {
        iterations: iterations.parse().ok()?,
        salt: BASE64.decode(salt).ok()?,
        stored_key: key(stored_key)?,
        server_key: key(server_key)?,
    })
}

/// SASLprep (RFC 4013); a password with characters that it prohibits is taken as typed, as PostgreSQL does, since its
/// clients do the same.
pub(super) fn prepare(password: &str) -> std::borrow::Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(password.into())
}

fn hmac(key: &[u8], message: &[u8]) -> Key {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    copy(tag.as_ref())
}

fn sha256(bytes: &[u8]) -> Key {
    copy(digest(&SHA256, bytes).as_ref())
}

fn copy(bytes: &[u8]) -> Key {
    let mut key = [0; KEY_BYTES];
    key.copy_from_slice(bytes);
    key
}

#[cfg(test)]
mod tests;
