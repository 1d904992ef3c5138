//! The one error type that crosses crate borders and reaches users.
//!
//! An error says which of the registered things happened ([`Code`]), in one line what about (`message`), what to try
//! (`hint`), and where in the text the user gave (`place`). The source is for the log; it is not repeated in the message.
//! How a kind becomes an SQLSTATE, a gRPC status or an HTTP status is decided at the doors.

mod code;
mod kind;
mod suggest;

use std::fmt;
use std::sync::Arc;

pub use code::Code;
pub use kind::Kind;
pub use suggest::suggest;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Cheap to clone, so that one failure can be told to many waiters.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    /// One line, lower case, no full stop, user text in backticks.
    pub message: String,
    /// What to try next, as one sentence in the same style.
    pub hint: Option<String>,
    pub place: Option<Place>,
    /// The statement that failed, as the history of statements and the log name it.
    pub query: Option<Arc<String>>,
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: one_line(message.into()), hint: None, place: None, query: None, source: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds "did you mean" when one of `candidates` is close to `word`.
    #[must_use]
    pub fn with_suggestion<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match suggest(word, candidates) {
            Some(close) => self.with_hint(format!("did you mean `{close}`?")),
            None => self,
        }
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Names the statement, unless one is named already.
    #[must_use]
    pub fn of_query(mut self, id: &str) -> Self {
        self.query.get_or_insert_with(|| Arc::new(id.to_owned()));
        self
    }

    /// The statement that failed, where it is known.
    pub fn query(&self) -> Option<&str> {
        self.query.as_ref().map(|query| query.as_str())
    }

    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    pub fn kind(&self) -> Kind {
        self.code.kind()
    }
}

/// Only the message: the code, the hint and the place are shown by whoever lays out the report.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A position in text that the user gave, both counted from one; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// The place of a byte offset; an offset inside a character or past the end is moved to the nearest start before it.
    pub fn of_offset(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |found: usize| u32::try_from(found).unwrap_or(u32::MAX - 1) + 1;
        Self { line: count(before.matches('\n').count()), column: count(before[line_start..].chars().count()) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Messages of libraries may span lines; logs and protocol frames may not.
fn one_line(message: String) -> String {
    if !message.contains(['\n', '\r']) {
        return message;
    }
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
