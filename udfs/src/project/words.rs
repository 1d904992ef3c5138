//! Sets of runs of two characters, as sorted numbers.

use twox_hash::XxHash64;

use crate::text::is_of_word;
use crate::text::ngrams::ngrams;

/// Adds the runs of two characters of every word: words end where there is neither letter nor digit.
pub fn add(text: &str, to: &mut Vec<i64>) {
    let words = text.split(|c: char| !is_of_word(c)).filter(|word| !word.is_empty());
    to.extend(words.flat_map(|word| ngrams(word, 2)).map(|run| XxHash64::oneshot(0, run.as_bytes()).cast_signed()));
}

/// A set of them, of a large one the `most` smallest: a bottom-k sketch (Cohen & Kaplan, "Summarizing data using bottom-k sketches",
/// PODC 2007). Sketches of sets of about one size have about the same part in common as the sets; beside a much larger set a small one has
/// less, so that likeness is missed rather than seen where there is none.
pub fn set(mut all: Vec<i64>, most: usize) -> Vec<i64> {
    all.sort_unstable();
    all.dedup();
    all.truncate(most);
    all
}

/// The part of the smaller of two sorted sets that the other one has too (the overlap coefficient of Szymkiewicz and Simpson); 0 beside
/// an empty one.
pub fn overlap(left: &[i64], right: &[i64]) -> f64 {
    let least = left.len().min(right.len());
    let shared = left.iter().filter(|member| right.binary_search(member).is_ok()).count();
    if least == 0 { 0.0 } else { shared as f64 / least as f64 }
}
