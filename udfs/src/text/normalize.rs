//! One writing for texts that differ in writing only.
//!
//! In this order: characters that show nothing are dropped (controls, joiners, directions, variation selectors); NFKC of UAX #15
//! makes one of full and half width, compatibility ideographs and squared signs (`㎡` is `m2`); letters become small; brackets of
//! any form are `(` and `)`, quotation and title marks `"` or `'`, dashes `-`, interpuncts `·`, the full stop `.`, commas `,`;
//! of blanks only one stays, between two letters or digits that are not Chinese; traditional characters become simplified.
//!
//! Private-use and unassigned code points, and emoji, stay. The result is a fixed point: normalizing it changes nothing.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::simplify::simplify;
use super::{is_common_han, is_han};

/// The text in its one writing.
pub fn normalize(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // NFKC would make the same of full width, and slower.
    shown.extend(text.chars().filter(|&c| !shows_nothing(c)).map(narrow));
    let mut written = String::with_capacity(shown.len());
    write(&compose(&shown), &mut written);
    // Small letters compose with marks that capital ones do not.
    let written = compose(&written);
    let mut out = String::with_capacity(written.len());
    simplify(&written, &mut out);
    out
}

/// The form of half width of what has one in ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// Whether NFKC changes nothing of a text of such characters alone: most Chinese texts.
fn is_composed(c: char) -> bool {
    c.is_ascii() || is_common_han(c) || matches!(c, '\u{3001}'..='\u{3011}' | '“' | '”' | '—' | '·')
}

fn compose(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_composed) {
        return Cow::Borrowed(text);
    }
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfkc().collect()),
    }
}

/// Small letters, one form of each sign, and the blanks that separate words.
fn write(text: &str, out: &mut String) {
    let (mut blank, mut after_word) = (false, false);
    for c in text.chars().filter(|&c| !shows_nothing(c)) {
        // Neither a letter nor a mark: most characters need no more questions.
        if is_common_han(c) {
            out.push(c);
            (blank, after_word) = (false, false);
            continue;
        }
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if is_combining_mark(c) {
            // Part of the letter before it.
            out.push(c);
            blank = false;
            continue;
        }
        let c = sign(c);
        let is_word = c.is_alphanumeric() && !is_han(c);
        if blank && after_word && is_word {
            out.push(' ');
        }
        (blank, after_word) = (false, is_word);
        match c {
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ if c.is_uppercase() || !c.is_lowercase() && !is_han(c) => out.extend(c.to_lowercase()),
            _ => out.push(c),
        }
    }
}

/// Controls but for blanks, and code points that only change how others look or run.
fn shows_nothing(c: char) -> bool {
    match c {
        '\0'..='\u{7E}' => c.is_control() && !c.is_whitespace(),
        '\u{3000}'..='\u{9FFF}' => false,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => true,
        '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' => true,
        _ => c.is_control() && !c.is_whitespace(),
    }
}

/// The one form of a sign, after NFKC.
fn sign(c: char) -> char {
    match c {
        '[' | '{' | '【' | '〔' | '〖' | '〘' | '〚' | '⟨' => '(',
        ']' | '}' | '】' | '〕' | '〗' | '〙' | '〛' | '⟩' => ')',
        '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' | '〈' | '〉' | '〝' | '〞' => {
            '"'
        }
        '‘' | '’' | '‚' | '‛' | '`' | '′' => '\'',
        '‐' | '‒' | '–' | '—' | '―' | '−' | '─' | '━' => '-',
        '•' | '・' | '‧' | '∙' | '⋅' => '·',
        '〜' | '∼' => '~',
        '、' => ',',
        '。' => '.',
        other => other,
    }
}
