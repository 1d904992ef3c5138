//! Runs of characters.

/// All runs of `n` characters, from left to right; a text that is shorter is its only run, an empty one has none. `n` of 0 gives
/// nothing.
pub fn ngrams(text: &str, n: usize) -> impl Iterator<Item = &str> {
    // The place where a run of n ends, ahead of the place where it starts by n characters.
    let mut ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut starts = text.char_indices().map(|(at, _)| at);
    let first = n.checked_sub(1).and_then(|before| ends.nth(before));
    let only = (first.is_none() && n > 0 && !text.is_empty()).then_some(text);
    let runs = first.into_iter().chain(ends).filter_map(move |end| starts.next().map(|start| &text[start..end]));
    let wanted = if n == 0 { 0 } else { usize::MAX };
    only.into_iter().chain(runs).take(wanted)
}
