//! Conditions and join rules, as the SQL of Splink writes them for DuckDB.
//!
//! What is understood, of columns `x_l` and `x_r` (in rules: `l.x` and `r.x`):
//!
//! - `a IS NULL`, `a IS NOT NULL`, `a = b` (also of different columns), `a <> b`, `a = 'text'`, AND, OR, NOT, ELSE;
//! - `jaro_winkler_similarity`, `jaro_similarity`, `jaccard`, `levenshtein`, `damerau_levenshtein` beside a number;
//! - `abs(epoch(a) - epoch(b))` (seconds), `abs(date_diff('day', a, b))`, `abs(a - b)`, and the share of the larger number,
//!   `abs(a - b) / CASE WHEN b > a THEN b ELSE a END`;
//! - `array_length(list_intersect(a, b))`;
//! - in place of a column: `lower`, `upper`, `substring`, `left`, `nullif(…, '')`, `regexp_extract`, `try_strptime`, CAST to text,
//!   TRY_CAST to DATE, `year`, `month`, `day`.
//!
//! Everything else is refused with its text. Characters are Unicode's here and bytes in DuckDB, which differs for texts that are not
//! ASCII.

mod conditions;
mod operands;

use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::{Condition, Error, Key, Side};
use operands::Columns;

/// # Errors
/// Text that is no condition, or one that is not understood.
pub fn condition(text: &str, place: &str) -> Result<Condition, Error> {
    if text.trim().eq_ignore_ascii_case("else") {
        return Ok(Condition::Else);
    }
    conditions::condition(&parsed(text, place)?).map_err(|part| refused(&part, text, place))
}

/// The keys of a rule: a conjunction of equalities, each between the two rows.
///
/// # Errors
/// Text that is no condition, or one that is no such conjunction.
pub fn keys(text: &str, place: &str) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    conjuncts(&parsed(text, place)?, &mut keys).map_err(|part| refused(&part, text, place))?;
    Ok(keys)
}

fn refused(part: &str, text: &str, place: &str) -> Error {
    let what = match part == text {
        true => format!("SQL `{text}` is not understood"),
        false => format!("`{part}` in SQL `{text}` is not understood"),
    };
    Error::new(place, what, "write it with conditions that the guide of linkage lists")
}

fn parsed(text: &str, place: &str) -> Result<Expr, Error> {
    let wrong = |error: String| Error::new(place, format!("`{text}` is no SQL condition: {error}"), "correct it");
    let dialect = DuckDbDialect {};
    let mut parser = Parser::new(&dialect).try_with_sql(text).map_err(|error| wrong(error.to_string()))?;
    let expression = parser.parse_expr().map_err(|error| wrong(error.to_string()))?;
    match parser.peek_token().token {
        Token::EOF => Ok(expression),
        more => Err(wrong(format!("`{more}` after its end"))),
    }
}

fn conjuncts(of: &Expr, keys: &mut Vec<Key>) -> Result<(), String> {
    match of {
        Expr::Nested(inner) => conjuncts(inner, keys),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, keys)?;
            conjuncts(right, keys)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let read = |side: &Expr| operands::operand(side, Columns::Qualified);
            let (one, other) = (read(left)?, read(right)?);
            let (left, right) = match (one.side, other.side) {
                (Side::Left, Side::Right) => (one, other),
                (Side::Right, Side::Left) => (other, one),
                _ => return Err(of.to_string()),
            };
            keys.push(Key { left: left.expression, right: right.expression });
            Ok(())
        }
        other => Err(other.to_string()),
    }
}
