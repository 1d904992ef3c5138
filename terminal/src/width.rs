//! How many columns a text takes on a terminal, and how to make any text safe to show there.
//!
//! Widths follow Unicode Standard Annex #11 (East Asian Width): wide and full-width characters take two columns,
//! combining marks none. *Ambiguous* characters (`“`, `①`, `…`) take one column on most terminals and two on some set
//! up for Chinese, so that is a parameter. Text is cut between grapheme clusters (UAX #29), never inside one.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How wide this terminal draws ambiguous characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ambiguous {
    /// One column, as nearly every terminal does today.
    #[default]
    Narrow,
    /// Two columns, as legacy Chinese consoles do.
    Wide,
}

/// The columns `text` takes. Meaningful for text without control characters, which [`visible`] gives.
pub fn width(text: &str, ambiguous: Ambiguous) -> usize {
    match ambiguous {
        Ambiguous::Narrow => text.width(),
        Ambiguous::Wide => text.width_cjk(),
    }
}

/// `text` in at most `max` columns, ending in `…` when something was cut.
pub fn truncate(text: &str, max: usize, ambiguous: Ambiguous) -> Cow<'_, str> {
    // A text never has more columns than bytes, except for ambiguous two-byte characters drawn wide, which still take
    // two.
    if text.len() <= max || width(text, ambiguous) <= max {
        return Cow::Borrowed(text);
    }
    let mark = "…";
    let Some(room) = max.checked_sub(width(mark, ambiguous)) else {
        return Cow::Owned(".".repeat(max));
    };
    let mut cut = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += width(cluster, ambiguous);
        if used > room {
            break;
        }
        cut.push_str(cluster);
    }
    cut.push_str(mark);
    Cow::Owned(cut)
}

/// `text` with everything that could move the cursor, hide or reorder text shown as an escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| visible_char(c, &mut safe));
    Cow::Owned(safe)
}

/// Appends `c`, or its escape.
pub(crate) fn visible_char(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !is_hostile(c) => out.push(c),
        c if u32::from(c) < 0x100 => drop(write!(out, "\\x{:02x}", u32::from(c))),
        c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
    }
}

/// Controls (C0, DEL, C1), line and paragraph separators, the bidirectional controls of UAX #9 and invisible spaces.
/// The joiners that emoji and some scripts need are not among them.
fn is_hostile(c: char) -> bool {
    let hidden = matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}');
    let moving = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || hidden || moving
}

#[cfg(test)]
mod tests;
