//! Which phase of a project a text speaks of.

use std::ops::Range;

use crate::text::quantities::{digit, spoken};

#[cfg(test)]
mod tests;

/// Characters of the word itself: in Chinese the number stands before it, in English behind.
const CHINESE: char = '期';
const ENGLISH: &str = "phase";
/// Beyond, a number is none of phases.
const MOST: u32 = 99;
/// In English a bare number beyond this is of volts or the like.
const ENGLISH_MOST: u32 = 20;
const ROMAN: [(&str, u32); 5] = [("iii", 3), ("ii", 2), ("iv", 4), ("i", 1), ("v", 5)];

/// The phase that a normalized text speaks of, from 1 to 99, and where: `(二期)`, `第2期工程`, `三期项目`, `phase ii`; the first, if there
/// are several.
pub fn phase(text: &str) -> Option<(u32, Range<usize>)> {
    chinese(text).or_else(|| english(text))
}

fn chinese(text: &str) -> Option<(u32, Range<usize>)> {
    text.match_indices(CHINESE).find_map(|(at, word)| {
        let before = &text[..at];
        let digits = before.trim_end_matches(|c: char| c.is_ascii_digit());
        let characters = before.trim_end_matches(|c| digit(c).is_some() || c == '十');
        let (number, start) = match (before.len() - digits.len(), before.len() - characters.len()) {
            (1..=2, _) => (before[digits.len()..].parse().ok(), digits.len()),
            (0, 0) => roman(before),
            (0, 1..) => {
                (spoken(&before[characters.len()..]).0.and_then(|number| number.parse().ok()), characters.len())
            }
            _ => (None, 0),
        };
        let start = if before[..start].ends_with('第') { start - '第'.len_utf8() } else { start };
        in_range(number?).map(|number| (number, start..at + word.len()))
    })
}

/// A Roman number at the end of a text, and where it begins: a word of its own.
fn roman(text: &str) -> (Option<u32>, usize) {
    let found = ROMAN.iter().find_map(|(word, number)| text.strip_suffix(word).map(|before| (before, *number)));
    match found {
        Some((before, number)) if !before.ends_with(|c: char| c.is_ascii_alphanumeric()) => {
            (Some(number), before.len())
        }
        _ => (None, 0),
    }
}

/// `three-phase` and `phases` are other words.
fn english(text: &str) -> Option<(u32, Range<usize>)> {
    text.match_indices(ENGLISH).find_map(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + ENGLISH.len()..]);
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-') {
            return None;
        }
        let word = after.trim_start().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let number = match word {
            "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            word => match ROMAN.iter().find(|(roman, _)| *roman == word) {
                Some((_, number)) => *number,
                None => word.parse().ok().filter(|number| *number <= ENGLISH_MOST)?,
            },
        };
        let end = text.len() - after.trim_start().len() + word.len();
        in_range(number).map(|number| (number, start..end))
    })
}

fn in_range(number: u32) -> Option<u32> {
    (1..=MOST).contains(&number).then_some(number)
}
