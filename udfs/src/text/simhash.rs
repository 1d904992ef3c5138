//! SimHash (Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002): 64 bits, of which those of similar
//! bags of words mostly agree.

use twox_hash::XxHash64;

/// Bit by bit what most words say; each word says XXH64 of its bytes (seed 0), and counts as often as it occurs. Nothing for no
/// words.
pub fn simhash64<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<u64> {
    let mut votes = [0_i32; 64];
    let mut any = false;
    for word in words {
        any = true;
        let hash = XxHash64::oneshot(0, word.as_bytes());
        for (bit, votes) in votes.iter_mut().enumerate() {
            *votes = votes.saturating_add(if hash >> bit & 1 == 1 { 1 } else { -1 });
        }
    }
    any.then(|| votes.iter().enumerate().fold(0, |hash, (bit, &votes)| hash | u64::from(votes > 0) << bit))
}
