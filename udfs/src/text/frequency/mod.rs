//! In how many texts a word occurs, and what that makes of two texts.
//!
//! [`Counter`] counts, [`Frequencies`] reads what it wrote. Words are kept as XXH64 of their bytes (seed 0): a collision of two words of
//! a register of a million has a chance of some 3·10⁻⁸.
//!
//! The bytes are `HTDF1` and three zeros, then little-endian: the number of texts (u64), of words in all texts (u64), the hashes in
//! ascending order (u64 each), the number of texts with each (u32 each).

mod counter;
mod score;
#[cfg(test)]
mod tests;

pub use counter::Counter;
pub use score::{Bag, bm25, cosine};

pub(crate) const MAGIC: [u8; 8] = *b"HTDF1\0\0\0";
const HEADER: usize = 24;
const ENTRY: usize = 12;

/// Counts of words, as [`Counter`] wrote them.
#[derive(Debug, Clone, Copy)]
pub struct Frequencies<'a> {
    /// How many texts were counted.
    pub texts: u64,
    /// How many words they have in all.
    pub words: u64,
    hashes: &'a [[u8; 8]],
    counts: &'a [[u8; 4]],
}

impl<'a> Frequencies<'a> {
    /// Nothing when these are not bytes of a [`Counter`].
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, entries) = bytes.split_at_checked(HEADER)?;
        let (magic, numbers) = header.split_at_checked(MAGIC.len())?;
        let [texts, words] = numbers.as_chunks::<8>().0 else { return None };
        if magic != MAGIC || entries.len() % ENTRY != 0 {
            return None;
        }
        let (hashes, counts) = entries.split_at_checked(entries.len() / ENTRY * 8)?;
        Some(Self {
            texts: u64::from_le_bytes(*texts),
            words: u64::from_le_bytes(*words),
            hashes: hashes.as_chunks().0,
            counts: counts.as_chunks().0,
        })
    }

    /// In how many texts a word occurs; 0 for one that was not counted.
    pub fn texts_with(&self, hash: u64) -> u32 {
        let found = self.hashes.binary_search_by_key(&hash, |bytes| u64::from_le_bytes(*bytes));
        found.ok().and_then(|at| self.counts.get(at)).map_or(0, |count| u32::from_le_bytes(*count))
    }

    /// The weight of a word, `ln((1 + N)/(1 + n)) + 1`: smoothed, so that it is defined for words that were not counted, and above 0.
    pub fn idf(&self, hash: u64) -> f64 {
        ((1.0 + self.texts as f64) / (1.0 + f64::from(self.texts_with(hash)))).ln() + 1.0
    }

    fn entries(&self) -> impl Iterator<Item = (u64, u32)> {
        let read = |(hash, count): (&[u8; 8], &[u8; 4])| (u64::from_le_bytes(*hash), u32::from_le_bytes(*count));
        self.hashes.iter().zip(self.counts).map(read)
    }
}
