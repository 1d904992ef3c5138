//! How often a few words may stand in themselves.
//!
//! The parser counts the depth of expressions, queries and parentheses, and asks for stack before each. Some forms it reads by recursion
//! without either, so that a short text of them would end the process; and a statement that changes something it tries twice where
//! a table may stand, so that such statements in each other would take for ever. At such depths none has a use, so they are counted in
//! the text, before there is a tree.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Place, Result};

/// `INTERVAL INTERVAL …` and `ARRAY<ARRAY<…`: the parser keeps 128 KiB of stack for what it does not count, and a level takes up to 38.
const INTERVALS_MAX: usize = 2;
const ARRAYS_MAX: usize = 4;
/// `INT[][]…`.
const DIMENSIONS_MAX: usize = 16;
/// Words before another statement, in all.
const BEFORE_STATEMENTS: [(&str, usize); 2] = [("EXPLAIN", 32), ("PREPARE", 32)];
/// `IF … THEN IF …`, `WHILE … DO WHILE …`, which huitong does not run; by the words before it is told from a function's name. A CASE
/// is such a statement only at the very beginning.
const BLOCKS: [&str; 2] = ["IF", "WHILE"];
const BEFORE_BLOCKS: [&str; 4] = ["THEN", "ELSE", "DO", "BEGIN"];
const BLOCKS_MAX: usize = 4;
/// Words whose parentheses may be open so often at a time.
const OPENERS: [(&str, usize); 2] = [("TABLE", 2), ("COLUMNS", 8)];
/// `(DELETE …`, `(UPDATE …` and `(MERGE …`; columns may be called so, too.
const CHANGES: [&str; 3] = ["DELETE", "UPDATE", "MERGE"];
const CHANGES_MAX: usize = 2;

#[derive(Default)]
struct Levels<'a> {
    before: Option<&'a Token>,
    intervals: usize,
    arrays: usize,
    dimensions: usize,
    before_statements: [usize; BEFORE_STATEMENTS.len()],
    changes: usize,
    blocks: usize,
    begins_with_case: bool,
    /// The word before each parenthesis that is open, if it is one of [`OPENERS`].
    open: Vec<Option<usize>>,
    opened: [usize; OPENERS.len()],
}

/// Refuses a statement with too many levels.
pub fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let mut levels = Levels::default();
    for token in tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))) {
        levels.take(&token.token);
        if let Some((what, max)) = levels.too_many() {
            let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            let place = Place { line: narrow(token.span.start.line), column: narrow(token.span.start.column) };
            return Err(Error::new(Code::SYNTAX, format!("`{what}` stands in itself more than {max} times")).at(place));
        }
    }
    Ok(())
}

impl<'a> Levels<'a> {
    fn take(&mut self, token: &'a Token) {
        let before = self.before.replace(token);
        let follows = |known: &str| before.is_some_and(|before| is_word(before, known));
        self.intervals = if is_word(token, "INTERVAL") { self.intervals + 1 } else { 0 };
        for ((word, _), found) in BEFORE_STATEMENTS.iter().zip(&mut self.before_statements) {
            *found += usize::from(is_word(token, word));
        }
        let may_begin = before.is_none_or(|before| BEFORE_BLOCKS.iter().any(|word| is_word(before, word)));
        self.begins_with_case |= before.is_none() && is_word(token, "CASE");
        let begins = may_begin && BLOCKS.iter().any(|word| is_word(token, word));
        self.blocks += usize::from(begins || self.begins_with_case && is_word(token, "CASE"));
        match token {
            Token::Lt if follows("ARRAY") => self.arrays += 1,
            token if is_word(token, "ARRAY") && before == Some(&Token::Lt) => {}
            _ => self.arrays = 0,
        }
        match token {
            Token::RBracket if before == Some(&Token::LBracket) => self.dimensions += 1,
            Token::LBracket if before == Some(&Token::RBracket) => {}
            _ => self.dimensions = 0,
        }
        match token {
            Token::LParen => {
                let opener = OPENERS.iter().position(|(word, _)| follows(word));
                opener.iter().for_each(|at| self.opened[*at] += 1);
                self.open.push(opener);
            }
            Token::RParen => {
                if let Some(at) = self.open.pop().flatten() {
                    self.opened[at] -= 1;
                }
            }
            token if before == Some(&Token::LParen) => {
                self.changes += usize::from(CHANGES.iter().any(|word| is_word(token, word)));
            }
            _ => {}
        }
    }

    fn too_many(&self) -> Option<(&'static str, usize)> {
        let all = [
            ("INTERVAL", self.intervals, INTERVALS_MAX),
            ("ARRAY", self.arrays, ARRAYS_MAX),
            ("[]", self.dimensions, DIMENSIONS_MAX),
            ("(DELETE", self.changes, CHANGES_MAX),
            ("IF", self.blocks, BLOCKS_MAX),
        ];
        let words =
            OPENERS.into_iter().zip(self.opened).chain(BEFORE_STATEMENTS.into_iter().zip(self.before_statements));
        all.into_iter()
            .chain(words.map(|((word, max), found)| (word, found, max)))
            .find(|(_, found, max)| found > max)
            .map(|(word, _, max)| (word, max))
    }
}

fn is_word(token: &Token, known: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::tokens;

    fn told(begin: &str, level: &str, times: usize) -> std::result::Result<(), String> {
        let sql = format!("{begin}{}", level.repeat(times));
        tokens(&sql).and_then(|tokens| check(&tokens)).map_err(|error| error.message)
    }

    #[test]
    fn levels_are_counted() {
        for (begin, level, max) in [
            ("SELECT ", "INTERVAL ", 2),
            ("SELECT CAST(a AS ", "ARRAY <", 4),
            ("", "EXPLAIN (VERBOSE) ", 32),
            ("", "PREPARE a AS ", 32),
            ("", "IF 1 THEN ", 4),
            ("", "WHILE 1 DO ", 4),
            ("SELECT CAST(a AS INT", "[]", 16),
            ("", "CASE WHEN 1 THEN ", 4),
            ("CREATE TABLE t (a ", "table(a ", 2),
            ("SELECT 1 FROM JSON_TABLE(a, '$' ", "COLUMNS (NESTED '$' ", 8),
            ("DELETE FROM ", "((DELETE FROM ", 2),
        ] {
            assert_eq!(told(begin, level, max), Ok(()), "{level}");
            assert!(told(begin, level, max + 1).is_err_and(|text| text.ends_with(&format!("{max} times"))), "{level}");
        }
    }

    #[test]
    fn what_stands_side_by_side_is_not_counted() {
        for (begin, level) in [
            ("SELECT ", "INTERVAL '1 day' + "),
            ("SELECT ", "CAST(a AS ARRAY<INT>), array < 3, "),
            ("SELECT ", "\"explain\", 'explain', "),
            ("SELECT 1 FROM ", "TABLE(f(1)), "),
            ("SELECT ", "columns(1), "),
            ("SELECT ", "CASE WHEN a THEN CASE WHEN b THEN 1 END END, if(a, 1), "),
            ("SELECT ", "(SELECT max(updated) FROM t), ("),
        ] {
            assert_eq!(told(begin, level, 100), Ok(()), "{level}");
        }
    }
}
