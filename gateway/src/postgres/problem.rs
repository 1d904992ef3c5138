//! Errors and notices as messages.

use bytes::{BufMut, BytesMut};
use huitong_catalog::{Code, Error, Kind, Place};

use super::input::Broken;
use super::output::{Output, text};
use crate::sqlstate;

/// Why a statement did not come to its end.
#[derive(Debug)]
pub enum Stop {
    /// The client is told, and goes on.
    Failed(Problem),
    Broken(Broken),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// An error with the SQLSTATE that clients expect of it.
#[derive(Debug)]
pub struct Problem {
    pub error: Box<Error>,
    state: &'static str,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { state: sqlstate::of(&error), error: Box::new(error) }
    }
}

impl Problem {
    /// Where the protocol has a state of its own for what happened.
    pub fn new(state: &'static str, error: Error) -> Self {
        Self { error: Box::new(error), state }
    }

    /// The same, with the statement's id that the engine told with its own error.
    pub fn named_as(self, told: &Error) -> Self {
        match told.query() {
            Some(query) => Self { error: Box::new(self.error.of_query(query)), ..self },
            None => self,
        }
    }
}

/// Whether the connection goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Fatal,
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Warning => "WARNING",
        }
    }
}

/// Tells a problem; `sent` is the text that the client sent, with the byte at which the statement begins in it.
pub fn put(output: &mut Output, severity: Severity, problem: &Problem, sent: Option<(&str, usize)>) {
    let error = problem.error.as_ref();
    let kind = if severity == Severity::Warning { b'N' } else { b'E' };
    output.put(kind, |body| {
        field(body, b'S', severity.name());
        field(body, b'V', severity.name());
        field(body, b'C', problem.state);
        field(body, b'M', &line(error));
        if error.kind() != Kind::Internal {
            error.hint.iter().for_each(|hint| field(body, b'H', hint));
        }
        error.query().iter().for_each(|query| field(body, b'W', &format!("query {query}")));
        if let Some(position) = error.place.zip(sent).map(|(place, (sent, begins))| position(sent, begins, place)) {
            field(body, b'P', &position.to_string());
        }
        body.put_u8(0);
    });
}

/// The message; an internal error is logged under an id, and only the id is told.
fn line(error: &Error) -> String {
    if error.kind() != Kind::Internal {
        return format!("{}: {}", error.code, error.message);
    }
    let id = error.query().map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned);
    tracing::error!(id, error = %error, source = ?error.source, "internal error");
    format!("{}: internal error; the server's log has it under {id}", error.code)
}

/// Characters from the beginning of what was sent, counted from one.
fn position(sent: &str, begins: usize, place: Place) -> usize {
    let (before, statement) = sent.split_at(sent.floor_char_boundary(begins));
    let lines = statement.split_inclusive('\n').take(place.line.saturating_sub(1) as usize);
    let lines_before: usize = lines.map(|line| line.chars().count()).sum();
    before.chars().count() + lines_before + place.column.max(1) as usize
}

fn field(body: &mut BytesMut, kind: u8, value: &str) {
    body.put_u8(kind);
    text(body, value);
}

/// That somebody asked for a statement's end.
pub fn cancelled() -> Error {
    Error::new(Code::CANCELLED, "the statement was cancelled by its client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_of_all_that_was_sent() {
        let sent = "SELECT '甲';\nSELECT 1,\n  nmae FROM t";
        let begins = sent.find(';').unwrap() + 1;
        // The statement begins with a line break: its third line is the text's third too.
        let position = position(sent, begins, Place { line: 3, column: 3 });
        assert_eq!(sent.chars().skip(position - 1).take(4).collect::<String>(), "nmae");
    }
}
