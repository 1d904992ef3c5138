use twox_hash::XxHash64;

use super::Frequencies;

/// Term frequency saturates at this rate, and length counts this much: the values of Robertson & Zaragoza.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The words of a text by hash, each with how often it occurs.
#[derive(Debug, Default)]
pub struct Bag {
    entries: Vec<(u64, u32)>,
    words: u32,
}

impl Bag {
    /// Takes the words of another text in place of those that it has.
    pub fn fill<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        self.entries.clear();
        self.entries.extend(words.into_iter().map(|word| (XxHash64::oneshot(0, word.as_bytes()), 1)));
        self.words = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.sort_unstable();
        self.entries.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
    }

    fn count(&self, hash: u64) -> u32 {
        self.entries.binary_search_by_key(&hash, |entry| entry.0).map_or(0, |at| self.entries[at].1)
    }
}

/// The cosine of two texts, each word weighing `count · idf` (Salton & Buckley, "Term-weighting approaches in automatic text
/// retrieval", 1988). Between 0 and 1, the same both ways; 0 when a text has no words.
pub fn cosine(a: &Bag, b: &Bag, frequencies: &Frequencies<'_>) -> f64 {
    let weigh = |bag: &Bag| -> f64 {
        bag.entries.iter().map(|&(hash, count)| (f64::from(count) * frequencies.idf(hash)).powi(2)).sum()
    };
    let (fewer, more) = if a.entries.len() <= b.entries.len() { (a, b) } else { (b, a) };
    let shared = fewer.entries.iter().map(|&(hash, count)| match more.count(hash) {
        0 => 0.0,
        other => (f64::from(count) * f64::from(other)) * frequencies.idf(hash).powi(2),
    });
    let shared: f64 = shared.sum();
    if shared == 0.0 { 0.0 } else { (shared / (weigh(a) * weigh(b)).sqrt()).min(1.0) }
}

/// How well a text answers a query: BM25 (Robertson & Zaragoza, "The probabilistic relevance framework", 2009) with `k₁` 1.2, `b`
/// 0.75 and the weight `ln(1 + (N − n + ½)/(n + ½))`, which is never below 0. A word counts as often as the query has it. 0 when
/// nothing is shared.
pub fn bm25(query: &Bag, text: &Bag, frequencies: &Frequencies<'_>) -> f64 {
    let mean = (frequencies.words as f64 / frequencies.texts.max(1) as f64).max(1.0);
    let length = K1 * (1.0 - B + B * f64::from(text.words) / mean);
    let score = |&(hash, wanted): &(u64, u32)| {
        let count = f64::from(text.count(hash));
        let with = f64::from(frequencies.texts_with(hash));
        // A word of the text may not have been counted, or more often than texts were.
        let rest = (frequencies.texts as f64 - with).max(0.0);
        let weight = (1.0 + (rest + 0.5) / (with + 0.5)).ln();
        f64::from(wanted) * weight * count * (K1 + 1.0) / (count + length)
    };
    query.entries.iter().map(score).sum()
}
