//! "Did you mean": the closest of the names that exist.

/// A longer word is a paste accident, not a typing mistake; the distance is quadratic in the length.
const WORD_CHARS_MAX: usize = 128;

/// The candidate closest to `word`, if close enough to be a typing mistake; upper and lower case count as equal.
///
/// The distance is Damerau's (an insertion, deletion, substitution or swap of neighbours costs one), allowed up to a third
/// of the word, so that a word of two letters matches only itself in another case. Ties go to the earlier candidate.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length == 0 || length > WORD_CHARS_MAX {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= length / 3)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= length / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
