//! How errors and counts are worded on standard error.

use std::io::Write;
use std::time::Duration;

use indicatif::HumanCount;

use crate::connection::ClientError;
use crate::width::visible_char;

/// `error[HT0101]: …`, further lines of the message as they are, the hint, and the statement's id; always ends with a line feed.
pub(crate) fn error_text(error: &ClientError) -> String {
    let code = error.code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
    let mut text = format!("error{code}: {}\n", error.message.trim_end());
    if let Some(hint) = &error.hint {
        text.push_str(&format!("  hint: {}\n", hint.trim_end()));
    }
    if let Some(query) = &error.query {
        text.push_str(&format!("  query: {query}\n"));
    }
    harmless(&text)
}

/// Writes an error for a person; a closed standard error is nobody's problem.
pub(crate) fn tell_error(err: &mut (dyn Write + Send), error: &ClientError) {
    tell(err, &error_text(error));
}

/// Writes text for a person at once.
pub(crate) fn tell(err: &mut (dyn Write + Send), text: &str) {
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// `1 row`, `1,234 rows`.
pub(crate) fn rows(count: u64) -> String {
    format!("{} row{}", HumanCount(count), if count == 1 { "" } else { "s" })
}

/// `0.012 s`, `12.3 s`, `2 min 05 s`, `3 h 02 min`.
pub(crate) fn time(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..10 => format!("{:.3} s", elapsed.as_secs_f64()),
        10..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Messages quote data, so they are escaped like data; only line feeds keep their meaning, and tabs become spaces so
/// that a caret below still points at its place.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => safe.push('\n'),
            '\t' => safe.push(' '),
            c => visible_char(c, &mut safe),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
