//! Jaccard similarity of two sets: how many members they share, of all that either has.
//!
//! P. Jaccard, "Étude comparative de la distribution florale dans une portion des Alpes et du Jura", Bulletin de la Société
//! Vaudoise des Sciences Naturelles 37 (1901). Two empty sets share nothing: 0, as DuckDB's measures have it for empty texts.

use super::characters::{Measure, Scratch, Symbol, Work};

/// Character n-grams up to this length are packed into one word, exactly: a character takes 21 bits.
pub const GRAM_MOST: usize = 3;

/// Of the sets of n-grams of characters of two texts, `gram` from 1 to [`GRAM_MOST`]. A text that is shorter than `gram` has none.
pub fn of_characters(left: &str, right: &str, gram: usize, scratch: &mut Scratch) -> f64 {
    scratch.compare(left, right, Grams { gram: gram.clamp(1, GRAM_MOST) })
}

/// Of two sets given as lists; both are left sorted and without repetitions.
pub fn of_lists<T: Ord>(left: &mut Vec<T>, right: &mut Vec<T>) -> f64 {
    let shared = shared(left, right);
    ratio(shared, left.len() + right.len() - shared)
}

/// How many members both sets have.
pub fn shared<T: Ord>(left: &mut Vec<T>, right: &mut Vec<T>) -> usize {
    for list in [&mut *left, &mut *right] {
        list.sort_unstable();
        list.dedup();
    }
    let (mut at, mut shared) = (0, 0);
    for member in left.iter() {
        while right.get(at).is_some_and(|other| other < member) {
            at += 1;
        }
        shared += usize::from(right.get(at) == Some(member));
    }
    shared
}

#[derive(Debug, Default)]
pub(super) struct Sets {
    left: Vec<u64>,
    right: Vec<u64>,
}

struct Grams {
    gram: usize,
}

impl Measure for Grams {
    type Answer = f64;

    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> f64 {
        if self.gram == 1 && size_of::<S>() == 1 {
            return of_bits(bits(left), bits(right));
        }
        let sets = &mut work.sets;
        collect(left, self.gram, &mut sets.left);
        collect(right, self.gram, &mut sets.right);
        of_lists(&mut sets.left, &mut sets.right)
    }
}

/// ASCII characters as a set.
fn bits<S: Symbol>(text: &[S]) -> u128 {
    text.iter().fold(0, |set, symbol| set | 1_u128 << ((*symbol).into() & 0x7f))
}

fn of_bits(left: u128, right: u128) -> f64 {
    ratio((left & right).count_ones() as usize, (left | right).count_ones() as usize)
}

fn collect<S: Symbol>(text: &[S], gram: usize, into: &mut Vec<u64>) {
    into.clear();
    let packed = |window: &[S]| window.iter().fold(0, |packed, symbol| packed << 21 | u64::from((*symbol).into()));
    into.extend(text.windows(gram).map(packed));
}

fn ratio(shared: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}
