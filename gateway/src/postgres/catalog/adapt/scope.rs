//! Which names in a statement are lists of the catalogue.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, TableFactor, Visit, Visitor,
};
use huitong_engine::planning::CATALOG;

use super::super::INFORMATION_SCHEMA;
use super::SCHEMA;

/// What a session has of its own, and what the catalogue has.
pub trait Known {
    /// Whether a name without a schema is a table or a view of the session's own.
    fn is_table(&self, name: &str) -> bool;

    fn is_list(&self, name: &str) -> bool;

    /// Whether a list never has rows.
    fn is_empty(&self, name: &str) -> bool;
}

/// Names at one place of a statement.
pub struct Scope<'a> {
    known: &'a dyn Known,
    /// Names that the queries around the place give to queries of their own.
    named: Vec<HashSet<String>>,
    /// Names that the statement gives to columns.
    columns: HashSet<String>,
    /// Names without a table before them that it uses.
    used: HashSet<String>,
}

impl<'a> Scope<'a> {
    pub fn new(part: &impl Visit, known: &'a dyn Known) -> Self {
        let mut words = Words::default();
        // It never breaks off.
        let _: ControlFlow<()> = part.visit(&mut words);
        Self { known, named: Vec::new(), columns: words.columns, used: words.used }
    }

    pub fn enter(&mut self, query: &Query) {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.named.push(named.map(|one| folded(&one.alias.name)).collect());
    }

    /// Whether the place is in the outermost query.
    pub fn is_top(&self) -> bool {
        self.named.len() == 1
    }

    pub fn leave(&mut self) {
        self.named.pop();
    }

    /// The list that a name means.
    pub fn list(&self, name: &ObjectName) -> Option<String> {
        let parts: Vec<String> = name.0.iter().map(|part| part.as_ident().map(folded)).collect::<Option<_>>()?;
        let of_standard;
        let table = match parts.as_slice() {
            [table] if self.named.iter().any(|names| names.contains(table)) || self.known.is_table(table) => {
                return None;
            }
            [table] => table,
            [schema, table] if schema == SCHEMA => table,
            [schema, table] | [_, schema, table] if schema == INFORMATION_SCHEMA => {
                of_standard = format!("{schema}.{table}");
                &of_standard
            }
            [catalog, schema, table] if catalog == CATALOG && schema == SCHEMA => table,
            _ => return None,
        };
        self.known.is_list(table).then(|| table.clone())
    }

    /// Whether a name means a list that never has rows.
    pub fn is_empty(&self, name: &ObjectName) -> bool {
        self.list(name).is_some_and(|list| self.known.is_empty(&list))
    }

    /// Whether the statement uses a name without a table before it.
    pub fn is_used(&self, name: &Ident) -> bool {
        self.used.contains(&folded(name))
    }

    /// Whether the statement calls a column so.
    pub fn is_own(&self, name: &Ident) -> bool {
        self.columns.contains(&folded(name))
    }
}

/// Names of columns as a statement gives and uses them.
#[derive(Default)]
struct Words {
    columns: HashSet<String>,
    used: HashSet<String>,
}

impl Visitor for Words {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                self.used.insert(folded(name));
            }
            Expr::CompoundFieldAccess { root, .. } => {
                if let Expr::Identifier(name) = root.as_ref() {
                    self.used.insert(folded(name));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.columns.insert(folded(alias));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.columns.extend(named.flat_map(|one| &one.alias.columns).map(|column| folded(&column.name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived { alias: Some(alias), .. } | TableFactor::Table { alias: Some(alias), .. } = factor
        {
            self.columns.extend(alias.columns.iter().map(|column| folded(&column.name)));
        }
        ControlFlow::Continue(())
    }
}

/// The last part of a name.
pub fn last(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(folded)
}

/// A name as it is meant: one without quotes is in small letters.
pub fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}
