//! One record in its stored form: a line of JSON whose last member is the hash.
//!
//! The hash is that of the hash before it (its 32 bytes) and of the line without that member, `jq -c 'del(.hash)'` in other words.

use serde::Deserialize;

use super::digest::Digest;
use super::record::{Event, Record};
use crate::error::{Code, Error, Result};

/// What stands around the hash at the end of a line.
const BEFORE: &str = ",\"hash\":\"";
const BEHIND: &str = "\"}";

/// A record in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub seq: u64,
    /// Without a line end.
    pub text: String,
    pub hash: Digest,
}

impl Line {
    /// The line of an event behind the one that has the hash `chain`.
    pub fn new(chain: Digest, seq: u64, event: &Event) -> Result<Self> {
        let json = serde_json::to_string(event)
            .map_err(|e| Error::new(Code::INTERNAL, "an audit record has no form in JSON").caused_by(e))?;
        // An event always has members, so a comma stands behind the number.
        let body = format!("{{\"seq\":{seq},{}", &json[1..]);
        let hash = chain.then(body.as_bytes());
        let text = format!("{}{BEFORE}{hash}{BEHIND}", &body[..body.len() - 1]);
        Ok(Self { seq, text, hash })
    }

    /// What the line says; whether it is what was written, the chain tells.
    pub fn read(text: &str) -> Result<Record> {
        let unreadable = |e| Error::new(Code::AUDIT_BROKEN, "a line of the audit cannot be read").caused_by(e);
        serde_json::from_str(text).map_err(unreadable)
    }
}

/// A line apart, as far as the chain is concerned.
pub(super) struct Parts {
    pub seq: u64,
    pub hash: Digest,
    /// The hash that belongs behind `chain`.
    pub right: Digest,
}

/// None if it has not the form of a record.
pub(super) fn parts(line: &[u8], chain: Digest) -> Option<Parts> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let rest = line.strip_suffix(BEHIND.as_bytes())?;
    let (rest, hash) = rest.split_at_checked(rest.len().checked_sub(Digest::DIGITS)?)?;
    let hash = std::str::from_utf8(hash).ok()?.parse().ok()?;
    let open = rest.strip_suffix(BEFORE.as_bytes())?;
    let body = [open, b"}"].concat();
    let Numbered { seq } = serde_json::from_slice(&body).ok()?;
    Some(Parts { seq, hash, right: chain.then(&body) })
}
