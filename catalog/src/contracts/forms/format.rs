//! Formats: which validator the values of a column have to pass.

use std::fmt;
use std::str::FromStr;

use crate::contracts::mistake::{Refusal, shown};
use crate::contracts::vocabulary::stored_as_text;

/// A named validator, or a regular expression. What the names check is code elsewhere; here they are only chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Citizen numbers (GB 11643), check character included.
    Gb11643,
    /// Unified social credit codes (GB 32100), check character included.
    Gb32100,
    /// The whole value matches. The expression is valid, and small enough to be compiled.
    Regex(String),
}

/// Of the expression and of what it compiles to.
const REGEX_BYTES_MAX: usize = 1000;
const COMPILED_BYTES_MAX: usize = 1 << 20;

impl Format {
    /// The validators with a name.
    pub const NAMES: &'static [&'static str] = &["gb11643", "gb32100"];

    /// The expression with its ends fixed, for whoever compiles it.
    pub fn anchored(expression: &str) -> String {
        format!(r"\A(?:{expression})\z")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gb11643 => f.write_str("gb11643"),
            Self::Gb32100 => f.write_str("gb32100"),
            Self::Regex(expression) => write!(f, "regex: {expression}"),
        }
    }
}

impl FromStr for Format {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text.trim() {
            "gb11643" => Ok(Self::Gb11643),
            "gb32100" => Ok(Self::Gb32100),
            other => match other.strip_prefix("regex:") {
                Some(expression) => read_regex(expression.trim()),
                None => Err(unknown(other)),
            },
        }
    }
}

fn unknown(text: &str) -> Refusal {
    let refusal = Refusal::new(format!("`{}` is no format", shown(text)));
    match crate::error::suggest(text, Format::NAMES.iter().copied()) {
        Some(close) => refusal.help(format!("did you mean `{close}`?")),
        None => refusal.help(format!("there is: {}, and 'regex: …' in quotes", Format::NAMES.join(", "))),
    }
}

fn read_regex(expression: &str) -> Result<Format, Refusal> {
    if expression.is_empty() || expression.len() > REGEX_BYTES_MAX {
        return Err(Refusal::new(format!("a regular expression has 1 to {REGEX_BYTES_MAX} bytes")));
    }
    // Alone first: `a)(b` is valid only between our brackets.
    for text in [expression.to_owned(), Format::anchored(expression)] {
        let built = regex::RegexBuilder::new(&text).size_limit(COMPILED_BYTES_MAX).build();
        if let Err(error) = built {
            // The library draws a picture over several lines; its last line says what is wrong.
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            return Err(Refusal::new(format!("`{}` is no regular expression: {why}", shown(expression))));
        }
    }
    Ok(Format::Regex(expression.to_owned()))
}

stored_as_text!(Format);
