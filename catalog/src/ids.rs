//! Randomness as a parameter, and the ids made from it.
//!
//! Secrets (salts, tokens, first passwords) and ids (jobs, queries) all come from one source that the caller chooses, so a
//! test can name its seed. Private keys of certificates are the exception: the cryptographic library draws them itself.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Code, Error, Result};

/// A source of random bytes.
pub trait Randomness: Send + Sync + fmt::Debug {
    /// Fills all of `bytes`, or fails: never hands out bytes that are not random.
    fn fill(&self, bytes: &mut [u8]) -> Result<()>;
}

/// The random generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| Error::new(Code::INTERNAL, "the system has no random numbers to give"))
    }
}

/// A repeatable sequence for tests. **Not secret**: whoever knows the seed knows all that follows.
///
/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
#[derive(Debug)]
pub struct SeededRandomness(AtomicU64);

impl SeededRandomness {
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(GOLDEN_GAMMA, Ordering::SeqCst).wrapping_add(GOLDEN_GAMMA);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// `N` random bytes.
pub fn random<const N: usize>(randomness: &dyn Randomness) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    randomness.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random id in the usual form `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx` (RFC 9562, version 4).
pub fn uuid(randomness: &dyn Randomness) -> Result<String> {
    let mut bytes: [u8; 16] = random(randomness)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

#[cfg(test)]
mod tests;
