//! What is wrong with a model, and where: all of it, not the first thing found.

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error, Place, suggest};

/// A position in a file of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// As whoever runs the command knows it: the directory as given, and the path within.
    pub file: Arc<str>,
    pub place: Place,
}

impl Location {
    pub fn new(file: &Arc<str>, line: usize, column: usize) -> Self {
        let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        Self { file: Arc::clone(file), place: Place { line: bounded(line), column: bounded(column) } }
    }

    /// The first character of a file.
    pub fn start_of(file: &Arc<str>) -> Self {
        Self::new(file, 1, 1)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.place)
    }
}

/// One thing that somebody has to mend before the model means anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    pub at: Location,
    /// Lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// `file:line:column: message; help`, on one line.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// How many mistakes of one file are kept; a file with more is another kind of file.
const OF_A_FILE_MAX: usize = 1000;

/// The mistakes of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    found: Vec<Mistake>,
}

impl Mistakes {
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// In the order of files, lines and columns.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.found.iter()
    }

    /// For callers that can tell one thing only: the first mistake, and how many there are (HT0801).
    pub fn into_error(self) -> Error {
        let Some(first) = self.found.first() else {
            return Error::new(Code::INTERNAL, "a model was refused without a mistake");
        };
        let message = match self.len() {
            1 => format!("{}: {}", first.at, first.message),
            n => format!("{n} mistakes in the model, the first: {}: {}", first.at, first.message),
        };
        let error = Error::new(Code::MODEL_MISTAKE, message).at(first.at.place);
        match &first.help {
            Some(help) => error.with_hint(help),
            None => error,
        }
    }

    pub(crate) fn add(&mut self, at: &Location, what: impl Into<Refusal>) {
        let Refusal { message, help } = what.into();
        self.found.push(Mistake { at: at.clone(), message: one_line(message), help: help.map(one_line) });
    }

    pub(super) fn append(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    pub(crate) fn in_order(mut self) -> Self {
        self.found.sort();
        self.found.dedup();
        let mut kept: Vec<Mistake> = Vec::with_capacity(self.found.len());
        let mut of_file = 0;
        for mistake in self.found {
            of_file = if kept.last().is_some_and(|last| last.at.file == mistake.at.file) { of_file + 1 } else { 1 };
            match of_file {
                ..=OF_A_FILE_MAX => kept.push(mistake),
                n if n == OF_A_FILE_MAX + 1 => {
                    let message = format!("there are more than {OF_A_FILE_MAX} mistakes in this file");
                    kept.push(Mistake { message, help: Some("the others are not listed".to_owned()), ..mistake });
                }
                _ => {}
            }
        }
        Self { found: kept }
    }
}

/// Why a text is not what it should be; whoever read it knows the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub help: Option<String>,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// "did you mean …" when something that exists is close, else what there is, if that is a short list.
    #[must_use]
    pub(crate) fn choose<'a>(self, word: &str, from: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        const LISTED_MAX: usize = 24;
        if let Some(close) = suggest(word, from.clone()) {
            return self.help(format!("did you mean `{close}`?"));
        }
        let listed: Vec<&str> = from.into_iter().take(LISTED_MAX + 1).collect();
        match listed.len() {
            1..=LISTED_MAX => self.help(format!("there is: {}", listed.join(", "))),
            _ => self,
        }
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { message: error.message, help: error.hint }
    }
}

/// What the user wrote, fit for a message: one line, no control characters, not too long.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    one_line(short)
}

fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) {
        return text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    }
    text
}
