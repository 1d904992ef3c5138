//! The SQL that huitong reads: PostgreSQL's, with `VERSION AS OF` and `TIMESTAMP AS OF` behind a table's name and backticks around
//! names as Delta engines write them.

use std::any::TypeId;
use std::cell::Cell;

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use huitong_catalog::Result;

use crate::error::of_datafusion;

/// The dialect, for one statement.
///
/// Where a text may mean two things the parser tries one and then the other, so what is nested in itself (`CAST(CAST(CAST(…`) it may read
/// twice as often for each level, and a short text that is wrong at its end would keep it busy for ever. So its steps are counted here.
#[derive(Debug)]
pub struct Huitong {
    steps_left: Cell<usize>,
}

/// Steps for any statement, and for each of its words on top.
const STEPS: usize = 20_000;
const STEPS_OF_WORD: usize = 4;

/// Without optimisation the parser's frames between two places where it asks for stack are larger than the 128 KiB that it leaves free.
const STACK_BYTES_MIN: usize = 512 * 1024;

impl Huitong {
    /// For a statement of so many words.
    pub fn of(words: usize) -> Self {
        recursive::set_minimum_stack_size(STACK_BYTES_MIN);
        Self { steps_left: Cell::new(STEPS + STEPS_OF_WORD * words) }
    }

    /// Whether one more step may be taken.
    fn step(&self) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }
}

const POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

/// What PostgreSQL's dialect says otherwise than the default one (sqlparser 0.62). What is missing here would be read as the
/// default dialect reads it; the test below notices some of it.
macro_rules! as_postgres {
    ($($name:ident)*) => { $(fn $name(&self) -> bool { POSTGRES.$name() })* };
}

impl Dialect for Huitong {
    fn dialect(&self) -> TypeId {
        POSTGRES.dialect()
    }

    fn supports_table_versioning(&self) -> bool {
        true
    }

    /// Asked for each expression. No other error ends what the parser tries.
    fn parse_prefix(&self, _: &mut Parser<'_>) -> Option<std::result::Result<Expr, ParserError>> {
        (!self.step()).then_some(Err(ParserError::RecursionLimitExceeded))
    }

    /// Asked for each query: one without columns has no expression. Where it may have none, the parser looks for one.
    fn supports_empty_projections(&self) -> bool {
        self.step() && POSTGRES.supports_empty_projections()
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        POSTGRES.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_delimited_identifier_start(ch) || ch == '`'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        POSTGRES.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        POSTGRES.is_reserved_for_identifier(keyword)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        POSTGRES.is_custom_operator_part(ch) && ch != '`'
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<std::result::Result<u8, ParserError>> {
        POSTGRES.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        POSTGRES.prec_value(precedence)
    }

    as_postgres! {
        supports_unicode_string_literal supports_filter_during_aggregation supports_group_by_expr allow_extract_custom
        allow_extract_single_quotes supports_create_index_with_clause supports_explain_with_utility_options
        supports_listen_notify supports_factorial_operator supports_bitwise_shift_operators supports_comment_on
        supports_load_extension supports_named_fn_args_with_colon_operator supports_named_fn_args_with_expr_name
        supports_nested_comments supports_string_escape_constant
        supports_numeric_literal_underscores supports_array_typedef_with_brackets supports_geometric_types
        supports_set_names supports_alter_column_type_using supports_notnull_operator supports_interval_options
        supports_insert_table_alias supports_create_table_like_parenthesized supports_select_wildcard_with_alias
        supports_comma_separated_trim supports_xml_expressions supports_comment_optimizer_hint
    }
}

/// The words and signs of a text, with their places.
pub fn tokens(sql: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(&Huitong::of(0), sql).tokenize_with_location();
    tokens.map_err(|e| of_datafusion(DataFusionError::SQL(Box::new(e.into()), None)))
}

/// Whether a statement's first word is one of `words`: those that are read here are told by it, since others may be long.
pub fn begins(tokens: &[TokenWithSpan], words: &[&str]) -> bool {
    let first = tokens.iter().find(|token| !matches!(token.token, Token::Whitespace(_)));
    first.is_some_and(|first| words.iter().any(|word| first.token.to_string().eq_ignore_ascii_case(word)))
}

/// Reads the end of a statement.
pub fn end(parser: &mut Parser<'_>) -> std::result::Result<(), ParserError> {
    while parser.consume_token(&Token::SemiColon) {}
    match parser.peek_token().token {
        Token::EOF => Ok(()),
        other => Err(ParserError::ParserError(format!("unexpected `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use huitong_catalog::Code;

    use super::*;
    use crate::statement::parse;

    /// For each level the parser would take twice or three times as long.
    #[test]
    fn what_is_nested_in_itself_is_read_in_bounded_time() {
        for level in ["CAST(", "CAST((", "f(CAST(a AS INT), EXTRACT(YEAR FROM ", "(CASE WHEN (", "((SELECT 1 FROM "] {
            let sql = format!("SELECT 1 FROM {level}{}", level.repeat(40));
            assert!(parse(&sql).is_err_and(|error| error.code == Code::SYNTAX), "{level}");
        }
        for sql in
            ["SELECT FROM ".to_owned() + &"((SELECT FROM ".repeat(40), "SELECT ".to_owned() + &"CAST((".repeat(40)]
        {
            assert!(parse(&sql).is_err_and(|error| error.code == Code::SYNTAX), "{sql}");
        }
        let deep = format!("SELECT {}1{}", "CAST((".repeat(20), ") AS INT)".repeat(20));
        assert!(parse(&deep).is_ok());
    }

    /// Statements of all sorts are read as PostgreSQL's dialect reads them.
    #[test]
    fn is_postgres_but_for_versions() {
        let statements = [
            "SELECT a::INT, b ->> 'x', c ~* 'y', d[1:2], e NOTNULL FROM t AS x (a, b) WHERE f IS NOT DISTINCT FROM 1",
            "SELECT extract('year' FROM d), E'a\\n', $1, U&'\\0061', 1_000, 5 !, 1 << 2, count(*) FILTER (WHERE a) FROM \"T\"",
            "SELECT INTERVAL '1 day', ARRAY[1, 2], trim(BOTH 'x' FROM a), f(a => 1, b := 2) GROUP BY ROLLUP (a, b)",
            "INSERT INTO t AS x (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING *",
            "CREATE TABLE t (a INT[], b VARCHAR(3) NOT NULL, c TIMESTAMPTZ, PRIMARY KEY (a))",
            "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
            "COMMENT ON TABLE t IS 'x'",
            "EXPLAIN (ANALYZE, VERBOSE) SELECT 1 /* a /* nested */ comment */",
            "SET NAMES 'utf8'",
        ];
        for sql in statements {
            let (ours, theirs) = (Parser::parse_sql(&Huitong::of(0), sql), Parser::parse_sql(&POSTGRES, sql));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{sql}");
        }
        assert!(
            Parser::parse_sql(
                &Huitong::of(0),
                "SELECT * FROM s.t VERSION AS OF 3 AS x, u TIMESTAMP AS OF '2026-01-01'"
            )
            .is_ok()
        );
        let quoted =
            Parser::parse_sql(&Huitong::of(0), "SELECT `A b` FROM `表` WHERE a<`c`").expect("backticks are read");
        assert_eq!(quoted[0].to_string(), "SELECT `A b` FROM `表` WHERE a < `c`");
    }
}
