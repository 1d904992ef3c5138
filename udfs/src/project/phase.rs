//! Which phase of a project a text speaks of.

use std::ops::Range;

use crate::text::quantities::{digit, spoken};

#[cfg(test)]
mod tests;

/// The words themselves: in Chinese the number stands before it, in English behind.
const CHINESE: char = '期';
const STAGE: &str = "阶段";
/// With these behind it the Chinese word is another one (十四五期间, III期临床, 2期限).
const OTHER_WORDS: [&str; 9] = ["间", "临床", "货", "刊", "限", "权", "望", "末", "初"];
const ENGLISH: &str = "phase";
/// Beyond, a number is none of phases.
const MOST: u32 = 99;
/// In English a bare number beyond this is of volts or the like.
const ENGLISH_MOST: u32 = 20;
const ROMAN: [(&str, u32); 5] = [("iii", 3), ("ii", 2), ("iv", 4), ("i", 1), ("v", 5)];

/// The phase that a normalized text speaks of, from 1 to 99, and where: `(二期)`, `第2期工程`, `第三阶段`, `phase ii`; the first, if there
/// are several.
pub fn phase(text: &str) -> Option<(u32, Range<usize>)> {
    chinese(text).next().or_else(|| english(text))
}

/// The phase of which a normalized abstract says that it is the project's own (`本项目为注射器基地二期工程`); not one of which the words beside
/// it say that it is planned for later or stands already.
pub fn own_phase(text: &str) -> Option<u32> {
    chinese(text).find_map(|(number, place)| {
        let before = &text[..place.start];
        let start = before.char_indices().rev().nth(CLAUSE_MOST - 1).map_or(0, |(at, _)| at);
        let clause = before[start..].rsplit([',', '.', ';', ':']).next().unwrap_or_default();
        let behind = &text[place.end..];
        let end = behind.char_indices().nth(BEHIND_MOST).map_or(behind.len(), |(at, _)| at);
        let behind = behind[..end].split([',', '.', ';', ':']).next().unwrap_or_default();
        let is_of = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
        let is_other = is_of(&OTHERS, clause) || is_of(&OTHERS_BEHIND, behind);
        (is_of(&OWN, clause) && !is_other).then_some(number)
    })
}

/// How an abstract names the project that it is of, and what it says of other phases.
const OWN: [&str; 6] = ["本项目", "本工程", "本期", "本次", "该项目", "项目属"];
const OTHERS: [&str; 6] = ["预留", "后续", "远期", "规划", "依托", "利用"];
const OTHERS_BEHIND: [&str; 7] = ["预留", "另行", "后续", "远期", "已建", "建成", "投产"];
/// Characters before and behind a phase that are looked at.
const CLAUSE_MOST: usize = 40;
const BEHIND_MOST: usize = 12;

fn chinese(text: &str) -> impl Iterator<Item = (u32, Range<usize>)> {
    let phases = text.match_indices(CHINESE).filter_map(move |(at, word)| {
        let end = at + word.len();
        let is_other = OTHER_WORDS.iter().any(|other| text[end..].starts_with(other));
        let (number, start) = number_before(&text[..at])?;
        let start = if text[..start].ends_with('第') { start - '第'.len_utf8() } else { start };
        // 分为两期, 共三期 count them.
        let is_counted = text[..start].trim_end_matches(['为', '成', '作', '计']).ends_with(['分', '共']);
        (!is_other && !is_counted).then_some((number, start..end))
    });
    // 三阶段 is of a process as often; what is the third stage is a phase.
    let stages = text.match_indices(STAGE).filter_map(move |(at, word)| {
        let (number, start) = number_before(&text[..at])?;
        text[..start].ends_with('第').then(|| (number, start - '第'.len_utf8()..at + word.len()))
    });
    phases.chain(stages)
}

/// The number at the end of a text, and where it begins.
fn number_before(before: &str) -> Option<(u32, usize)> {
    let digits = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let characters = before.trim_end_matches(|c| digit(c).is_some() || c == '十');
    let (number, start) = match (before.len() - digits.len(), before.len() - characters.len()) {
        (1..=2, _) => (before[digits.len()..].parse().ok(), digits.len()),
        (0, 0) => roman(before),
        (0, 1..) => (spoken(&before[characters.len()..]).0.and_then(|number| number.parse().ok()), characters.len()),
        _ => (None, 0),
    };
    Some((in_range(number?)?, start))
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
