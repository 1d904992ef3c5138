//! Columns of inner queries that repeat an expression.
//!
//! The planner wants columns of different names also where nobody reads the names: `(SELECT 0, 0) AS t (a, b)`. There a repetition is
//! called as a list of values calls its columns, `column2`. Columns that have a name of their own keep it, and are refused: one that is
//! there twice could mean either.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr, VisitMut, VisitorMut};

use super::columns::{bare, folded};

/// Gives repetitions in the queries inside of a query names; answers whether there are any.
pub fn spread(query: &mut Query) -> bool {
    let mut selects = Selects::default();
    in_query(query, &mut selects);
    selects.changed
}

/// `visit` never breaks off here.
fn in_query(query: &mut Query, selects: &mut Selects) {
    let _: ControlFlow<()> = query.with.visit(selects);
    in_body(&mut query.body, selects);
    let _: ControlFlow<()> = query.order_by.visit(selects);
}

fn in_body(body: &mut SetExpr, selects: &mut Selects) {
    match body {
        SetExpr::Select(select) => {
            selects.next_is_top = true;
            let _: ControlFlow<()> = select.visit(selects);
        }
        SetExpr::Query(query) => in_query(query, selects),
        SetExpr::SetOperation { left, right, .. } => {
            in_body(left, selects);
            in_body(right, selects);
        }
        _ => {}
    }
}

#[derive(Default)]
struct Selects {
    /// The names of the next one are read.
    next_is_top: bool,
    changed: bool,
}

impl VisitorMut for Selects {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if std::mem::take(&mut self.next_is_top) {
            return ControlFlow::Continue(());
        }
        let mut seen = HashSet::new();
        for (at, item) in select.projection.iter_mut().enumerate() {
            let SelectItem::UnnamedExpr(expression) = item else { continue };
            let bare = bare(expression);
            let is_named = matches!(bare, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            if is_named || seen.insert(folded(&bare.to_string())) {
                continue;
            }
            let expr = std::mem::replace(expression, bare);
            *item = SelectItem::ExprWithAlias { expr, alias: Ident::new(format!("column{}", at + 1)) };
            self.changed = true;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::Statement;
    use datafusion::sql::sqlparser::ast::Statement as Sql;

    use super::super::parse;
    use super::*;

    fn spreaded(sql: &str) -> String {
        let Statement::Statement(sql) = parse(sql).unwrap().statement else { panic!("{sql}") };
        let Sql::Query(mut query) = *sql else { panic!("{sql}") };
        spread(&mut query);
        query.to_string()
    }

    #[test]
    fn repetitions_of_inner_queries_get_names() {
        for (sql, expected) in [
            ("WITH c (a, b) AS (SELECT 0, 0) SELECT 1, 1", "WITH c (a, b) AS (SELECT 0, 0 AS column2) SELECT 1, 1"),
            (
                "SELECT 1, 1 WHERE EXISTS (SELECT f(1), f(1::INT), f(2))",
                "SELECT 1, 1 WHERE EXISTS (SELECT f(1), f(1::INT) AS column2, f(2))",
            ),
            (
                "(SELECT 1, 1) UNION ALL SELECT * FROM (SELECT 2, 2)",
                "(SELECT 1, 1) UNION ALL SELECT * FROM (SELECT 2, 2 AS column2)",
            ),
        ] {
            assert_eq!(spreaded(sql), expected);
        }
    }

    #[test]
    fn names_that_were_written_stay() {
        let sql = "SELECT * FROM (SELECT a, a, a::TEXT, 1 AS b, 2 AS b FROM t) AS s";
        assert_eq!(spreaded(sql), sql);
    }
}
