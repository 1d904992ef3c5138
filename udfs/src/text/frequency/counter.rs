use std::collections::HashMap;

use twox_hash::XxHash64;

use super::{ENTRY, Frequencies, HEADER, MAGIC};

/// Counts in how many texts each word occurs. What it writes does not depend on the order of texts, nor on how they were split.
#[derive(Debug, Default)]
pub struct Counter {
    texts: u64,
    words: u64,
    counts: HashMap<u64, u32>,
    /// Of the text at hand.
    hashes: Vec<u64>,
}

impl Counter {
    /// Counts a text by its words; a word counts once, however often it occurs.
    pub fn add<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        self.hashes.clear();
        self.hashes.extend(words.into_iter().map(|word| XxHash64::oneshot(0, word.as_bytes())));
        self.texts += 1;
        self.words += self.hashes.len() as u64;
        self.hashes.sort_unstable();
        self.hashes.dedup();
        for &hash in &self.hashes {
            let count = self.counts.entry(hash).or_insert(0);
            *count = count.saturating_add(1);
        }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Frequencies<'_>) {
        self.texts = self.texts.saturating_add(other.texts);
        self.words = self.words.saturating_add(other.words);
        for (hash, count) in other.entries() {
            let own = self.counts.entry(hash).or_insert(0);
            *own = own.saturating_add(count);
        }
    }

    /// As the module describes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries: Vec<(u64, u32)> = self.counts.iter().map(|(&hash, &count)| (hash, count)).collect();
        entries.sort_unstable();
        let mut bytes = Vec::with_capacity(HEADER + entries.len() * ENTRY);
        bytes.extend_from_slice(&MAGIC);
        [self.texts, self.words].iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        entries.iter().for_each(|(hash, _)| bytes.extend_from_slice(&hash.to_le_bytes()));
        entries.iter().for_each(|(_, count)| bytes.extend_from_slice(&count.to_le_bytes()));
        bytes
    }

    /// Memory on the heap, in bytes: a table keeps an eighth of its places free, and a byte for each.
    pub fn bytes(&self) -> usize {
        self.counts.capacity() * 8 / 7 * (size_of::<(u64, u32)>() + 1) + self.hashes.capacity() * size_of::<u64>()
    }
}
