//! Whether a statement that may be asked for twice has had its effect: its table then carries the mark that its commit left.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    FromTable, ObjectName, Statement as Sql, TableFactor, TableObject, TableWithJoins,
};
use huitong_catalog::Result;

use super::{Parsed, reference, table_name, write};
use crate::error::of_delta;
use crate::session::Session;
use crate::write::commit;

/// False for a session whose statements are asked for once, and for statements that change no table.
pub async fn is_done(session: &Session, parsed: &Parsed) -> Result<bool> {
    let (Some(_), Some(target)) = (session.once(), target(parsed)) else { return Ok(false) };
    let name = table_name(session, &reference(target)?)?;
    let names = session.names();
    let Some(object) = names.object(&name).filter(|object| object.kind.is_in_lake()) else { return Ok(false) };
    let (log, provenance) = (session.engine().lake().log(&object.definition)?, write::provenance(session, ""));
    let told = |e| of_delta(e, &name.to_string());
    commit::is_marked(&log, None, &provenance).await.map_err(told)
}

/// The table that a statement changes.
pub fn target(parsed: &Parsed) -> Option<&ObjectName> {
    let Statement::Statement(sql) = &parsed.statement else { return None };
    match sql.as_ref() {
        Sql::CreateTable(create) => Some(&create.name),
        Sql::AlterTable(alter) => Some(&alter.name),
        Sql::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => Some(name),
            _ => None,
        },
        Sql::Update(update) => named(&update.table.relation),
        Sql::Merge(merge) => named(&merge.table),
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let [TableWithJoins { relation, .. }] = from.as_slice() else { return None };
            named(relation)
        }
        _ => None,
    }
}

fn named(table: &TableFactor) -> Option<&ObjectName> {
    match table {
        TableFactor::Table { name, .. } => Some(name),
        _ => None,
    }
}
