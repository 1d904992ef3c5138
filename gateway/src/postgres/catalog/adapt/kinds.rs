//! Kinds of types that nothing here has. Clients ask in one statement for the parts of domains, rows and ranges, `CASE` by `CASE`; all
//! types here are plain ones, so that what stands for another kind is what the `CASE` answers otherwise.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Select, SelectItem, SetExpr, TableFactor, Value};

use super::null;
use super::scope::{Scope, folded};

/// Where types are listed, and the column that tells their kind.
const TYPES: &str = "pg_type";
const KIND: &str = "typtype";
/// The kind of all types here.
const PLAIN: &str = "b";

/// Leaves out what is asked for about other kinds.
pub fn fold(body: &mut SetExpr, scope: &Scope<'_>) {
    match body {
        SetExpr::Select(select) => fold_select(select, scope),
        SetExpr::SetOperation { left, right, .. } => {
            fold(left, scope);
            fold(right, scope);
        }
        _ => {}
    }
}

fn fold_select(select: &mut Select, scope: &Scope<'_>) {
    let factors = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    let types: Vec<String> = factors.filter_map(|factor| called(factor, scope)).collect();
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            fold_expr(expr, &types);
        }
    }
}

/// How a select calls the list of types, if this is where it reads it.
fn called(factor: &TableFactor, scope: &Scope<'_>) -> Option<String> {
    let TableFactor::Table { name, args: None, alias, .. } = factor else { return None };
    let list = scope.list(name).filter(|list| list == TYPES)?;
    Some(alias.as_ref().map_or(list, |alias| folded(&alias.name)))
}

fn fold_expr(expr: &mut Expr, types: &[String]) {
    match expr {
        Expr::Nested(inner) => fold_expr(inner, types),
        Expr::Case { operand: None, conditions, else_result, .. } => {
            conditions.retain(|when| !is_of_another_kind(&when.condition, types));
            if conditions.is_empty() {
                *expr = else_result.take().map_or_else(null, |otherwise| *otherwise);
            }
        }
        _ => {}
    }
}

fn is_of_another_kind(condition: &Expr, types: &[String]) -> bool {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else { return false };
    let (Expr::CompoundIdentifier(parts), Expr::Value(value)) = (left.as_ref(), right.as_ref()) else { return false };
    let [table, column] = parts.as_slice() else { return false };
    let is_kind = folded(column) == KIND && types.contains(&folded(table));
    is_kind && matches!(&value.value, Value::SingleQuotedString(kind) if kind != PLAIN)
}
