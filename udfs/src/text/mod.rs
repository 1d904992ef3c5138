//! Chinese texts that mean the same, made equal or comparable: writing, sound, words, and sketches of sets of words.
//!
//! Plain functions on texts and slices; [`sql`] makes them functions of columns. No text is an error: what a function does not
//! know it leaves as it is. All of it takes time in proportion to the text, whatever the text is. Dictionaries are part of the
//! program and are read once per process.

pub mod frequency;
pub mod minhash;
pub mod ngrams;
pub mod normalize;
mod pages;
pub mod pinyin;
pub mod quantities;
pub mod simhash;
pub mod simplify;
pub mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod variants;

/// A Chinese character: ideographs with their extensions, the iteration mark and the written zero.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' | '々' | '〇')
}

/// Ideographs of the two blocks that most texts are written in. Every code point of them is one, which the tables of Unicode need not be
/// asked for.
pub(crate) fn is_common_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}')
}

/// A letter or digit of any writing.
pub(crate) fn is_of_word(c: char) -> bool {
    is_common_han(c) || c.is_alphanumeric()
}

/// A code point that everybody may use as he likes; old systems kept rare characters there, each its own.
pub fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}
