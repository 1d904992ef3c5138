//! `SHOW SCHEMAS`, `SHOW TABLES`, `SHOW FUNCTIONS`: lists, as queries over the tables that hold them.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectNamePart, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions, Statement as Sql,
};
use huitong_catalog::{Code, Error, Result};

use super::Parsed;
use super::query::{self, Planned};
use super::settings::fold;
use crate::session::Session;

/// Plans one of these statements.
pub async fn plan(session: &Session, statement: &Sql) -> Result<Planned> {
    let sql = match statement {
        Sql::ShowSchemas { show_options, .. } | Sql::ShowDatabases { show_options, .. } => {
            let names = "SELECT catalog_name, schema_name FROM information_schema.schemata";
            listed(names, "schema_name", &Wanted::of(show_options)?)
        }
        Sql::ShowTables { show_options, .. } => {
            let wanted = Wanted::of(show_options)?;
            if let Some(schema) = &wanted.schema {
                known(session, schema)?;
            }
            let names = "SELECT table_schema, table_name, table_type, table_catalog FROM information_schema.tables";
            listed(names, "table_name", &wanted)
        }
        Sql::ShowFunctions { filter } => {
            let names = "SELECT DISTINCT routine_name AS function_name, function_type, description, syntax_example \
                         FROM information_schema.routines";
            listed(names, "function_name", &Wanted { schema: None, like: like(filter.as_ref())? })
        }
        _ => return Err(unsupported()),
    };
    query::plan(session, super::parse(&sql)?).await
}

/// `SHOW COLUMNS` of a name with its schema: of a name alone, the library shows the columns of all tables that are called so.
pub fn qualified(session: &Session, mut parsed: Parsed) -> Parsed {
    if let Statement::Statement(sql) = &mut parsed.statement
        && let Sql::ShowColumns { show_options, .. } = sql.as_mut()
        && let Some(name) = show_options.show_in.as_mut().and_then(|place| place.parent_name.as_mut())
        && name.0.len() == 1
    {
        let schema = Ident::with_quote('"', session.settings().schema);
        name.0.insert(0, ObjectNamePart::Identifier(schema));
    }
    parsed
}

/// What of a list is asked for.
struct Wanted {
    schema: Option<String>,
    like: Option<String>,
}

impl Wanted {
    fn of(options: &ShowStatementOptions) -> Result<Self> {
        let ShowStatementOptions { show_in, starts_with, limit, limit_from, filter_position } = options;
        if starts_with.is_some() || limit.is_some() || limit_from.is_some() {
            return Err(unsupported());
        }
        let schema = match show_in.as_ref().map(|place| (&place.parent_type, &place.parent_name)) {
            None => None,
            Some((_, Some(name))) => match name.0.as_slice() {
                [.., schema] => Some(fold(schema.as_ident().ok_or_else(unsupported)?)),
                [] => return Err(unsupported()),
            },
            Some((_, None)) => return Err(unsupported()),
        };
        let filter = filter_position.as_ref().map(|position| match position {
            ShowStatementFilterPosition::Infix(filter) | ShowStatementFilterPosition::Suffix(filter) => filter,
        });
        Ok(Self { schema, like: like(filter)? })
    }
}

fn like(filter: Option<&ShowStatementFilter>) -> Result<Option<String>> {
    match filter {
        None => Ok(None),
        Some(ShowStatementFilter::Like(pattern)) => Ok(Some(format!("LIKE {}", literal(pattern)))),
        Some(ShowStatementFilter::ILike(pattern)) => Ok(Some(format!("ILIKE {}", literal(pattern)))),
        Some(ShowStatementFilter::Where(_) | ShowStatementFilter::NoKeyword(_)) => Err(unsupported()),
    }
}

fn listed(names: &str, column: &str, wanted: &Wanted) -> String {
    let schema = wanted.schema.as_ref().map(|schema| format!("table_schema = {}", literal(schema)));
    let like = wanted.like.as_ref().map(|like| format!("{column} {like}"));
    let conditions: Vec<_> = schema.into_iter().chain(like).collect();
    let chosen = match conditions.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", conditions.join(" AND ")),
    };
    format!("SELECT * FROM ({names}){chosen} ORDER BY 1, 2")
}

fn known(session: &Session, schema: &str) -> Result<()> {
    let names = session.names();
    let system = [crate::system::SCHEMA, "information_schema"];
    if names.schema(schema).is_some() || system.contains(&schema) {
        return Ok(());
    }
    Err(Error::new(Code::UNKNOWN_SCHEMA, format!("unknown schema `{schema}`")).with_suggestion(schema, names.schemas()))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn unsupported() -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, "this form of SHOW is not supported")
        .with_hint("write `SHOW SCHEMAS | TABLES [FROM schema] | FUNCTIONS [LIKE 'pattern']`")
}
