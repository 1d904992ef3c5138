//! Which bytes are the text of a model: UTF-8 without a mark, and nothing that hides from a reviewer.

use std::sync::Arc;

use crate::contracts::mistake::{Location, Mistakes, Refusal};
use crate::error::Place;

const SAVE: &str = "save the file as UTF-8 (without BOM) and try again";

pub fn decode<'a>(file: &Arc<str>, bytes: &'a [u8], mistakes: &mut Mistakes) -> Option<&'a str> {
    let start = Location::start_of(file);
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        mistakes.add(&start, Refusal::new("the file begins with a byte order mark").help(SAVE));
        return None;
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        mistakes.add(&start, Refusal::new("the file is UTF-16").help(SAVE));
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.char_indices().find(|(_, c)| is_hidden(*c)) {
            None => Some(text),
            Some((offset, c)) => {
                let at = Location { file: Arc::clone(file), place: Place::of_offset(text, offset) };
                let message = format!("the character U+{:04X} cannot be seen", u32::from(c));
                mistakes.add(&at, Refusal::new(message).help("remove it"));
                None
            }
        },
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let at = Location { file: Arc::clone(file), place: Place::of_offset(&good, good.len()) };
            mistakes.add(&at, Refusal::new("the file is not UTF-8, but for example GB 18030 (GBK)").help(SAVE));
            None
        }
    }
}

/// Control characters, and those that change the order in which text is shown: what a reviewer reads is what counts.
fn is_hidden(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    control || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}')
}
