//! `UNDROP TABLE t`: a dropped table gets its name back while its files are kept.

use datafusion::common::TableReference;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::TokenWithSpan;
use huitong_catalog::identity::Office;
use huitong_catalog::state::{DirectoryState, ObjectKind, ObjectRow};
use huitong_catalog::{Code, Error, Result};

use super::{reference, table, table_name};
use crate::dialect::{self, Huitong};
use crate::session::{Done, Session};

/// Reads the statement; none if it is another.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<TableReference>> {
    if !dialect::begins(tokens, &["UNDROP"]) {
        return Ok(None);
    }
    let dialect = Huitong::of(tokens.len());
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens.to_vec());
    parser.next_token();
    let read =
        read(&mut parser).map_err(|e| Error::new(Code::SYNTAX, e.to_string()).with_hint("write `UNDROP TABLE t`"));
    read?.map(Some)
}

fn read(parser: &mut Parser<'_>) -> std::result::Result<Result<TableReference>, ParserError> {
    parser.expect_keyword(Keyword::TABLE)?;
    let name = parser.parse_object_name(false)?;
    dialect::end(parser)?;
    Ok(reference(&name))
}

/// Brings back the table or model that was dropped last of those that had the name.
pub async fn run(session: &Session, table: &TableReference) -> Result<Done> {
    let name = table_name(session, table)?;
    let engine = session.engine();
    let guard = engine.change_names().await;
    let gone = || {
        Error::new(Code::UNKNOWN_TABLE, format!("no dropped table `{name}` is kept")).with_hint(
            "`storage.keep_dropped` says how long files are kept; administrators see them in huitong.dropped",
        )
    };
    let rows = engine.state().directories().await?.into_iter();
    let kept = rows.filter(|row| row.state == DirectoryState::Dropped && row.name == name);
    let kept = kept.max_by_key(|row| row.since).ok_or_else(gone)?;
    // What is not somebody's own is not there, and what a name with a contract is, its contract says.
    let has_contract = engine.contracts().snapshot.dataset(&name).is_some();
    let principal = session.principal();
    if !principal.holds(Office::System) && (has_contract || kept.owner != principal.name) {
        return Err(gone());
    }
    table::check_free(session, &name, false)?;
    let owner = if kept.owner.is_empty() { session.principal().name.clone() } else { kept.owner };
    let is_model = engine.state().is_fitted(&kept.location).await?;
    let kind = if is_model { ObjectKind::Model } else { ObjectKind::Table };
    let (definition, created_at) = (kept.location, engine.clock().now());
    let object = ObjectRow { name: name.clone(), kind, definition, owner, created_at };
    if !engine.state().restore_object(&object).await? {
        return Err(gone());
    }
    engine.reload_names().await?;
    drop(guard);
    Ok(Done { command: "UNDROP TABLE", rows: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_read() {
        let read = |sql: &str| dialect::tokens(sql).and_then(|tokens| parse(&tokens)).map_err(|e| e.code);
        assert_eq!(read("UNDROP TABLE t"), Ok(Some(TableReference::bare("t"))));
        assert_eq!(read(" undrop table 人口.\"T\" ;"), Ok(Some(TableReference::partial("人口", "T"))));
        for other in ["DROP TABLE t", "SELECT 1", "", "\"UNDROP\" TABLE t"] {
            assert_eq!(read(other), Ok(None), "{other}");
        }
        for wrong in ["UNDROP t", "UNDROP TABLE", "UNDROP TABLE t u", "UNDROP VIEW v"] {
            assert_eq!(read(wrong), Err(Code::SYNTAX), "{wrong}");
        }
    }
}
