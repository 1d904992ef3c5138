//! Segments: a header, records, and a footer that is signed.
//!
//! ```text
//! {"huitong_audit":1,"segment":2,"first":10001,"hash":"sha256","signature":"ed25519","previous":"…","chain":"…","epoch":3}
//! {"seq":10001,…,"hash":"…"}
//! …
//! {"count":10000,"last":"…","root":"…","header":"…","key":"…","signature":"…"}
//! ```
//!
//! `previous` is the hash of the whole object before this one, `chain` that of the last record there; `last` is that of the last record
//! here, `root` the Merkle root over the hashes of all records here, `header` the hash of the first line. The signature is over the words
//! `huitong audit segment 1`, a line end, and the footer without its last member.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::fault::{Fault, Wrong};
use super::key::{PublicKey, SigningKey};
use super::line::{Line, parts};
use super::{FORMAT, HASH, SIGNATURE};
use crate::error::{Code, Error, Result};

const SIGNED: &str = "huitong audit segment 1\n";
const FOOTER_BEGINS: &[u8] = b"{\"count\":";
const RECORD_BEGINS: &[u8] = b"{\"seq\":";
/// What stands around the signature at the end of a footer.
const BEFORE: &str = ",\"signature\":\"";
const BEHIND: &str = "\"}";

/// The end of a segment; the next one begins there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// 0 before the first segment.
    pub segment: u64,
    /// Of the last record; 0 before the first.
    pub seq: u64,
    /// Of the last record.
    pub chain: Digest,
    /// Of the whole segment.
    pub hash: Digest,
    /// Of the Merkle tree over its records.
    pub root: Digest,
}

/// A segment that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub bytes: Vec<u8>,
    /// The number of its first record.
    pub first: u64,
    pub end: Position,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    huitong_audit: u64,
    segment: u64,
    first: u64,
    hash: String,
    signature: String,
    previous: Digest,
    chain: Digest,
    epoch: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    count: u64,
    last: Digest,
    root: Digest,
    header: Digest,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

impl Sealed {
    /// The segment behind `after`, of these lines: at least one, each behind the other. `epoch` is that of the coordinator.
    pub fn new(after: &Position, epoch: i64, lines: &[Line], key: &SigningKey) -> Result<Self> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return Err(Error::new(Code::INTERNAL, "a segment of the audit without records"));
        };
        let header = json(&Header {
            huitong_audit: FORMAT,
            segment: after.segment + 1,
            first: first.seq,
            hash: HASH.to_owned(),
            signature: SIGNATURE.to_owned(),
            previous: after.hash,
            chain: after.chain,
            epoch,
        })?;
        let hashes: Vec<Digest> = lines.iter().map(|line| line.hash).collect();
        let root = Digest::root(&hashes);
        let footer = json(&Footer {
            count: lines.len() as u64,
            last: last.hash,
            root,
            header: Digest::of(&[header.as_bytes()]),
            key: key.public().id(),
            signature: None,
        })?;
        let signature = key.sign(&signed(footer.as_bytes()));
        let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum::<usize>() + 1024);
        let texts = [header.as_str()].into_iter().chain(lines.iter().map(|line| line.text.as_str()));
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(&footer.as_bytes()[..footer.len() - 1]);
        bytes.extend_from_slice(format!("{BEFORE}{signature}{BEHIND}\n").as_bytes());
        let hash = Digest::of(&[&bytes]);
        let end = Position { segment: after.segment + 1, seq: last.seq, chain: last.hash, hash, root };
        Ok(Self { bytes, first: first.seq, end })
    }

    /// Of the oldest and of the newest of its records, in milliseconds since 1970. (By their clock, which may have been set back.)
    pub fn times(&self) -> Result<RangeInclusive<i64>> {
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        let lines = text.lines().filter(|line| line.as_bytes().starts_with(RECORD_BEGINS));
        let times = lines.map(|line| Line::read(line).map(|record| record.event.time)).collect::<Result<Vec<_>>>()?;
        let (oldest, newest) = (times.iter().min(), times.iter().max());
        Ok(oldest.copied().unwrap_or(i64::MIN)..=newest.copied().unwrap_or(i64::MAX))
    }

    /// Checks that bytes are the whole segment behind `after`, signed with one of these keys.
    pub fn read(after: &Position, bytes: Vec<u8>, keys: &[PublicKey]) -> Result<Self, Fault> {
        let Checked { end, .. } = check(after, &bytes, keys)?;
        Ok(Self { bytes, first: after.seq + 1, end })
    }

    /// The lines of its records, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        text.lines().filter(|line| line.as_bytes().starts_with(RECORD_BEGINS))
    }
}

/// A segment that was checked.
pub(super) struct Checked {
    pub end: Position,
    /// Of its records, in order.
    pub hashes: Vec<Digest>,
}

/// Checks that bytes are the whole segment behind `after`, signed with one of these keys.
pub(super) fn check(after: &Position, bytes: &[u8], keys: &[PublicKey]) -> Result<Checked, Fault> {
    let number = after.segment + 1;
    let fault = |line: usize, record: Option<u64>, wrong: Wrong| Fault { segment: Some(number), line, record, wrong };
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Behind the last line end: nothing, unless the last line has none.
    let open = lines.pop().unwrap_or_default();
    let Some((header_line, lines)) = lines.split_first() else {
        return Err(fault(1, None, Wrong::Truncated));
    };
    let header: Header = serde_json::from_slice(header_line).map_err(|_| fault(1, None, Wrong::Header))?;
    check_header(&header, after).map_err(|wrong| fault(1, None, wrong))?;
    let (mut chain, mut hashes, mut footer) = (after.chain, Vec::with_capacity(lines.len()), None);
    for (at, line) in lines.iter().enumerate() {
        let (seq, place) = (after.seq + hashes.len() as u64 + 1, at + 2);
        let is_last = at + 1 == lines.len() && open.is_empty();
        if is_last && !line.starts_with(RECORD_BEGINS) {
            footer = Some((place, *line));
            break;
        }
        if line.starts_with(FOOTER_BEGINS) {
            read_footer(line, keys).map_err(|wrong| fault(place, None, wrong))?;
            return Err(fault(place + 1, None, Wrong::Trailing));
        }
        chain = follow(line, chain, seq).map_err(|wrong| fault(place, Some(seq), wrong))?;
        hashes.push(chain);
    }
    let next = after.seq + hashes.len() as u64 + 1;
    let Some((place, footer)) = footer else {
        let in_footer = open.starts_with(&FOOTER_BEGINS[..3]);
        return Err(fault(lines.len() + 2, (!in_footer).then_some(next), Wrong::Truncated));
    };
    let footer = read_footer(footer, keys).map_err(|wrong| fault(place, None, wrong))?;
    if footer.count > hashes.len() as u64 {
        return Err(fault(place, Some(next), Wrong::Missing { found: None }));
    }
    let root = Digest::root(&hashes);
    if footer.count != hashes.len() as u64 || footer.last != chain || footer.root != root {
        let first = (after.seq + 1).min(next.saturating_sub(1));
        return Err(fault(place, Some(first), Wrong::Rewritten));
    }
    if footer.header != Digest::of(&[header_line]) {
        return Err(fault(1, None, Wrong::Header));
    }
    let end = Position { segment: number, seq: next - 1, chain, hash: Digest::of(&[bytes]), root };
    Ok(Checked { end, hashes })
}

/// Checks that a line is the record of that number behind the one with the hash `chain`; answers with its hash.
pub(super) fn follow(line: &[u8], chain: Digest, seq: u64) -> Result<Digest, Wrong> {
    let parts = parts(line, chain).ok_or(Wrong::Unreadable)?;
    match parts {
        parts if parts.seq != seq => Err(Wrong::Missing { found: Some(parts.seq) }),
        parts if parts.hash != parts.right => Err(Wrong::Changed),
        parts => Ok(parts.hash),
    }
}

fn check_header(header: &Header, after: &Position) -> Result<(), Wrong> {
    if header.huitong_audit != FORMAT {
        return Err(Wrong::Unknown { what: format!("format {}", header.huitong_audit) });
    }
    for (known, named) in [(HASH, &header.hash), (SIGNATURE, &header.signature)] {
        if known != named {
            return Err(Wrong::Unknown { what: format!("algorithm {named}") });
        }
    }
    let follows = (header.segment, header.first, header.previous, header.chain)
        == (after.segment + 1, after.seq + 1, after.hash, after.chain);
    if follows { Ok(()) } else { Err(Wrong::NotNext) }
}

fn read_footer(line: &[u8], keys: &[PublicKey]) -> Result<Footer, Wrong> {
    let footer: Footer = serde_json::from_slice(line).map_err(|_| Wrong::Footer)?;
    let signature = footer.signature.as_deref().ok_or(Wrong::Footer)?;
    let end = format!("{BEFORE}{signature}{BEHIND}");
    let open = line.strip_suffix(end.as_bytes()).ok_or(Wrong::Footer)?;
    let key = keys.iter().find(|key| key.id() == footer.key);
    let key = key.ok_or_else(|| Wrong::UnknownKey { id: footer.key.clone() })?;
    match key.has_signed(&signed(&[open, b"}"].concat()), signature) {
        true => Ok(footer),
        false => Err(Wrong::Signature),
    }
}

fn signed(footer: &[u8]) -> Vec<u8> {
    [SIGNED.as_bytes(), footer].concat()
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::new(Code::INTERNAL, "a part of the audit has no form in JSON").caused_by(e))
}
