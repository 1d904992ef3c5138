//! Queries that are written as text, of which parts are put in as they were parsed.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, Statement, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use huitong_catalog::{Code, Error, Result};

/// What takes the place of names in the text. Names are quoted there: `"the relation"`.
#[derive(Debug, Default)]
pub struct Parts {
    relations: HashMap<String, Query>,
    expressions: HashMap<String, Expr>,
}

impl Parts {
    /// A relation, in the place of a table of that name.
    pub fn relation(mut self, name: impl Into<String>, query: Query) -> Self {
        self.relations.insert(name.into(), query);
        self
    }

    /// An expression, in the place of a column of that name.
    pub fn expression(mut self, name: impl Into<String>, expression: Expr) -> Self {
        self.expressions.insert(name.into(), expression);
        self
    }

    /// The query of that text with these parts.
    ///
    /// # Errors
    /// HT0101 for one that would be too large: each relation stands in it as often as the text names it, and those may hold such queries
    /// themselves.
    pub fn put_into(mut self, text: &str) -> Result<Query> {
        let mut size = text.len();
        for (name, query) in &self.relations {
            let copies = text.matches(&quoted(name)).count();
            size = size.saturating_add(copies.saturating_mul(query.to_string().len()));
        }
        if size > SIZE_MAX {
            let what =
                format!("with what its table functions stand for, the statement is longer than {SIZE_MAX} bytes");
            return Err(Error::new(Code::SYNTAX, what).with_hint("make a table of a relation that is a long query"));
        }
        let Some(Statement::Query(mut query)) = crate::statement::peek(text) else {
            let what = "what a table function stands for is too large to be read";
            return Err(Error::new(Code::SYNTAX, what).with_hint("use fewer rules, comparisons or columns"));
        };
        let _: ControlFlow<()> = VisitMut::visit(&mut query, &mut self);
        Ok(*query)
    }
}

/// Bytes of a query of a table function, written out, at most.
const SIZE_MAX: usize = 2 * 1024 * 1024;

/// What was put in is not looked at again: a visitor is called behind what is inside.
impl VisitorMut for Parts {
    type Break = ();

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name: ObjectName(parts), alias, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let [ObjectNamePart::Identifier(name)] = parts.as_slice() else { return ControlFlow::Continue(()) };
        if let Some(query) = self.relations.get(&name.value) {
            let own = TableAlias { explicit: true, name: name.clone(), columns: Vec::new(), at: None };
            let alias = Some(alias.clone().unwrap_or(own));
            *factor = TableFactor::Derived { lateral: false, subquery: Box::new(query.clone()), alias, sample: None };
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expression
            && let Some(given) = self.expressions.get(&name.value)
        {
            *expression = given.clone();
        }
        ControlFlow::Continue(())
    }
}

/// The alias of a relation where expressions of the call are evaluated: no column that they name has it.
pub const ROW: &str = "\"row of relation\"";

/// A name as it stands in a text, whatever characters it has.
pub fn quoted(name: &str) -> String {
    Ident::with_quote('"', name).to_string()
}

/// A text as a literal of SQL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
