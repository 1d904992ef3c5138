//! The longest common subsequence: what of two texts stands in the same order in both.
//!
//! `lcs_ratio` is 2·LCS / (characters of both), the normalised similarity of the distance of insertions and deletions. The length
//! comes from the bit-parallel algorithm of H. Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004: a word of the
//! machine does 64 cells, so the work is the product of the lengths over 64.

use std::collections::HashMap;

use super::TooLong;
use super::characters::{Measure, Scratch, Symbol, Work, trim_common};

/// Words of 64 cells that one comparison may cost: about half a second.
const WORDS_MOST: usize = 1 << 28;
const BITS: usize = u64::BITS as usize;

/// From 0 (nothing in common) to 1 (equal); 0 for two empty texts, as of the other measures.
///
/// # Errors
/// Two texts of which the product of the lengths is beyond some 1.7·10¹⁰ (130 000 characters each).
pub fn lcs_ratio(left: &str, right: &str, scratch: &mut Scratch) -> Result<f64, TooLong> {
    scratch.compare(left, right, Ratio)
}

struct Ratio;

impl Measure for Ratio {
    type Answer = Result<f64, TooLong>;

    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> Self::Answer {
        let both = left.len() + right.len();
        if both == 0 {
            return Ok(0.0);
        }
        let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
        let (inner_short, inner_long) = trim_common(short, long);
        let mend = "compare shorter parts of them";
        if inner_short.len().div_ceil(BITS).saturating_mul(inner_long.len()) > WORDS_MOST {
            return Err(TooLong { left: left.len(), right: right.len(), mend });
        }
        let outside = short.len() - inner_short.len();
        let length = outside + work.words.length(inner_short, inner_long);
        Ok(2.0 * length as f64 / both as f64)
    }
}

#[derive(Debug, Default)]
pub(super) struct Words {
    /// Where the places of a character begin in `places`.
    begin: HashMap<u32, usize>,
    places: Vec<u64>,
    state: Vec<u64>,
}

impl Words {
    fn length<S: Symbol>(&mut self, short: &[S], long: &[S]) -> usize {
        let words = short.len().div_ceil(BITS);
        self.index(short, words);
        self.state.clear();
        self.state.resize(words, u64::MAX);
        for symbol in long {
            let Some(begin) = self.begin.get(&(*symbol).into()) else { continue };
            let places = &self.places[*begin..*begin + words];
            let mut carry = false;
            for (state, places) in self.state.iter_mut().zip(places) {
                let matched = *state & places;
                let (sum, over) = state.overflowing_add(matched);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *state = sum | (*state - matched);
            }
        }
        // Bits beyond the end stay ones: no character has a place there.
        self.state.iter().map(|state| state.count_zeros() as usize).sum()
    }

    fn index<S: Symbol>(&mut self, short: &[S], words: usize) {
        self.begin.clear();
        self.places.clear();
        for (at, symbol) in short.iter().enumerate() {
            let begin = *self.begin.entry((*symbol).into()).or_insert_with(|| {
                let begin = self.places.len();
                self.places.resize(begin + words, 0);
                begin
            });
            self.places[begin + at / BITS] |= 1 << (at % BITS);
        }
    }
}
