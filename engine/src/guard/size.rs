//! How much of one statement may hang together.
//!
//! The parser bounds how deep parentheses go, but it reads chains (`a OR b OR …`, `… UNION ALL …`, `… JOIN …`) in a loop, and
//! what it makes of them is a tree as deep as the chain is long. Everything after it walks trees by recursion, so a chain of
//! some thousand links would end the process. Chains are counted in the text, before there is a tree.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Place, Result};

/// Operators between two commas, in one pair of parentheses.
const OPERATORS_MAX: usize = 1000;
/// Set operations and joins in one pair of parentheses.
const RELATIONS_MAX: usize = 400;

/// Words that, like an operator, put one more expression on top of what stands before them.
const OPERATOR_WORDS: [&str; 13] =
    ["AND", "OR", "IS", "LIKE", "ILIKE", "SIMILAR", "RLIKE", "REGEXP", "IN", "BETWEEN", "COLLATE", "AT", "DIV"];
const RELATION_WORDS: [&str; 5] = ["UNION", "EXCEPT", "INTERSECT", "MINUS", "JOIN"];
/// Words after which an expression begins anew.
const BORDER_WORDS: [&str; 12] =
    ["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "ON", "WHEN", "THEN", "ELSE", "CASE"];

#[derive(Default, Clone, Copy)]
struct Chain {
    operators: usize,
    relations: usize,
}

/// Refuses a statement with a chain that is too long.
pub fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let (mut outer, mut chain) = (Vec::new(), Chain::default());
    for token in tokens {
        match &token.token {
            Token::LParen => outer.push(std::mem::take(&mut chain)),
            Token::RParen => chain = outer.pop().unwrap_or_default(),
            Token::Comma | Token::SemiColon => chain.operators = 0,
            Token::Word(word) if word.quote_style.is_none() => {
                let is_one_of = |words: &[&str]| words.iter().any(|known| word.value.eq_ignore_ascii_case(known));
                if is_one_of(&RELATION_WORDS) {
                    chain.relations += 1;
                } else if is_one_of(&OPERATOR_WORDS) {
                    chain.operators += 1;
                } else if is_one_of(&BORDER_WORDS) {
                    chain.operators = 0;
                }
            }
            other if is_operator(other) => chain.operators += 1,
            _ => {}
        }
        let too_long = [
            (chain.operators, OPERATORS_MAX, "operators"),
            (chain.relations, RELATIONS_MAX, "joins and set operations"),
        ];
        if let Some((_, max, what)) = too_long.into_iter().find(|(found, max, _)| found > max) {
            let place = Place { line: clamped(token.span.start.line), column: clamped(token.span.start.column) };
            return Err(Error::new(Code::SYNTAX, format!("the statement chains more than {max} {what}"))
                .at(place)
                .with_hint("use IN with a list, or put the values into a table and join it"));
        }
    }
    Ok(())
}

/// Any sign but those that stand alone.
fn is_operator(token: &Token) -> bool {
    !matches!(
        token,
        Token::EOF
            | Token::Word(_)
            | Token::Number(..)
            | Token::Char(_)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::Whitespace(_)
            | Token::Period
            | Token::RBracket
            | Token::LBrace
            | Token::RBrace
            | Token::Placeholder(_)
    )
}

fn clamped(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
