//! How much of one statement may hang together.
//!
//! The parser bounds how deep parentheses go, but it reads chains (`a OR b OR …`, `… UNION ALL …`, `… JOIN …`) in a loop, and
//! what it makes of them is a tree as deep as the chain is long. Everything after it walks trees by recursion, so a chain of
//! some thousand links would end the process. Chains are counted in the text, before there is a tree. So are the columns that a query
//! answers: each is compared with all others in a dozen places, and with some ten thousand a plan would take minutes.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Place, Result};

/// Operators between two commas, in one pair of parentheses.
const OPERATORS_MAX: usize = 1000;
/// Set operations, joins, tables behind one FROM and queries behind one WITH, in one pair of parentheses.
const RELATIONS_MAX: usize = 400;
/// Columns that are written behind one SELECT, with the tables and expressions that it lists behind them.
const COLUMNS_MAX: usize = 4096;

/// Words that, like an operator, put one more expression on top of what stands before them.
const OPERATOR_WORDS: [&str; 18] = [
    "AND", "OR", "XOR", "IS", "LIKE", "ILIKE", "SIMILAR", "RLIKE", "REGEXP", "IN", "BETWEEN", "COLLATE", "AT", "DIV",
    "NOTNULL", "OVERLAPS", "OPERATOR", "MEMBER",
];
/// The last one stands between a name and the query that it is for.
const RELATION_WORDS: [&str; 8] = ["UNION", "EXCEPT", "INTERSECT", "MINUS", "JOIN", "PIVOT", "UNPIVOT", "MATERIALIZED"];
/// Words after which an expression begins anew.
const BORDER_WORDS: [&str; 12] =
    ["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "ON", "WHEN", "THEN", "ELSE", "CASE"];
const ENDS_OF_FROM: [&str; 6] = ["SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"];

#[derive(Default, Clone, Copy)]
struct Chain {
    operators: usize,
    relations: usize,
    /// Behind a FROM, where a comma is a join.
    in_from: bool,
    /// Behind a SELECT: its columns, and what else it lists.
    columns: Option<usize>,
}

/// Refuses a statement with a chain that is too long.
pub fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let (mut outer, mut chain) = (Vec::new(), Chain::default());
    let mut before = "";
    for token in tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))) {
        let after = |known: &str| before.eq_ignore_ascii_case(known);
        match &token.token {
            // One that follows another one is an operator too: `a[1][2]`.
            Token::LBracket => {
                chain.operators += 1;
                outer.push(std::mem::take(&mut chain));
            }
            // `WITH a AS (…`
            Token::LParen if after("AS") => {
                chain.relations += 1;
                outer.push(std::mem::take(&mut chain));
            }
            Token::LParen | Token::LBrace => outer.push(std::mem::take(&mut chain)),
            Token::RParen | Token::RBracket | Token::RBrace => chain = outer.pop().unwrap_or_default(),
            Token::SemiColon => chain = Chain::default(),
            Token::Comma => {
                chain.operators = 0;
                chain.relations += usize::from(chain.in_from);
                chain.columns = chain.columns.map(|columns| columns + 1);
            }
            Token::Word(word) if word.quote_style.is_none() => {
                let is_one_of = |words: &[&str]| words.iter().any(|known| word.value.eq_ignore_ascii_case(known));
                if is_one_of(&RELATION_WORDS) {
                    chain.relations += 1;
                } else if is_one_of(&OPERATOR_WORDS) {
                    chain.operators += 1;
                } else if is_one_of(&BORDER_WORDS) {
                    chain.operators = 0;
                    let is_from = is_one_of(&["FROM"]);
                    // Not in `IS DISTINCT FROM`; and a condition behind ON ends before the next comma.
                    chain.in_from = is_from && !after("DISTINCT") || chain.in_from && !is_one_of(&ENDS_OF_FROM);
                    // What ends the list is not looked for.
                    if is_one_of(&["SELECT"]) {
                        chain.columns = Some(1);
                    }
                }
            }
            other if is_operator(other) => chain.operators += 1,
            _ => {}
        }
        let too_long = [(chain.operators, OPERATORS_MAX, "operators"), (chain.relations, RELATIONS_MAX, "relations")];
        if let Some((_, max, what)) = too_long.into_iter().find(|(found, max, _)| found > max) {
            let place = Place { line: clamped(token.span.start.line), column: clamped(token.span.start.column) };
            return Err(Error::new(Code::SYNTAX, format!("the statement chains more than {max} {what}"))
                .at(place)
                .with_hint("use IN with a list, or put the values into a table and join it"));
        }
        if chain.columns.is_some_and(|columns| columns > COLUMNS_MAX) {
            let place = Place { line: clamped(token.span.start.line), column: clamped(token.span.start.column) };
            return Err(Error::new(Code::SYNTAX, format!("the query has more than {COLUMNS_MAX} columns"))
                .at(place)
                .with_hint("ask for fewer at a time, or make rows of them"));
        }
        before = match &token.token {
            Token::Word(word) if word.quote_style.is_none() => &word.value,
            _ => "",
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::parse;
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    #[test]
    fn columns_are_counted_and_lists_are_not() {
        let many = |count: usize| vec!["1"; count].join(", ");
        let (most, more) = (many(COLUMNS_MAX), many(COLUMNS_MAX + 1));
        for (sql, fits) in [
            (format!("SELECT {most}"), true),
            (format!("SELECT {more}"), false),
            (format!("SELECT a FROM (SELECT {more}) AS t"), false),
            (format!("SELECT a, {most} FROM t"), false),
            (format!("SELECT a FROM t WHERE a IN ({more})"), true),
            (format!("INSERT INTO t VALUES ({more})"), true),
            (format!("SELECT 1 UNION ALL SELECT {most}"), true),
            (format!("SELECT CASE WHEN a THEN 1 END, {most}"), false),
            (format!("SELECT coalesce({more})"), true),
            (format!("SELECT a, [{more}]"), true),
            (format!("SELECT [1], {most}"), false),
            (format!("SELECT a{} FROM t", "[1]".repeat(OPERATORS_MAX + 1)), false),
            (format!("SELECT 1 IS DISTINCT FROM 2, {most}"), false),
            (format!("SELECT {most}; SELECT 1"), true),
        ] {
            let tokens = Tokenizer::new(&PostgreSqlDialect {}, &sql).tokenize_with_location().unwrap();
            assert_eq!(check(&tokens).is_ok(), fits, "{}", &sql[..30]);
        }
    }

    /// Trees as deep as these chains are long ended the process.
    #[test]
    fn chains_of_all_kinds_are_counted() {
        for link in
            [" XOR 1", " OVERLAPS 1", " NOTNULL", " OPERATOR(+) 1", " MEMBER OF (1)", " UNPIVOT(a FOR b IN (c))", ", t"]
        {
            let chain = |times: usize| format!("SELECT 1 FROM t WHERE 1{}", link.repeat(times));
            let told = parse(&chain(2_000).replace(" WHERE 1 UNPIVOT", " UNPIVOT").replace(" WHERE 1, t", ", t"))
                .map_err(|error| error.message);
            assert!(told.is_err_and(|text| text.contains("chains more than")), "{link}");
        }
        assert!(parse(&format!("SELECT 1{}", " OVERLAPS 1".repeat(900))).is_ok());
    }

    #[test]
    fn relations_are_counted_where_a_comma_joins() {
        let refused = |sql: String| parse(&sql).is_err_and(|error| error.message.contains("chains more than"));
        let queries = |link: &str, times: usize| format!("WITH a AS (SELECT 1){} SELECT * FROM a", link.repeat(times));
        assert!(refused(queries(", b AS (SELECT 1)", RELATIONS_MAX)));
        assert!(refused(queries(", b as materialized (SELECT 1)", RELATIONS_MAX)));
        assert!(!refused(queries(", b AS (SELECT 1)", RELATIONS_MAX - 1)));
        let many = |link: &str| link.repeat(2 * RELATIONS_MAX);
        assert!(refused(format!("SELECT 1 FROM t JOIN u ON t.a = u.a{}", many(", v"))));
        assert!(!refused(format!("SELECT a IS DISTINCT FROM b{}", many(", 1"))));
        assert!(!refused(format!("SELECT 1 FROM t ORDER BY 1{}", many(", 1"))));
        assert!(!refused(format!("SELECT 1 FROM t WHERE a IN (1{})", many(", 1"))));
        assert!(!refused(format!("CREATE TABLE t (a TIMESTAMP WITH TIME ZONE{})", many(", b INT"))));
    }
}
