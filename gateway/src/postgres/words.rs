//! Statements as words, for those that the door reads itself.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};
use huitong_catalog::{Code, Error, Result};

/// The first word of a statement, behind spaces and comments.
pub fn first_word(sql: &str) -> &str {
    let is_gap = |c: char| c.is_whitespace() || c == ';';
    let mut rest = sql.trim_start_matches(is_gap);
    loop {
        let comment = match rest.get(..2) {
            Some("--") => rest.find('\n').map(|end| end + 1),
            Some("/*") => rest.find("*/").map(|end| end + 2),
            _ => break,
        };
        rest = rest.get(comment.unwrap_or(rest.len())..).unwrap_or_default().trim_start_matches(is_gap);
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    &rest[..end]
}

/// A word, a value or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// Whether it may be a keyword.
    pub bare: bool,
    /// Where it begins.
    pub at: Location,
}

/// None if the text cannot be cut into words; the engine says what is wrong with it.
pub fn parts(sql: &str) -> Option<Vec<Part>> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let parts = tokens.into_iter().filter_map(|token| {
        let (text, bare) = match token.token {
            Token::Whitespace(_) | Token::SemiColon | Token::EOF => return None,
            Token::Word(word) if word.quote_style.is_none() => (word.value.to_lowercase(), true),
            Token::Word(word) => (word.value, false),
            Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => (text, false),
            other => (other.to_string(), true),
        };
        Some(Part { text, bare, at: token.span.start })
    });
    Some(parts.collect())
}

/// What is left of a statement.
pub struct Words<'a>(pub &'a [Part]);

impl Words<'_> {
    pub fn end(&self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(part) => Err(Error::new(Code::SYNTAX, format!("`{}` is not expected there", part.text))),
        }
    }

    pub fn next(&mut self) -> String {
        match self.0.split_first() {
            Some((part, rest)) => {
                self.0 = rest;
                part.text.clone()
            }
            None => String::new(),
        }
    }

    pub fn take(&mut self, word: &str) -> bool {
        let found = self.0.first().is_some_and(|part| part.bare && part.text == word);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    pub fn skip(&mut self, words: &[&str]) -> &mut Self {
        if words.iter().any(|word| self.0.first().is_some_and(|part| part.bare && part.text == *word)) {
            self.0 = &self.0[1..];
        }
        self
    }
}

/// That a statement is understood and cannot be had.
pub fn refused(what: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported"))
}
