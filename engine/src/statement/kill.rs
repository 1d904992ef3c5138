//! `KILL 'id'`: a statement that runs is ended from another connection.

use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::TokenWithSpan;
use huitong_catalog::{Code, Error, Result};

use crate::dialect::{self, Huitong};
use crate::session::{Done, Session};

/// Reads the statement; none if it is another.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<String>> {
    if !dialect::begins(tokens, &["KILL"]) {
        return Ok(None);
    }
    let dialect = Huitong::of(tokens.len());
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens.to_vec());
    parser.next_token();
    let hint = "write `KILL 'id'`; ids are in huitong.running";
    read(&mut parser).map(Some).map_err(|e| Error::new(Code::SYNTAX, e.to_string()).with_hint(hint))
}

fn read(parser: &mut Parser<'_>) -> std::result::Result<String, ParserError> {
    let id = parser.parse_literal_string()?;
    dialect::end(parser)?;
    Ok(id)
}

/// Ends the statement. That one has ended before is no error; that it is somebody else's looks the same, except to administrators.
pub fn run(session: &Session, id: &str) -> Done {
    session.end(id);
    Done { command: "KILL", rows: None }
}
