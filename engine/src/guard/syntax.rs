//! Syntax that the parser accepts and the planner would silently leave out.
//!
//! A version of a table that is dropped becomes the newest version; a sample becomes the whole table. Whatever nothing
//! below consumes is refused here, before planning.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, Select, TableFactor, Visit, Visitor};
use huitong_catalog::{Code, Error, Result};

/// Refuses a statement with a part that would have no effect.
pub fn check(statement: &impl Visit) -> Result<()> {
    match statement.visit(&mut Ignored) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(what) => Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported"))
            .with_hint("leave that part out")),
    }
}

struct Ignored;

impl Visitor for Ignored {
    type Break = &'static str;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        if let TableFactor::Derived { sample: Some(_), .. } = factor {
            return ControlFlow::Break("TABLESAMPLE");
        }
        let TableFactor::Table {
            version, with_hints, with_ordinality, partitions, json_path, sample, index_hints, ..
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        first(&[
            (*with_ordinality, "WITH ORDINALITY"),
            (version.is_some(), "a table version"),
            (sample.is_some(), "TABLESAMPLE"),
            (!with_hints.is_empty() || !index_hints.is_empty(), "a table hint"),
            (!partitions.is_empty(), "PARTITION after a table's name"),
            (json_path.is_some(), "a path after a table's name"),
        ])
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        first(&[
            (!query.locks.is_empty(), "FOR UPDATE or FOR SHARE"),
            (query.for_clause.is_some(), "FOR XML, FOR JSON or FOR BROWSE"),
            (query.settings.is_some(), "SETTINGS"),
            (query.format_clause.is_some(), "FORMAT"),
        ])
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        first(&[
            (select.into.is_some(), "SELECT INTO"),
            (select.top.is_some(), "TOP"),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.lateral_views.is_empty(), "LATERAL VIEW"),
            (!select.connect_by.is_empty(), "CONNECT BY"),
            (!select.cluster_by.is_empty(), "CLUSTER BY"),
            (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
            (!select.sort_by.is_empty(), "SORT BY"),
        ])
    }
}

fn first(found: &[(bool, &'static str)]) -> ControlFlow<&'static str> {
    match found.iter().find(|(present, _)| *present) {
        Some((_, what)) => ControlFlow::Break(what),
        None => ControlFlow::Continue(()),
    }
}
