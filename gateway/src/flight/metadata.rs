//! Answers about catalogues, schemas and tables, for the principal who asks.

use arrow::array::RecordBatch;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};
use datafusion::logical_expr::TableType;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::namespace::table_type;
use huitong_engine::planning::CATALOG;
use huitong_engine::{Session, system};

use super::columns;

const TABLE: &str = "TABLE";
const VIEW: &str = "VIEW";
const SYSTEM_TABLE: &str = "SYSTEM TABLE";

pub fn catalogs(command: CommandGetCatalogs) -> Result<RecordBatch> {
    let mut builder = command.into_builder();
    builder.append(CATALOG);
    builder.build().map_err(wrong)
}

pub fn schemas(session: &Session, command: CommandGetDbSchemas) -> Result<RecordBatch> {
    let names = session.names();
    let mut builder = command.into_builder();
    for schema in names.schemas().chain([system::SCHEMA, "information_schema"]) {
        builder.append(CATALOG, schema);
    }
    builder.build().map_err(wrong)
}

pub fn table_types(command: CommandGetTableTypes) -> Result<RecordBatch> {
    let mut builder = command.into_builder();
    [TABLE, VIEW, SYSTEM_TABLE].into_iter().for_each(|kind| builder.append(kind));
    builder.build().map_err(wrong)
}

/// Tables that match, filtered before any is opened: a client that asks for one table's columns opens one table. A table
/// that cannot be opened is listed without columns, so that one broken table does not hide the rest.
pub async fn tables(session: &Session, command: CommandGetTables) -> Result<RecordBatch> {
    let with_schema = command.include_schema;
    let filter = Filter::of(&command);
    let mut builder = command.into_builder();
    for (schema, table, kind) in all_tables(session).into_iter().filter(|(s, t, k)| filter.keeps(s, t, k)) {
        let columns = match with_schema {
            true => session
                .table_schema(&schema, &table)
                .await
                .map(|found| columns::described(&schema, &table, &found, kind != TABLE)),
            false => Ok(std::sync::Arc::new(arrow::datatypes::Schema::empty())),
        };
        let columns = columns.unwrap_or_else(|error| {
            tracing::warn!(schema, table, %error, "table is listed without columns");
            std::sync::Arc::new(arrow::datatypes::Schema::empty())
        });
        builder.append(CATALOG, &schema, &table, kind, &columns).map_err(wrong)?;
    }
    builder.build().map_err(wrong)
}

fn all_tables(session: &Session) -> Vec<(String, String, &'static str)> {
    let names = session.names();
    let kind = |object: &huitong_catalog::state::ObjectRow| match table_type(object.kind) {
        TableType::View => VIEW,
        TableType::Base | TableType::Temporary => TABLE,
    };
    let users = names.objects().map(|o| (o.name.schema().to_owned(), o.name.table().to_owned(), kind(o)));
    let system = system::tables_for(session.principal())
        .map(|table| (system::SCHEMA.to_owned(), table.to_owned(), SYSTEM_TABLE));
    let mut all: Vec<_> = users.chain(system).collect();
    all.sort();
    all
}

pub struct Filter {
    catalog: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    kinds: Vec<String>,
}

impl Filter {
    pub fn of(command: &CommandGetTables) -> Self {
        Self {
            catalog: command.catalog.clone(),
            schema: command.db_schema_filter_pattern.clone(),
            table: command.table_name_filter_pattern.clone(),
            kinds: command.table_types.clone(),
        }
    }

    pub fn keeps(&self, schema: &str, table: &str, kind: &str) -> bool {
        let like = |pattern: &Option<String>, text| pattern.as_ref().is_none_or(|pattern| like(pattern, text));
        // An empty catalogue means "tables without one" to the specification; drivers send it for "any".
        let catalog = self.catalog.as_ref().is_none_or(|catalog| catalog.is_empty() || catalog == CATALOG);
        let kinds = self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind);
        catalog && kinds && like(&self.schema, schema) && like(&self.table, table)
    }
}

/// SQL's LIKE with `%` and `_`, and `\` before a character that stands for itself.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reach = vec![false; text.len() + 1];
    reach[0] = true;
    let mut index = 0;
    while index < pattern.len() {
        let escaped = pattern[index] == '\\' && index + 1 < pattern.len();
        index += usize::from(escaped);
        reach = match pattern[index] {
            '%' if !escaped => reach
                .iter()
                .scan(false, |any, r| {
                    *any |= *r;
                    Some(*any)
                })
                .collect(),
            one => {
                let matches = |c: char| (one == '_' && !escaped) || one == c;
                std::iter::once(false).chain((0..text.len()).map(|at| reach[at] && matches(text[at]))).collect()
            }
        };
        index += 1;
    }
    reach[text.len()]
}

fn wrong(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::INTERNAL, "the answer about names could not be built").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn like_matches_as_sql_does() {
        for (pattern, text) in
            [("%", ""), ("%", "人口"), ("人_", "人口"), ("p%n", "person"), ("a\\_b", "a_b"), ("%o%o%", "foo"), ("", "")]
        {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("_", ""), ("a\\_b", "axb"), ("p%n", "persons"), ("A", "a")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }
}
