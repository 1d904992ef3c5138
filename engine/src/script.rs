//! Scripts of jobs: several statements, of which each may be run again after a part of the cluster was lost.

use std::collections::BTreeMap;
use std::ops::Range;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectType, Statement as Sql};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Result};

use crate::dialect;
use crate::statement::{self, Parsed};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub sql: String,
    /// Settings hold for the steps behind them, so they are set again when a run goes on in the middle.
    pub is_setting: bool,
}

/// The statements of a script with its placeholders filled in. A statement that could fail, or have its effect twice, when it is run
/// again is refused.
pub fn steps(script: &str, params: &BTreeMap<String, String>) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for sql in split(script, params)? {
        let number = steps.len() + 1;
        let told = |error: Error| Error { message: format!("statement {number}: {}", error.message), ..error };
        steps.push(step(sql.trim()).map_err(told)?);
    }
    match steps.is_empty() {
        true => Err(Error::new(Code::BAD_JOB, "the script has no statement")),
        false => Ok(steps),
    }
}

/// The bytes that each statement of a text takes; what has no words is left out. One that is longer than a statement may be, or
/// chains too much, is refused: what takes it up next may parse it.
pub fn cut(script: &str) -> Result<Vec<Range<usize>>> {
    let tokens = dialect::tokens(script)?;
    let mut cursor = Cursor::new(script);
    let (mut statements, mut begins) = (Vec::new(), 0);
    for part in tokens.split_inclusive(|token| token.token == Token::SemiColon) {
        let (words, next) = match part.split_last() {
            Some((last, words)) if last.token == Token::SemiColon => {
                (words, Some((cursor.offset(last.span.start), cursor.offset(last.span.end))))
            }
            _ => (part, None),
        };
        let (ends, after) = next.unwrap_or((script.len(), script.len()));
        if words.iter().any(|token| !matches!(token.token, Token::Whitespace(_))) {
            statement::check_length(&script[begins..ends])?;
            statement::check_size(words)?;
            statements.push(begins..ends);
        }
        begins = after;
    }
    Ok(statements)
}

/// Cuts the text between its statements, and puts quoted texts in the place of `:name`. What is not a placeholder stays as it was
/// written: the words that the tokenizer makes of a text do not spell it any more.
pub(crate) fn split(script: &str, params: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut cursor = Cursor::new(script);
    let (mut statements, mut statement, mut copied) = (Vec::new(), String::new(), 0);
    let (mut has_words, mut colon) = (false, None);
    for TokenWithSpan { token, span } in dialect::tokens(script)? {
        let (begins, ends) = (cursor.offset(span.start), cursor.offset(span.end));
        match &token {
            Token::SemiColon => {
                statement.push_str(&script[copied..begins]);
                copied = ends;
                let ended = std::mem::take(&mut statement);
                if std::mem::take(&mut has_words) {
                    statements.push(ended);
                }
            }
            Token::Word(word) if word.quote_style.is_none() => {
                has_words = true;
                if let (Some(at), Some(value)) = (colon, params.get(&word.value)) {
                    statement.push_str(&script[copied..at]);
                    // A letter before a quote gives the text a meaning of its own, and two quotes are one in a text.
                    let gap = |touching: Option<char>| if touching.is_some_and(joins) { " " } else { "" };
                    let (before, after) = (gap(statement.chars().last()), gap(script[ends..].chars().next()));
                    statement.push_str(&format!("{before}'{}'{after}", value.replace('\'', "''")));
                    copied = ends;
                }
            }
            Token::Whitespace(_) => {}
            _ => has_words = true,
        }
        colon = (token == Token::Colon).then_some(begins);
    }
    statement.push_str(&script[copied..]);
    if has_words {
        statements.push(statement);
    }
    Ok(statements)
}

/// Whether a character makes one word with a quote beside it.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || "_'&$".contains(c)
}

/// Goes through a text once, since places of words are told in lines and characters, and a line may be the whole script.
pub(crate) struct Cursor<'a> {
    rest: std::str::CharIndices<'a>,
    line: u64,
    column: u64,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.char_indices(), line: 1, column: 1 }
    }

    /// The byte at a place that is not before those asked for until now.
    pub fn offset(&mut self, place: Location) -> usize {
        while (self.line, self.column) < (place.line, place.column) {
            match self.rest.next() {
                Some((_, '\n')) => (self.line, self.column) = (self.line + 1, 1),
                Some(_) => self.column += 1,
                None => break,
            }
        }
        self.rest.offset()
    }
}

fn step(sql: &str) -> Result<Step> {
    let parsed = statement::parse(sql)?;
    let is_setting = parsed.is_setting();
    match unrepeatable(&parsed) {
        Some(hint) => Err(Error::new(Code::BAD_JOB, "it cannot be run again").with_hint(hint)),
        None => Ok(Step { sql: sql.to_owned(), is_setting }),
    }
}

/// What to write instead of a statement that is not the same when it is run again; none if it is.
fn unrepeatable(parsed: &Parsed) -> Option<&'static str> {
    if parsed.is_about_users() {
        return Some("users are changed by hand: a job's script is kept as it is, with the password in it");
    }
    if parsed.is_undrop() {
        return Some("bring the table back by hand");
    }
    if let Statement::CreateExternalTable(create) = &parsed.statement
        && !create.if_not_exists
    {
        return Some("write CREATE EXTERNAL TABLE IF NOT EXISTS");
    }
    let Statement::Statement(sql) = &parsed.statement else { return None };
    match sql.as_ref() {
        Sql::CreateSchema { if_not_exists: false, .. } => Some("write CREATE SCHEMA IF NOT EXISTS"),
        Sql::CreateView(view) if !view.if_not_exists && !view.or_replace => Some("write CREATE OR REPLACE VIEW"),
        Sql::Drop { if_exists: false, .. } if parsed.is_of_model => Some("write DROP MODEL IF EXISTS"),
        Sql::Drop { if_exists: false, object_type: ObjectType::Table, .. } => Some("write DROP TABLE IF EXISTS"),
        Sql::Drop { if_exists: false, .. } => Some("write DROP … IF EXISTS"),
        Sql::Call(_) => Some("a job does not change jobs"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str, params: &[(&str, &str)]) -> std::result::Result<Vec<String>, Code> {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(steps(script, &params).map_err(|e| e.code)?.into_iter().map(|step| step.sql).collect())
    }

    #[test]
    fn a_script_is_split_and_filled() {
        let script = "-- 汇总; 每月\nSET timezone = '+08:00'; INSERT INTO t SELECT 'it''s;' || :区, d::INT, a[1:2], \"a\"\"b\", E'\\\\' FROM u\r\n\
                      WHERE m = :month AND x = :unknown;\n;OPTIMIZE t";
        let expected = [
            "-- 汇总; 每月\nSET timezone = '+08:00'",
            "INSERT INTO t SELECT 'it''s;' || 'x'' OR ''1''=''1', d::INT, a[1:2], \"a\"\"b\", E'\\\\' FROM u\r\nWHERE m = '2026-10' AND x = :unknown",
            "OPTIMIZE t",
        ];
        assert_eq!(
            texts(script, &[("区", "x' OR '1'='1"), ("month", "2026-10")]),
            Ok(expected.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_text_is_cut_at_its_statements() {
        let text = "SELECT ';' ;; -- 甲;\n; INSERT INTO 表 VALUES (1);\n SELECT 2 -- x";
        let found = cut(text).map_err(|e| e.code).unwrap_or_default();
        let expected = ["SELECT ';' ", " INSERT INTO 表 VALUES (1)", "\n SELECT 2 -- x"];
        assert_eq!(found.iter().map(|bytes| &text[bytes.clone()]).collect::<Vec<_>>(), expected);
        assert!(cut("-- nothing\n;").is_ok_and(|found| found.is_empty()));
    }

    #[test]
    fn statements_that_are_too_much_are_not_cut() {
        let chain = |links: usize| format!("SELECT 1; COPY (SELECT 1{}) TO STDOUT", " + 1".repeat(links));
        assert!(cut(&chain(900)).is_ok());
        assert!(cut(&chain(1100)).is_err_and(|e| e.code == Code::SYNTAX && e.message.contains("chains")));
        let long = format!("SELECT 1; SELECT '{}'", "x".repeat(1024 * 1024));
        assert!(cut(&long).is_err_and(|e| e.message.contains("longer")));
        // Each is checked by itself.
        assert_eq!(
            cut(&format!("SELECT 1{};", " UNION SELECT 1".repeat(300)).repeat(3)).map(|found| found.len()).ok(),
            Some(3)
        );
    }

    /// `E'…'` has escapes, and the value of a parameter has none.
    #[test]
    fn a_value_is_a_text_of_its_own() {
        for (script, expected) in [
            ("SELECT E:a", "SELECT E '\\''; DROP TABLE t; --'"),
            ("SELECT U&:a", "SELECT U& '\\''; DROP TABLE t; --'"),
            ("SELECT 'x':a'y'", "SELECT 'x' '\\''; DROP TABLE t; --' 'y'"),
        ] {
            let params = BTreeMap::from([("a".to_owned(), "\\'; DROP TABLE t; --".to_owned())]);
            assert_eq!(split(script, &params).map_err(|e| e.code), Ok(vec![expected.to_owned()]));
        }
    }

    /// A script may be one line: going back to its beginning for each word would take minutes.
    #[test]
    fn a_long_line_is_gone_through_once() {
        let script = "SELECT '区' + :n;".repeat(20_000);
        let params = BTreeMap::from([("n".to_owned(), "1".to_owned())]);
        let found = split(&script, &params).map_err(|e| e.code).unwrap_or_default();
        assert!(found.len() == 20_000 && found.iter().all(|sql| sql == "SELECT '区' + '1'"), "{:?}", found.last());
    }

    #[test]
    fn what_cannot_be_run_again_is_refused() {
        for (script, code) in [
            ("", Code::BAD_JOB),
            ("-- nothing\n;;", Code::BAD_JOB),
            ("SELECT 1; CREATE SCHEMA s", Code::BAD_JOB),
            ("CREATE VIEW v AS SELECT 1", Code::BAD_JOB),
            ("DROP TABLE t", Code::BAD_JOB),
            ("UNDROP TABLE t", Code::BAD_JOB),
            ("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/x'", Code::BAD_JOB),
            ("CREATE USER u PASSWORD 'long-enough-1'", Code::BAD_JOB),
            ("CALL huitong.drop_job('x')", Code::BAD_JOB),
            ("SELEC 1", Code::SYNTAX),
        ] {
            assert_eq!(texts(script, &[]), Err(code), "{script}");
        }
        let fine = "CREATE SCHEMA IF NOT EXISTS s; DROP TABLE IF EXISTS s.t; CREATE TABLE s.t AS SELECT 1 AS a; \
                    CREATE OR REPLACE VIEW v AS SELECT 1; DELETE FROM s.t WHERE a = 1; VACUUM s.t";
        assert_eq!(texts(fine, &[]).map(|texts| texts.len()), Ok(6));
    }
}
