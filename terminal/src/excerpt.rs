//! The place of an error in a statement: its line, and a caret below. A long line is shown as a window around the
//! place, so that the caret stays near what it points at.

use unicode_segmentation::UnicodeSegmentation;

use crate::width::{Ambiguous, truncate, visible_char, width};

/// Columns when the window's width is not known.
const COLUMNS: usize = 120;
/// Below this the window around the place says too little.
const ROOM_MIN: usize = 20;
const CUT: &str = "…";

/// The columns for what goes to standard error: the window's, or a fixed number when it is not a terminal.
pub fn stderr_columns() -> usize {
    let term = console::Term::stderr();
    let columns = term.size_checked().filter(|_| term.is_term()).map(|(_, columns)| usize::from(columns));
    columns.filter(|&columns| columns > 0).unwrap_or(COLUMNS)
}

/// `LINE 3: …` and below it a caret, in at most `columns` columns; `line` and `column` count from 1, columns in
/// characters. None when the statement has no such line.
pub fn excerpt(sql: &str, line: usize, column: usize, columns: usize) -> Option<String> {
    let text = sql.lines().nth(line.checked_sub(1)?)?;
    let place = text.char_indices().nth(column.checked_sub(1)?).map_or(text.len(), |(offset, _)| offset);
    let (before, after) = text.split_at(place);
    let label = format!("LINE {line}: ");
    // The last column stays free: some terminals wrap when it is filled.
    let room = columns.saturating_sub(label.len() + 1).max(ROOM_MIN);
    let (before, after) = window(&shown(before), &shown(after), room);
    let blank = " ".repeat(label.len() + columns_of(&before));
    Some(format!("{label}{before}{after}\n{blank}^"))
}

/// The ends of `before` and `after` that are nearest to the place between them, together in `room` columns.
fn window(before: &str, after: &str, room: usize) -> (String, String) {
    let (left, right) = (columns_of(before), columns_of(after));
    // Each side gets half, and what the other leaves.
    let before = truncate_start(before, left.min((room / 2).max(room.saturating_sub(right))));
    let after = truncate(after, room.saturating_sub(columns_of(&before)), Ambiguous::Narrow).into_owned();
    (before, after)
}

/// `text` in at most `max` columns, beginning with `…` when something was cut.
fn truncate_start(text: &str, max: usize) -> String {
    if columns_of(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(columns_of(CUT));
    let mut used = 0;
    let mut start = text.len();
    for (offset, cluster) in text.grapheme_indices(true).rev() {
        used += columns_of(cluster);
        if used > room {
            break;
        }
        start = offset;
    }
    format!("{CUT}{}", &text[start..])
}

fn columns_of(text: &str) -> usize {
    width(text, Ambiguous::Narrow)
}

/// As messages are shown: nothing moves the cursor, and a tab is a blank.
fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push(' '),
            c => visible_char(c, &mut safe),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
