//! Hashes of records, trees and objects.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error, Result};
use crate::ids::hex;

/// What stands before the hash of a leaf and of an inner node, so that neither passes for the other (RFC 6962, section 2.1).
const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// A SHA-256. Shown as 64 lower-case hexadecimal digits, and read from nothing else.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Digest([u8; Self::BYTES]);

impl Digest {
    pub const BYTES: usize = 32;
    /// Digits of its text.
    pub const DIGITS: usize = 2 * Self::BYTES;
    /// What the first record follows.
    pub const ZERO: Self = Self([0; Self::BYTES]);

    /// Of parts, one behind the other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        parts.iter().for_each(|part| context.update(part));
        let mut bytes = [0; Self::BYTES];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    /// Of what comes behind what has this hash.
    pub fn then(self, next: &[u8]) -> Self {
        Self::of(&[&self.0, next])
    }

    /// The root of the Merkle tree over these, as RFC 6962 makes it (section 2.1); of none, the hash of nothing.
    pub fn root(leaves: &[Self]) -> Self {
        match leaves {
            [] => Self::of(&[]),
            [leaf] => Self::of(&[LEAF, &leaf.0]),
            leaves => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                Self::of(&[NODE, &Self::root(left).0, &Self::root(right).0])
            }
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = bytes_of(text).and_then(|bytes| bytes.try_into().ok()).map(Self);
        bytes.ok_or_else(|| Error::new(Code::BAD_VALUE, "a hash has 64 lower-case hexadecimal digits"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The bytes of a text in lower-case hexadecimal digits; there is one text for each list of bytes.
pub(super) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
