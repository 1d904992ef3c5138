//! Names by their last words.

use crate::text::is_han;

/// The shortest beginning of a text that is a name of `characters` (with the word), ends in one of the words (the longest at a place comes
/// first in the list), and may be followed by what follows. `None` when a character comes that no such name has.
pub fn name<'a>(
    text: &'a str,
    words: &[&str],
    characters: std::ops::RangeInclusive<usize>,
    may_have: impl Fn(char) -> bool,
    may_follow: impl Fn(&str, &str) -> bool,
) -> Option<(&'a str, &'a str)> {
    for (count, (at, c)) in text.char_indices().enumerate().take(*characters.end()) {
        if count > 0 {
            let word = words.iter().find(|word| text[at..].starts_with(*word));
            let end = word.map(|word| (count + word.chars().count(), at + word.len()));
            if let Some((_, end)) = end.filter(|(length, _)| characters.contains(length)) {
                let (name, rest) = text.split_at(end);
                if may_follow(name, rest) {
                    return Some((name, rest));
                }
            }
        }
        if !may_have(c) {
            return None;
        }
    }
    None
}

/// A character of names of divisions and neighbourhoods: no road or house number comes before them.
pub fn of_place(c: char) -> bool {
    is_han(c) && !matches!(c, '路' | '街' | '巷' | '弄' | '号' | '幢' | '栋')
}

/// The text after the first of the words with which it begins.
pub fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| text.strip_prefix(word))
}
