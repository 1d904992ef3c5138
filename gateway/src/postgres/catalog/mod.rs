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

/// Lists without.
mod empty;

/// Functions about what is in the lists.
mod functions;

/// Statements about the lists in words that the engine reads.
mod rewrite;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::ScalarUDF;
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;
use huitong_engine::extras::Extras;

use super::variables::Variables;
pub use rewrite::{parameters, rewrite};

/// The schema's name.
pub const SCHEMA: &str = "pg_catalog";

/// The lists of one session.
#[derive(Debug)]
pub struct PgCatalog {
    schema: Arc<Lists>,
    functions: Vec<Arc<ScalarUDF>>,
}

impl PgCatalog {
    /// `process` is the number that the client was given for its connection.
    pub fn new(session: Session, variables: Arc<Variables>, process: i32) -> Self {
        let functions = functions::all(&session, &variables, process);
        Self { schema: Arc::new(Lists { session, variables }), functions }
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
}

#[derive(Debug)]
struct Lists {
    session: Session,
    variables: Arc<Variables>,
}

#[async_trait]
impl SchemaProvider for Lists {
    fn table_names(&self) -> Vec<String> {
        lists::NAMES.iter().copied().chain([attributes::NAME]).chain(empty::names()).map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if name == attributes::NAME {
            return Ok(Some(Arc::new(attributes::Attributes::new(self.session.clone()))));
        }
        let rows = match lists::list(name, &self.session, &self.variables).map_err(into_datafusion)? {
            Some(rows) => rows,
            None => match empty::list(name).map_err(into_datafusion)? {
                Some(rows) => rows,
                None => return Ok(None),
            },
        };
        Ok(Some(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?)))
    }

    fn table_exist(&self, name: &str) -> bool {
        name == attributes::NAME || lists::NAMES.contains(&name) || empty::names().any(|known| known == name)
    }
}
