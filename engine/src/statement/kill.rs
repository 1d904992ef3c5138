//! `KILL 'id'`: a statement that runs is ended from another connection.

use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Result};

use crate::dialect::Huitong;
use crate::session::{Done, Session};

/// Reads the statement; none if it is another.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<String>> {
    let first = tokens.iter().find(|token| !matches!(token.token, Token::Whitespace(_)));
    if !first.is_some_and(|first| first.token.to_string().eq_ignore_ascii_case("KILL")) {
        return Ok(None);
    }
    let mut parser = Parser::new(&Huitong).with_tokens_with_locations(tokens.to_vec());
    parser.next_token();
    let hint = "write `KILL 'id'`; ids are in huitong.queries";
    read(&mut parser).map(Some).map_err(|e| Error::new(Code::SYNTAX, e.to_string()).with_hint(hint))
}

fn read(parser: &mut Parser<'_>) -> std::result::Result<String, ParserError> {
    let id = parser.parse_literal_string()?;
    while parser.consume_token(&Token::SemiColon) {}
    match parser.peek_token().token {
        Token::EOF => Ok(id),
        other => Err(ParserError::ParserError(format!("unexpected `{other}`"))),
    }
}

/// Ends the statement. That one has ended before is no error; that it is somebody else's looks the same, except to administrators.
pub fn run(session: &Session, id: &str) -> Done {
    session.end(id);
    Done { command: "KILL", rows: None }
}
