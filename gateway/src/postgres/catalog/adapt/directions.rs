//! Functions that read and write a type, in `pg_type`: numbers here, and names where a client shows them or reads them as text.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{DataType, Expr, Ident, Select, SelectItem, visit_expressions_mut};

use super::call;
use super::scope::folded;

const COLUMNS: [&str; 4] = ["typinput", "typoutput", "typreceive", "typsend"];

/// Names them in a query of that list.
pub fn name(select: &mut Select) {
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && let Some(column) = column(expr)
        {
            let alias = Ident::with_quote('"', column);
            *item = SelectItem::ExprWithAlias { expr: named(expr), alias };
        }
    }
    // It never breaks off.
    let _: ControlFlow<()> = visit_expressions_mut(select, |expr| {
        if let Expr::Cast { expr: inner, data_type: DataType::Text | DataType::Varchar(None), .. } = expr
            && column(inner).is_some()
        {
            *expr = named(inner);
        }
        ControlFlow::Continue(())
    });
}

fn named(expr: &Expr) -> Expr {
    call("huitong_function_name", vec![expr.clone()])
}

fn column(expr: &Expr) -> Option<&'static str> {
    let name = match expr {
        Expr::Identifier(name) => folded(name),
        Expr::CompoundIdentifier(parts) => folded(parts.last()?),
        _ => return None,
    };
    COLUMNS.into_iter().find(|column| *column == name)
}
