//! Scripts of jobs: several statements, of which each may be run again after a part of the cluster was lost.

use std::collections::BTreeMap;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectType, Statement as Sql};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
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
    let tokens = fill(dialect::tokens(script)?, params);
    let statements = tokens.split(|token| token.token == Token::SemiColon);
    let texts = statements.filter(|part| !part.iter().all(|token| matches!(token.token, Token::Whitespace(_))));
    let steps = texts.enumerate().map(|(number, part)| {
        let sql: String = part.iter().map(|token| token.token.to_string()).collect();
        let told = |error: Error| Error { message: format!("statement {}: {}", number + 1, error.message), ..error };
        step(sql.trim()).map_err(told)
    });
    let steps = steps.collect::<Result<Vec<_>>>()?;
    if steps.is_empty() {
        return Err(Error::new(Code::BAD_JOB, "the script has no statement"));
    }
    Ok(steps)
}

/// Puts texts in the place of `:name`.
fn fill(tokens: Vec<TokenWithSpan>, params: &BTreeMap<String, String>) -> Vec<TokenWithSpan> {
    let mut filled: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let value = match (&token.token, filled.last().map(|last| &last.token)) {
            (Token::Word(word), Some(Token::Colon)) if word.quote_style.is_none() => params.get(&word.value),
            _ => None,
        };
        match value {
            Some(value) => {
                filled.pop();
                filled.push(TokenWithSpan { token: Token::SingleQuotedString(value.clone()), ..token });
            }
            None => filled.push(token),
        }
    }
    filled
}

fn step(sql: &str) -> Result<Step> {
    let parsed = statement::parse(sql)?;
    let is_setting = match &parsed.statement {
        Statement::Statement(statement) => matches!(statement.as_ref(), Sql::Set(_) | Sql::Use(_)),
        _ => false,
    };
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
    let Statement::Statement(sql) = &parsed.statement else { return None };
    match sql.as_ref() {
        Sql::CreateSchema { if_not_exists: false, .. } => Some("write CREATE SCHEMA IF NOT EXISTS"),
        Sql::CreateView(view) if !view.if_not_exists && !view.or_replace => Some("write CREATE OR REPLACE VIEW"),
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
        let script = "-- 汇总; 每月\nSET timezone = '+08:00'; INSERT INTO t SELECT ';' || :区, d::INT, a[1:2] FROM u\n\
                      WHERE m = :month AND x = :unknown;\n;OPTIMIZE t";
        let expected = [
            "-- 汇总; 每月\nSET timezone = '+08:00'",
            "INSERT INTO t SELECT ';' || '东''城', d::INT, a[1:2] FROM u\nWHERE m = '2026-10' AND x = :unknown",
            "OPTIMIZE t",
        ];
        assert_eq!(texts(script, &[("区", "东'城"), ("month", "2026-10")]), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_cannot_be_run_again_is_refused() {
        for (script, code) in [
            ("", Code::BAD_JOB),
            ("-- nothing\n;;", Code::BAD_JOB),
            ("SELECT 1; CREATE SCHEMA s", Code::BAD_JOB),
            ("CREATE VIEW v AS SELECT 1", Code::BAD_JOB),
            ("DROP TABLE t", Code::BAD_JOB),
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
