//! Jaro similarity and Winkler's adjustment of it.
//!
//! M. A. Jaro, "Advances in record-linkage methodology as applied to matching the 1985 census of Tampa, Florida", JASA 84 (1989);
//! W. E. Winkler, "String comparator metrics and enhanced decision rules in the Fellegi–Sunter model of record linkage", ASA
//! Section on Survey Research Methods (1990). Constants as DuckDB (and rapidfuzz) have them, so that models move between the
//! two: prefix weight 0.1 up to four characters, only above a similarity of 0.7, half transpositions rounded down, and 0 for an
//! empty text, also beside another empty one.
//!
//! A character of one text is assigned to the first free equal one of the other within half the longer length. Per character,
//! that is a merge of two sorted lists of places, so the work is linear in the lengths however long the texts are.

use std::collections::HashMap;

use super::characters::{Measure, Scratch, Symbol, Work};

const PREFIX_WEIGHT: f64 = 0.1;
const PREFIX_MOST: usize = 4;
const BOOSTED_ABOVE: f64 = 0.7;
/// Texts up to so many characters are marked in the bits of one word.
const WORD: usize = 64;
const NONE: u32 = u32::MAX;

/// From 0 (no character in common) to 1 (equal).
pub fn jaro(left: &str, right: &str, scratch: &mut Scratch) -> f64 {
    scratch.compare(left, right, Jaro { prefix: false })
}

/// Jaro similarity, nearer to 1 for texts that begin alike.
pub fn jaro_winkler(left: &str, right: &str, scratch: &mut Scratch) -> f64 {
    scratch.compare(left, right, Jaro { prefix: true })
}

struct Jaro {
    prefix: bool,
}

impl Measure for Jaro {
    type Answer = f64;

    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> f64 {
        let similarity = similarity(left, right, &mut work.jaro);
        if !self.prefix || similarity <= BOOSTED_ABOVE {
            return similarity;
        }
        let alike = left.iter().zip(right).take(PREFIX_MOST).take_while(|(left, right)| left == right).count();
        (similarity + alike as f64 * PREFIX_WEIGHT * (1.0 - similarity)).min(1.0)
    }
}

fn similarity<S: Symbol>(left: &[S], right: &[S], lists: &mut Lists) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let window = (left.len().max(right.len()) / 2).saturating_sub(1);
    let (common, unequal) = match left.len() <= WORD && right.len() <= WORD {
        true => lists.short(left, right, window),
        false => lists.long(left, right, window),
    };
    if common == 0 {
        return 0.0;
    }
    let common_number = common as f64;
    let transposed = (unequal / 2) as f64;
    let in_left = common_number / left.len() as f64;
    let in_right = common_number / right.len() as f64;
    (in_left + in_right + (common_number - transposed) / common_number) / 3.0
}

/// Where which characters are.
#[derive(Debug)]
pub(super) struct Lists {
    /// Places of each byte in a short text, as bits; all 0 between calls.
    places: Box<[u64; 256]>,
    first: HashMap<u32, u32>,
    /// The next place of the same character.
    next: Vec<u32>,
    left_found: Vec<bool>,
    right_found: Vec<bool>,
}

impl Default for Lists {
    fn default() -> Self {
        Lists {
            places: Box::new([0; 256]),
            first: HashMap::new(),
            next: Vec::new(),
            left_found: Vec::new(),
            right_found: Vec::new(),
        }
    }
}

impl Lists {
    /// Characters in common, and how many of them stand in another order.
    fn short<S: Symbol>(&mut self, left: &[S], right: &[S], window: usize) -> (usize, usize) {
        if size_of::<S>() > 1 {
            let places = |symbol: S| {
                left.iter().enumerate().fold(0, |bits, (place, other)| bits | u64::from(*other == symbol) << place)
            };
            return in_bits(left, right, window, places);
        }
        let place = |symbol: S| (symbol.into() & 0xff) as usize;
        left.iter().enumerate().for_each(|(at, symbol)| self.places[place(*symbol)] |= 1 << at);
        let found = in_bits(left, right, window, |symbol| self.places[place(symbol)]);
        left.iter().for_each(|symbol| self.places[place(*symbol)] = 0);
        found
    }

    fn long<S: Symbol>(&mut self, left: &[S], right: &[S], window: usize) -> (usize, usize) {
        self.index(left);
        self.left_found.clear();
        self.left_found.resize(left.len(), false);
        self.right_found.clear();
        self.right_found.resize(right.len(), false);
        for (at, symbol) in right.iter().enumerate() {
            let Some(head) = self.first.get_mut(&(*symbol).into()) else { continue };
            // What lies before the window now also lies before all later ones.
            while *head != NONE && (*head as usize) + window < at {
                *head = self.next[*head as usize];
            }
            if *head != NONE && *head as usize <= at + window {
                self.left_found[*head as usize] = true;
                self.right_found[at] = true;
                *head = self.next[*head as usize];
            }
        }
        let of_left = left.iter().zip(&self.left_found).filter(|(_, found)| **found);
        let of_right = right.iter().zip(&self.right_found).filter(|(_, found)| **found);
        of_left.zip(of_right).fold((0, 0), |(common, unequal), ((left, _), (right, _))| {
            (common + 1, unequal + usize::from(left != right))
        })
    }

    /// Texts of SQL are shorter than 2³² − 1 bytes, so places fit.
    fn index<S: Symbol>(&mut self, left: &[S]) {
        self.first.clear();
        self.next.clear();
        self.next.resize(left.len(), NONE);
        for (at, symbol) in left.iter().enumerate().rev() {
            if let Some(after) = self.first.insert((*symbol).into(), at as u32) {
                self.next[at] = after;
            }
        }
    }
}

fn in_bits<S: Symbol>(left: &[S], right: &[S], window: usize, places: impl Fn(S) -> u64) -> (usize, usize) {
    let (mut left_found, mut right_found) = (0_u64, 0_u64);
    let end = left.len() - 1;
    for (at, symbol) in right.iter().enumerate() {
        let from = at.saturating_sub(window);
        if from > end {
            break;
        }
        let within = (u64::MAX << from) & (u64::MAX >> (WORD - 1 - end.min(at + window)));
        let free = places(*symbol) & within & !left_found;
        left_found |= free & free.wrapping_neg();
        right_found |= u64::from(free != 0) << at;
    }
    let common = left_found.count_ones() as usize;
    let mut unequal = 0;
    while left_found != 0 {
        let (of_left, of_right) = (left_found.trailing_zeros() as usize, right_found.trailing_zeros() as usize);
        unequal += usize::from(left[of_left] != right[of_right]);
        left_found &= left_found - 1;
        right_found &= right_found - 1;
    }
    (common, unequal)
}
