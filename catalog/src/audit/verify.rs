//! Reading a chain from its beginning.

use std::collections::BTreeMap;

use super::anchor::Anchor;
use super::digest::Digest;
use super::fault::{Fault, Wrong};
use super::key::PublicKey;
use super::segment::{Position, check, follow};

/// Takes the segments in order, one at a time, and then what is behind the last one.
#[derive(Debug, Default)]
pub struct Verifier {
    keys: Vec<PublicKey>,
    end: Position,
    /// Of the last record.
    last: Digest,
    /// How many records are behind the last segment.
    tail: u64,
    /// What is known of records from elsewhere.
    known: BTreeMap<u64, Vec<Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    hash: Digest,
    /// Of the segment that ends with the record, and its number.
    root: Option<(u64, Digest)>,
    origin: String,
}

/// A chain that is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub segments: u64,
    pub records: u64,
    /// Of these records, how many are behind the last segment.
    pub tail: u64,
    /// Of the last record.
    pub hash: Digest,
}

impl Verifier {
    /// Segments are to be signed with one of these keys.
    pub fn new(keys: Vec<PublicKey>) -> Self {
        Self { keys, ..Self::default() }
    }

    /// The chain has to go on at least up to there, and to be that one.
    pub fn expect(&mut self, anchor: &Anchor) {
        let known = Known {
            hash: anchor.hash,
            root: Some((anchor.segment, anchor.root)),
            origin: format!("the anchor of segment {}", anchor.segment),
        };
        self.known.entry(anchor.last).or_default().push(known);
    }

    /// The same for the end of the chain as the state database has it.
    pub fn expect_head(&mut self, seq: u64, hash: Digest) {
        if seq > 0 {
            let known = Known { hash, root: None, origin: "the state database".to_owned() };
            self.known.entry(seq).or_default().push(known);
        }
    }

    /// The number of the segment that comes next.
    pub fn next(&self) -> u64 {
        self.end.segment + 1
    }

    /// Where the last segment ends.
    pub fn end(&self) -> &Position {
        &self.end
    }

    /// That there is no segment of the next number, though there are later ones.
    pub fn no_segment(&self) -> Fault {
        Fault { segment: Some(self.next()), line: 0, record: Some(self.end.seq + 1), wrong: Wrong::NoSegment }
    }

    /// Checks the next segment.
    pub fn segment(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let checked = check(&self.end, bytes, &self.keys)?;
        let before = std::mem::replace(&mut self.end, checked.end);
        self.last = self.end.chain;
        let number = Some(self.end.segment);
        for (at, hash) in checked.hashes.iter().enumerate() {
            let seq = before.seq + at as u64 + 1;
            self.compare(seq, *hash).map_err(|wrong| Fault {
                segment: number,
                line: at + 2,
                record: Some(seq),
                wrong,
            })?;
        }
        Ok(())
    }

    /// Checks lines that are in no segment, from the first on; those that meanwhile are in one are left out.
    pub fn tail<'a>(&mut self, lines: impl IntoIterator<Item = (u64, &'a str)>) -> Result<(), Fault> {
        let lines = lines.into_iter().skip_while(|(seq, _)| *seq <= self.end.seq).collect::<Vec<_>>();
        let (mut chain, mut seq) = (self.end.chain, self.end.seq);
        for (at, (_, line)) in lines.iter().enumerate() {
            seq += 1;
            let fault = |wrong| Fault { segment: None, line: at + 1, record: Some(seq), wrong };
            chain = follow(line.as_bytes(), chain, seq).map_err(fault)?;
            self.compare(seq, chain).map_err(fault)?;
        }
        self.tail = lines.len() as u64;
        self.last = chain;
        Ok(())
    }

    /// The end: whatever is known of has been met.
    pub fn finish(mut self) -> Result<Summary, Fault> {
        let records = self.end.seq + self.tail;
        if let Some((until, known)) = self.known.pop_last()
            && until > records
        {
            let origin = known.into_iter().next().map(|known| known.origin).unwrap_or_default();
            let wrong = Wrong::Cut { until, origin };
            return Err(Fault { segment: None, line: 0, record: Some(records + 1), wrong });
        }
        Ok(Summary { segments: self.end.segment, records, tail: self.tail, hash: self.last })
    }

    fn compare(&self, seq: u64, hash: Digest) -> Result<(), Wrong> {
        let known = self.known.get(&seq).map(Vec::as_slice).unwrap_or_default();
        let differs = known.iter().find(|known| {
            let is_root = known.root.is_none_or(|(segment, root)| segment != self.end.segment || root == self.end.root);
            known.hash != hash || !is_root
        });
        differs.map_or(Ok(()), |known| Err(Wrong::Differs { origin: known.origin.clone() }))
    }
}
