//! Names that cannot be written as they were read.
//!
//! The syntax tree takes two quotation marks in a row, and one behind a backslash, for marks that are escaped already (sqlparser 0.62): a
//! view with such a name would be kept as a text that means another one. Values have a form that is written rightly; names have none.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Place, Result};

/// Refuses a statement with such a name.
pub fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let Some(found) = tokens.iter().find(|token| is_ambiguous(&token.token)) else { return Ok(()) };
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let place = Place { line: narrow(found.span.start.line), column: narrow(found.span.start.column) };
    let text = "a name has two quotation marks in a row, or one behind a backslash";
    Err(Error::new(Code::SYNTAX, text).at(place).with_hint("give it another name: `AS \"…\"`"))
}

fn is_ambiguous(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    let Some(quote) = word.quote_style else { return false };
    [quote, '\\'].iter().any(|before| word.value.contains(&format!("{before}{quote}")))
}

#[cfg(test)]
mod tests {
    use crate::dialect;

    #[test]
    fn names_with_marks_that_look_escaped_are_refused() {
        for (sql, fits) in [
            (r#"SELECT 1 AS "a""b""#, true),
            (r#"SELECT 1 AS "a\b""#, true),
            (r#"SELECT 1 AS "a""""b""#, false),
            (r#"SELECT 1 AS "a\""b""#, false),
            (r#"SELECT """" "#, true),
            (r#"SELECT """""" "#, false),
            (r#"SELECT '""', 'a''''b'"#, true),
        ] {
            assert_eq!(super::check(&dialect::tokens(sql).unwrap()).is_ok(), fits, "{sql}");
        }
    }
}
