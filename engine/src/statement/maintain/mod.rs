//! Statements of Delta engines that the SQL parser does not know: `CHECK TABLE`, `DESCRIBE HISTORY`, `RESTORE TABLE`,
//! `OPTIMIZE`, `VACUUM`.

pub mod auto;
mod check;
mod history;
mod optimize;
mod restore;
mod rewrite;
mod vacuum;
mod zorder;

use datafusion::common::TableReference;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Result};

use super::query::Planned;
use super::reference;
use super::settings::fold;
use super::versions::{At, moment};
use crate::dialect::{self, Huitong};
use crate::session::{Done, Session};

/// One of these statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `DESCRIBE HISTORY t [LIMIT n]`
    History { table: TableReference, limit: Option<u64> },
    /// `RESTORE TABLE t TO VERSION AS OF n | TO TIMESTAMP AS OF '…'`
    Restore { table: TableReference, to: At },
    /// `CHECK TABLE t`
    Check { table: TableReference },
    /// `OPTIMIZE t [ZORDER BY (a, b)]`; without columns, rows stay in their order.
    Optimize { table: TableReference, by: Vec<String> },
    /// `VACUUM t [RETAIN n HOURS]`
    Vacuum { table: TableReference, hours: Option<u64> },
}

impl Command {
    pub fn table(&self) -> &TableReference {
        match self {
            Self::History { table, .. }
            | Self::Restore { table, .. }
            | Self::Check { table }
            | Self::Optimize { table, .. }
            | Self::Vacuum { table, .. } => table,
        }
    }
}

const FIRST_WORDS: [&str; 5] = ["CHECK", "DESCRIBE", "RESTORE", "OPTIMIZE", "VACUUM"];
const FORMS: &str = "write `CHECK TABLE t`, `DESCRIBE HISTORY t [LIMIT n]`, `RESTORE TABLE t TO VERSION AS OF n | TO TIMESTAMP AS OF '…'`, \
                     `OPTIMIZE t [ZORDER BY (a, b)]` or `VACUUM t [RETAIN n HOURS]`";

/// Reads one of these statements; none if it is another.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<Command>> {
    if !dialect::begins(tokens, &FIRST_WORDS) {
        return Ok(None);
    }
    let dialect = Huitong::of(tokens.len());
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens.to_vec());
    let read = match parser.next_token().token {
        Token::Word(word) if word.keyword == Keyword::DESCRIBE && next_is(&mut parser, "HISTORY") => {
            history_of(&mut parser)
        }
        Token::Word(word) if word.value.eq_ignore_ascii_case("RESTORE") => restore(&mut parser),
        Token::Word(word) if word.keyword == Keyword::CHECK => check_of(&mut parser),
        Token::Word(word) if word.keyword == Keyword::OPTIMIZE => optimize(&mut parser),
        Token::Word(word) if word.keyword == Keyword::VACUUM => vacuum(&mut parser),
        _ => return Ok(None),
    };
    match read.and_then(|command| dialect::end(&mut parser).map(|()| command)) {
        Ok(command) => command.map(Some),
        Err(error) => Err(Error::new(Code::SYNTAX, error.to_string()).with_hint(FORMS)),
    }
}

/// Runs a command that changes a table.
pub async fn run(session: &Session, command: &Command) -> Result<Done> {
    match command {
        Command::History { .. } | Command::Check { .. } => Err(Error::new(Code::INTERNAL, "that is a query")),
        Command::Restore { table, to } => restore::run(session, table, *to).await,
        Command::Optimize { table, by } if by.is_empty() => optimize::run(session, table).await,
        Command::Optimize { table, by } => zorder::run(session, table, by).await,
        Command::Vacuum { table, hours } => vacuum::run(session, table, *hours).await,
    }
}

/// Plans a command that answers with rows; none if it changes a table.
pub async fn plan(session: &Session, command: &Command) -> Result<Option<Planned>> {
    match command {
        Command::History { table, limit } => history::plan(session, table, *limit).await.map(Some),
        Command::Check { table } => check::plan(session, table).await.map(Some),
        _ => Ok(None),
    }
}

type Parsed = std::result::Result<Result<Command>, ParserError>;

fn history_of(parser: &mut Parser<'_>) -> Parsed {
    let table = table(parser)?;
    let limit = if parser.parse_keyword(Keyword::LIMIT) { Some(parser.parse_literal_uint()?) } else { None };
    Ok(Ok(Command::History { table, limit }))
}

fn check_of(parser: &mut Parser<'_>) -> Parsed {
    parser.expect_keyword(Keyword::TABLE)?;
    Ok(Ok(Command::Check { table: table(parser)? }))
}

fn restore(parser: &mut Parser<'_>) -> Parsed {
    parser.expect_keyword(Keyword::TABLE)?;
    let table = table(parser)?;
    parser.expect_keyword(Keyword::TO)?;
    let to = if parser.parse_keywords(&[Keyword::VERSION, Keyword::AS, Keyword::OF]) {
        Ok(At::Version(parser.parse_literal_uint()?))
    } else {
        parser.expect_keywords(&[Keyword::TIMESTAMP, Keyword::AS, Keyword::OF])?;
        moment(&parser.parse_literal_string()?)
    };
    Ok(to.map(|to| Command::Restore { table, to }))
}

fn optimize(parser: &mut Parser<'_>) -> Parsed {
    // As ClickHouse writes it.
    let _ = parser.parse_keyword(Keyword::TABLE);
    let table = table(parser)?;
    let is_zorder = matches!(parser.peek_token().token, Token::Word(word) if word.value.eq_ignore_ascii_case("ZORDER"));
    let by = match is_zorder {
        false => Vec::new(),
        true => {
            parser.next_token();
            parser.expect_keyword(Keyword::BY)?;
            // Delta's engines take it without brackets, too.
            let bracketed = parser.consume_token(&Token::LParen);
            let columns = parser.parse_comma_separated(Parser::parse_identifier)?;
            if bracketed {
                parser.expect_token(&Token::RParen)?;
            }
            columns.iter().map(fold).collect()
        }
    };
    Ok(Ok(Command::Optimize { table, by }))
}

fn vacuum(parser: &mut Parser<'_>) -> Parsed {
    let table = table(parser)?;
    let hours = match parser.parse_keyword(Keyword::RETAIN) {
        false => None,
        true => {
            let hours = parser.parse_literal_uint()?;
            parser.expect_one_of_keywords(&[Keyword::HOURS, Keyword::HOUR])?;
            Some(hours)
        }
    };
    Ok(Ok(Command::Vacuum { table, hours }))
}

fn next_is(parser: &mut Parser<'_>, word: &str) -> bool {
    // A table may have that name; then nothing stands behind it.
    let is_word = |token| matches!(token, Token::Word(next) if next.quote_style.is_none() && next.value.eq_ignore_ascii_case(word));
    let found = is_word(parser.peek_token().token) && matches!(parser.peek_nth_token(1).token, Token::Word(_));
    if found {
        parser.next_token();
    }
    found
}

fn table(parser: &mut Parser<'_>) -> std::result::Result<TableReference, ParserError> {
    reference(&parser.parse_object_name(false)?).map_err(|e| ParserError::ParserError(e.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> std::result::Result<Option<Command>, Code> {
        dialect::tokens(sql).and_then(|tokens| parse(&tokens)).map_err(|e| e.code)
    }

    #[test]
    fn statements_are_read() {
        let person = || TableReference::partial("人口", "person");
        let cases = [
            ("DESCRIBE HISTORY 人口.person", Command::History { table: person(), limit: None }),
            ("describe history 人口.\"person\" limit 3;", Command::History { table: person(), limit: Some(3) }),
            ("RESTORE TABLE 人口.Person TO VERSION AS OF 2", Command::Restore { table: person(), to: At::Version(2) }),
            (
                "restore table 人口.person to timestamp as of '1970-01-01 00:00:01'",
                Command::Restore { table: person(), to: At::Time(1000) },
            ),
            ("CHECK TABLE 人口.person", Command::Check { table: person() }),
            ("OPTIMIZE 人口.person", Command::Optimize { table: person(), by: vec![] }),
            (
                "optimize table 人口.person zorder by (\"District\", Day)",
                Command::Optimize { table: person(), by: vec!["District".into(), "day".into()] },
            ),
            ("OPTIMIZE 人口.person ZORDER BY a", Command::Optimize { table: person(), by: vec!["a".into()] }),
            ("VACUUM 人口.person", Command::Vacuum { table: person(), hours: None }),
            ("VACUUM 人口.person RETAIN 0 HOURS", Command::Vacuum { table: person(), hours: Some(0) }),
        ];
        for (sql, command) in cases {
            assert_eq!(read(sql), Ok(Some(command)), "{sql}");
        }
        for other in
            ["DESCRIBE t", "DESCRIBE history", "DESCRIBE \"history\"", "SELECT 1", "DESCRIBE SELECT 1", "", "RESET x"]
        {
            assert_eq!(read(other), Ok(None), "{other}");
        }
        for wrong in [
            "RESTORE TABLE t",
            "RESTORE TABLE t TO VERSION AS OF 'x'",
            "RESTORE TABLE t TO TIMESTAMP AS OF 'noon'",
            "OPTIMIZE t ZORDER BY ()",
            "OPTIMIZE t ZORDER BY (a",
            "OPTIMIZE t ZORDER (a)",
            "OPTIMIZE t ORDER BY (a)",
            "VACUUM t RETAIN 3",
            "VACUUM",
            "DESCRIBE HISTORY t t",
        ] {
            assert_eq!(read(wrong), Err(Code::SYNTAX), "{wrong}");
        }
    }
}
