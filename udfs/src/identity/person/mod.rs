//! Names of persons: where the surname ends, how the name sounds, and what of it stays equal however it is written.
//!
//! Registers write one name in several ways: in traditional or simplified characters, with variants (昇/升), with one of half a dozen
//! interpuncts or none, with `?`, a box, a private code point or capital Pinyin in place of a rare character. [`read`] answers for
//! every text; what it cannot tell is left out.

mod surnames;
#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::pinyin::push_reading;
use crate::text::variants::common_form;
use crate::text::{is_han, is_private};

/// What a name says. Nothing of it is there for a text without letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// In the common form of its characters: one or two of them. None for names with an interpunct, for Chinese ones of five
    /// characters and more without a compound surname, and for those in Latin letters without a comma.
    pub surname: Option<String>,
    /// The rest of the name as it is written, in half width and without blanks between Chinese characters; of a name with an
    /// interpunct all of it, with `·`.
    pub given: Option<String>,
    /// Syllables without tones, `?` for a lost character: surnames as surnames are read, other characters in their commonest
    /// reading.
    pub pinyin: Option<String>,
    /// Equal for names that differ in width, blanks, interpuncts, traditional and simplified characters or variants.
    pub variant_key: Option<String>,
}

/// A character of a Chinese name, or what stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Character(char),
    /// Pinyin in place of a character, or other letters and digits.
    Letters(String),
    Lost,
    Interpunct,
}

/// Reads a name; what follows a bracket is a remark and not part of it.
pub fn read(name: &str) -> PersonName {
    let written: Vec<char> = name.nfkc().collect();
    let remark = written.iter().skip(1).position(|&c| matches!(c, '(' | '[' | '【' | '〔'));
    let written = &written[..remark.map_or(written.len(), |at| at + 1)];
    if written.iter().any(|&c| is_han(c)) { chinese(&parts(written)) } else { foreign(written) }
}

fn chinese(parts: &[Part]) -> PersonName {
    let split = surname_length(parts);
    let (surname, given) = parts.split_at(split);
    PersonName {
        surname: text(surname, common_form),
        given: text(given, |c| c),
        pinyin: Some(pinyin(surname, given)),
        variant_key: text(&parts.iter().filter(|p| **p != Part::Interpunct).cloned().collect::<Vec<_>>(), common_form),
    }
}

/// How many characters the surname has.
fn surname_length(parts: &[Part]) -> usize {
    let character = |at: usize| match parts.get(at) {
        Some(Part::Character(c)) => Some(common_form(*c)),
        _ => None,
    };
    let Some(first) = character(0).filter(|_| !parts.contains(&Part::Interpunct)) else { return 0 };
    let compound = character(1).is_some_and(|second| surnames::is_compound(first, second));
    // A married woman's: her husband's surname before her own.
    let double = || surnames::is_single(first) && character(1).is_some_and(surnames::is_single);
    match parts.len() {
        1 => usize::from(surnames::is_single(first)),
        3..=5 if compound => 2,
        4 if double() => 2,
        2..=4 => 1,
        _ => 0,
    }
}

fn text(parts: &[Part], form: impl Fn(char) -> char) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Character(c) => text.push(form(*c)),
            Part::Letters(letters) => text.push_str(letters),
            Part::Lost => text.push('?'),
            Part::Interpunct => text.push('·'),
        }
    }
    (!text.is_empty()).then_some(text)
}

fn pinyin(surname: &[Part], given: &[Part]) -> String {
    let mut out = String::new();
    let known = text(surname, common_form).and_then(|surname| surnames::reading(&surname));
    out.push_str(known.unwrap_or_default());
    let rest = if known.is_some() { &[] } else { surname };
    for part in rest.iter().chain(given).filter(|part| **part != Part::Interpunct) {
        if !out.is_empty() {
            out.push(' ');
        }
        match part {
            Part::Character(c) => push_reading(simple(*c), &mut out),
            // As passports have it, the keyboard's `v` is `yu`.
            Part::Letters(letters) if letters == "lyu" || letters == "nyu" => out.extend([&letters[..1], "v"]),
            Part::Letters(letters) => out.push_str(letters),
            Part::Lost | Part::Interpunct => out.push('?'),
        }
    }
    out
}

/// The simplified form, so that both forms are read alike.
fn simple(c: char) -> char {
    let mut simple = String::new();
    crate::text::simplify::simplify(c.encode_utf8(&mut [0; 4]), &mut simple);
    simple.chars().next().unwrap_or(c)
}

fn parts(written: &[char]) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    let mut in_letters = false;
    for (at, &c) in written.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| written.get(at)).is_some_and(|&c| is_han(c) || is_lost(c));
        let is_dot = matches!(c, '·' | '•' | '・' | '‧' | '∙' | '⋅')
            || matches!(c, '.' | '。') && beside(at.checked_sub(1)) && beside(Some(at + 1));
        let continues = std::mem::replace(&mut in_letters, false);
        if is_han(c) {
            parts.push(Part::Character(c));
        } else if is_lost(c) {
            parts.push(Part::Lost);
        } else if is_dot {
            // Several are one, and one at the end is none.
            if !matches!(parts.last(), None | Some(Part::Interpunct)) {
                parts.push(Part::Interpunct);
            }
        } else if c.is_alphanumeric() {
            in_letters = true;
            match parts.last_mut() {
                Some(Part::Letters(letters)) if continues => letters.extend(c.to_lowercase()),
                _ => parts.push(Part::Letters(c.to_lowercase().collect())),
            }
        }
    }
    if parts.last() == Some(&Part::Interpunct) {
        parts.pop();
    }
    parts
}

/// What systems wrote for a character that they could not; private code points differ from system to system.
fn is_lost(c: char) -> bool {
    matches!(c, '?' | '*' | '□' | '■' | '〓' | '\u{FFFD}') || is_private(c)
}

/// A name in other letters: small, without accents, the surname last if a comma tells which it is.
fn foreign(written: &[char]) -> PersonName {
    let text: String = written.iter().collect();
    let (before, after) = text.split_once(',').map_or((None, text.as_str()), |(before, after)| (Some(before), after));
    let (surname, given) = (before.and_then(words), words(after));
    // A comma at the end says nothing.
    let (surname, given) = if given.is_none() { (None, surname) } else { (surname, given) };
    let whole = [given.as_deref(), surname.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let whole = (!whole.is_empty()).then_some(whole);
    PersonName { surname, given, pinyin: whole.clone(), variant_key: whole }
}

fn words(text: &str) -> Option<String> {
    let plain: String = text.nfkd().filter(|&c| !is_combining_mark(c) && !matches!(c, '\'' | '’')).nfkc().collect();
    let small = plain.to_lowercase();
    let words: Vec<&str> = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
