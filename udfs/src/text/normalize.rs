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

use super::is_han;
use super::simplify::simplify;

/// The text in its one writing.
pub fn normalize(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    shown.extend(text.chars().filter(|&c| !shows_nothing(c)));
    let mut written = String::with_capacity(shown.len());
    write(&compose(&shown), &mut written);
    // Small letters compose with marks that capital ones do not.
    let written = compose(&written);
    let mut out = String::with_capacity(written.len());
    simplify(&written, &mut out);
    out
}

fn compose(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfkc().collect()),
    }
}

/// Small letters, one form of each sign, and the blanks that separate words.
fn write(text: &str, out: &mut String) {
    let (mut blank, mut after_word) = (false, false);
    for c in text.chars().filter(|&c| !shows_nothing(c)) {
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
