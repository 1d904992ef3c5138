//! Password rules and hashes.
//!
//! Argon2id (RFC 9106) for sign-ins that bring the password, and beside it a SCRAM verifier for those that do not. The
//! verifier is the cheaper of the two to attack, so both deserve the same secrecy. Hashing is slow by design: it runs on
//! blocking threads, and only a few at a time, which also bounds its memory.

use std::num::NonZeroU32;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::scram::{Verifier, prepare};
use super::user_name::UserName;
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, random};

/// Longer input is refused before any work is spent on it.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Hashes under way at once; each holds [`Cost::memory_kib`].
const HASHES_MAX: usize = 4;

/// Sign-ins that may wait for their turn; beyond that they are turned away, or a flood of them would hold up everybody.
const WAITING_MAX: usize = 256;

/// RFC 5802 asks for a random salt; NIST SP 800-132 for at least 128 bits of it.
pub const SALT_BYTES: usize = 16;

/// What one guess costs an attacker, and one sign-in us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    pub scram_iterations: NonZeroU32,
}

impl Cost {
    /// For tests only: no protection at all, and no waiting either.
    pub const LIGHT: Self = Self { memory_kib: 8, passes: 1, lanes: 1, scram_iterations: iterations(1) };
}

/// Argon2id as in the OWASP password storage cheat sheet (19 MiB, 2 passes, 1 lane); SCRAM well above the 4096 iterations
/// that RFC 7677 sets as the least.
impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1, scram_iterations: iterations(15_000) }
    }
}

/// What is stored for one password.
pub(super) struct Stored {
    pub hash: String,
    pub scram: String,
}

/// Hashes and verifies.
#[derive(Debug)]
pub(super) struct Passwords {
    argon2: Argon2<'static>,
    scram_iterations: NonZeroU32,
    permits: Semaphore,
    waiting: Semaphore,
    randomness: Arc<dyn Randomness>,
}

impl Passwords {
    pub fn new(cost: Cost, randomness: Arc<dyn Randomness>) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|error| {
            Error::new(Code::BAD_VALUE, "the cost of password hashing is out of range").caused_by(error)
        })?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            scram_iterations: cost.scram_iterations,
            permits: Semaphore::new(HASHES_MAX),
            waiting: Semaphore::new(WAITING_MAX),
            randomness,
        })
    }

    /// The caller has checked the rules.
    pub async fn hash(&self, password: &str) -> Result<Stored> {
        let hash_salt: [u8; SALT_BYTES] = random(self.randomness.as_ref())?;
        let scram_salt: [u8; SALT_BYTES] = random(self.randomness.as_ref())?;
        let (argon2, iterations, password) = (self.argon2.clone(), self.scram_iterations, password.to_owned());
        let _permit = self.permit().await?;
        blocking(move || {
            let hash = argon2
                .hash_password_with_salt(prepare(&password).as_bytes(), &hash_salt)
                .map_err(|error| Error::new(Code::INTERNAL, "a password could not be hashed").caused_by(error))?;
            let scram = Verifier::derive(&password, &scram_salt, iterations);
            Ok(Stored { hash: hash.to_string(), scram: scram.to_string() })
        })
        .await?
    }

    /// Waits for a turn to hash, unless too many wait already (HT0407). What limits guessing has to be asked between the
    /// turn and the hash, or many guesses pass the limit together while they queue.
    pub async fn permit(&self) -> Result<SemaphorePermit<'_>> {
        let full = |_| Error::new(Code::QUEUE_FULL, "too many sign-ins are waiting").with_hint("try again in a moment");
        let closed = |error| Error::new(Code::INTERNAL, "password hashing has ended").caused_by(error);
        let _place = self.waiting.try_acquire().map_err(full)?;
        self.permits.acquire().await.map_err(closed)
    }

    /// Takes as long for a wrong password as for the right one. The caller holds a permit.
    pub async fn verify(&self, password: &str, hash: &str) -> Result<bool> {
        let (argon2, password, hash) = (self.argon2.clone(), password.to_owned(), hash.to_owned());
        blocking(move || argon2.verify_password(prepare(&password).as_bytes(), hash.as_str()).is_ok()).await
    }
}

/// What a new password must be, as the city's own rules ask; what is plainly no password is refused besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    pub chars_min: usize,
    /// Of small letters, capital letters, digits and everything else, Chinese characters among that.
    pub classes_min: usize,
    /// Whether the new password may be the one that is there.
    pub may_stay: bool,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { chars_min: 8, classes_min: 1, may_stay: true }
    }
}

/// How many kinds of characters a password is made of.
fn classes(password: &str) -> usize {
    let other = |c: char| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric();
    let kinds: [&dyn Fn(char) -> bool; 4] = [&char::is_lowercase, &char::is_uppercase, &char::is_numeric, &other];
    kinds.iter().filter(|kind| password.chars().any(kind)).count()
}

pub(super) fn refused(why: impl Into<String>) -> Error {
    Error::new(Code::WEAK_PASSWORD, "this password is not accepted").with_hint(why)
}

/// The rules for a new password; the hint says which one it breaks.
pub(super) fn check_rules(rules: PasswordRules, name: &UserName, password: &str) -> Result<()> {
    let refuse = |why: &str| Err(refused(why));
    if password.trim().is_empty() {
        return refuse("a password cannot be empty");
    }
    if password.chars().count() < rules.chars_min {
        return refuse(&format!("use at least {} characters", rules.chars_min));
    }
    if classes(password) < rules.classes_min {
        let few = rules.classes_min;
        return refuse(&format!("use at least {few} of small letters, capital letters, digits and other characters"));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return refuse("use at most 1024 bytes");
    }
    if password.to_lowercase() == name.as_str() {
        return refuse("a password cannot be the user name");
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) {
        return refuse("a password cannot repeat a single character");
    }
    Ok(())
}

/// A password of 80 random bits that can be read over the telephone: 32 letters and digits that look unlike each other,
/// so five bits pick one without bias.
pub(super) fn generate(randomness: &dyn Randomness) -> Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters = random::<16>(randomness)?.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let lost = |error| Error::new(Code::INTERNAL, "password hashing was interrupted").caused_by(error);
    tokio::task::spawn_blocking(work).await.map_err(lost)
}

const fn iterations(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests;
