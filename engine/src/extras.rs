//! What a door adds to the names that its sessions see.
//!
//! Clients of a protocol ask it for its own lists of what there is. Which those are is the door's knowledge; here is only the place
//! for them, behind the names of the city.

use std::fmt;
use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::logical_expr::ScalarUDF;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Expr;

/// A schema of lists, and functions. They are used where statements are planned and never travel: a plan that names one at run
/// time runs in this process.
pub trait Extras: Send + Sync + fmt::Debug {
    /// The schema's name; its tables are found without it too, where the session's own schema has no table of that name.
    fn schema_name(&self) -> &str;

    fn schema(&self) -> Arc<dyn SchemaProvider>;

    fn functions(&self) -> &[Arc<ScalarUDF>];

    /// Puts what the engine reads into the place of what only clients of the door say. It is done to the parsed statement, so that
    /// words keep their places in the text that the client sent.
    fn adapt(&self, statement: &mut Statement);

    /// How the door's clients call a column that has no alias; none for the engine's own name.
    fn column_name(&self, expression: &Expr) -> Option<String>;
}
