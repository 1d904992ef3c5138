//! Where a chain ended at some time, for somebody else to keep.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::key::{PublicKey, SigningKey};
use super::segment::Position;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

const FORMAT: u64 = 1;
const SIGNED: &str = "huitong audit anchor 1\n";

/// One line of JSON: the end of a segment, signed. Whoever has it can tell that records up to there were cut off or written anew,
/// whatever became of the key since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    huitong_anchor: u64,
    pub segment: u64,
    /// Of the last record there.
    pub last: u64,
    pub hash: Digest,
    pub root: Digest,
    /// In milliseconds since 1970.
    pub time: i64,
    pub key: String,
    signature: String,
}

impl Anchor {
    pub fn new(end: &Position, now: Timestamp, key: &SigningKey) -> Self {
        let (key_id, Position { segment, seq: last, chain: hash, root, .. }) = (key.public().id(), *end);
        let unsigned = Self {
            huitong_anchor: FORMAT,
            segment,
            last,
            hash,
            root,
            time: now.ms(),
            key: key_id,
            signature: String::new(),
        };
        Self { signature: key.sign(&unsigned.signed()), ..unsigned }
    }

    /// Reads the lines of a file that anchors were added to; each has to be signed with one of these keys (HT0902).
    pub fn read_all(text: &str, keys: &[PublicKey]) -> Result<Vec<Self>> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| Self::read(line, keys).map_err(|why| refused(at + 1, why))).collect()
    }

    fn read(line: &str, keys: &[PublicKey]) -> Result<Self, &'static str> {
        let anchor: Self = serde_json::from_str(line).map_err(|_| "is no anchor")?;
        if anchor.huitong_anchor != FORMAT {
            return Err("is of a newer release");
        }
        let key =
            keys.iter().find(|key| key.id() == anchor.key).ok_or("is signed with a key that is not trusted here")?;
        let is_signed = key.has_signed(&anchor.signed(), &anchor.signature);
        if is_signed { Ok(anchor) } else { Err("has a wrong signature") }
    }

    /// As it is kept, without a line end.
    pub fn to_line(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|e| Error::new(Code::INTERNAL, "an anchor has no form in JSON").caused_by(e))
    }

    fn signed(&self) -> Vec<u8> {
        let Self { segment, last, hash, root, time, key, .. } = self;
        format!("{SIGNED}{segment} {last} {hash} {root} {time} {key}").into_bytes()
    }
}

fn refused(line: usize, why: &str) -> Error {
    Error::new(Code::AUDIT_BROKEN, format!("line {line} of the anchors {why}"))
        .with_hint("an anchor is a line that `huitong audit anchor` prints; give the key of that time with --key")
}
