//! `pg_catalog`: the lists that clients of PostgreSQL ask for schemas, tables, columns and types.
//!
//! They are made anew whenever a statement opens one, from the names that the session's principal may know of. Lists of things that
//! do not exist here, such as indexes and triggers, are there and empty.

/// Numbers of things.
mod oids;

/// Lists with rows.
mod lists;

/// Columns of tables.
mod attributes;

/// Connections.
mod activity;

/// Cursors of the connection.
mod cursors;

/// Functions of types.
mod procedures;

/// Lists without.
mod empty;

/// Functions about what is in the lists.
mod functions;

/// Statements in words that the engine reads.
mod adapt;

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::ScalarUDF;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Expr;
use huitong_catalog::Result;
use huitong_catalog::names::TableName;
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;
use huitong_engine::extras::Extras;

use super::portal::Cursors;
use super::processes::{Process, Processes};
use super::variables::Variables;
pub(super) use adapt::{Known, adapt};
pub(super) use empty::is_empty;
pub use functions::started;

/// The schema's name.
pub const SCHEMA: &str = "pg_catalog";

/// Where the standard has its lists; those that the engine does not have are kept under their full names.
const INFORMATION_SCHEMA: &str = "information_schema";

/// The lists of one session.
#[derive(Debug)]
pub struct PgCatalog {
    schema: Arc<Lists>,
    functions: Vec<Arc<ScalarUDF>>,
}

impl PgCatalog {
    pub fn new(session: Session, variables: Arc<Variables>, process: &Process, processes: Processes) -> Self {
        let functions = functions::all(&session, &variables, process.number, &processes);
        let cursors = process.cursors.clone();
        Self { schema: Arc::new(Lists { session, variables, processes, cursors }), functions }
    }
}

impl Extras for PgCatalog {
    fn schema_name(&self) -> &str {
        SCHEMA
    }

    fn schema(&self) -> Arc<dyn SchemaProvider> {
        self.schema.clone()
    }

    fn functions(&self) -> &[Arc<ScalarUDF>] {
        &self.functions
    }

    fn adapt(&self, statement: &mut Statement) {
        adapt(statement, &Names { lists: &self.schema, own: OnceCell::new() });
    }

    fn column_name(&self, expression: &Expr) -> Option<String> {
        adapt::column_name(expression)
    }
}

/// Names while one statement is read.
struct Names<'a> {
    lists: &'a Lists,
    own: OnceCell<huitong_engine::namespace::Names>,
}

impl Known for Names<'_> {
    fn is_table(&self, name: &str) -> bool {
        let session = &self.lists.session;
        let Ok(name) = TableName::new(session.settings().schema, name) else { return false };
        self.own.get_or_init(|| session.names()).object(&name).is_some()
    }

    fn is_list(&self, name: &str) -> bool {
        self.lists.table_exist(name)
    }

    fn is_empty(&self, name: &str) -> bool {
        is_empty(name)
    }
}

/// Lists of more than what the session and its settings say.
const MADE: [&str; 3] = [attributes::NAME, activity::NAME, cursors::NAME];

/// Whether there is such a list.
pub(super) fn is_list(name: &str) -> bool {
    MADE.contains(&name) || lists::NAMES.contains(&name) || is_empty(name)
}

#[derive(Debug)]
struct Lists {
    session: Session,
    variables: Arc<Variables>,
    processes: Processes,
    cursors: Cursors,
}

#[async_trait]
impl SchemaProvider for Lists {
    fn table_names(&self) -> Vec<String> {
        lists::NAMES.iter().copied().chain(MADE).chain(empty::names()).map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if name == attributes::NAME {
            return Ok(Some(Arc::new(attributes::Attributes::new(self.session.clone(), self.variables.clone()))));
        }
        let rows = match name {
            activity::NAME => activity::list(&self.session, &self.processes).map(Some),
            cursors::NAME => cursors::list(&self.cursors.all()).map(Some),
            _ => rows_of(name, &self.session, &self.variables),
        };
        let Some(rows) = rows.map_err(into_datafusion)? else { return Ok(None) };
        Ok(Some(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        is_list(name)
    }
}

/// The rows of a list; none if there is no such list.
fn rows_of(name: &str, session: &Session, variables: &Variables) -> Result<Option<RecordBatch>> {
    match lists::list(name, session, variables)? {
        Some(rows) => Ok(Some(rows)),
        None => empty::list(name),
    }
}

/// The columns of a list.
fn columns_of(name: &str, session: &Session, variables: &Variables) -> Result<SchemaRef> {
    match name {
        attributes::NAME => return Ok(attributes::schema()),
        activity::NAME => return activity::schema(),
        cursors::NAME => return cursors::list(&[]).map(|rows| rows.schema()),
        _ => {}
    }
    let rows = rows_of(name, session, variables)?;
    rows.map(|rows| rows.schema()).ok_or_else(|| session.names().unknown_table(name))
}
