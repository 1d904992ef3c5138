//! Parts of a statement that read a list without rows: they say what they would answer, since the engine does not plan some of what
//! clients write about them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident, JoinOperator,
    OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins, Value, Visit, Visitor,
};

use huitong_engine::functions;

use super::scope::{Scope, last};
use super::{call, flag, null};

/// Makes parts of a query that read an empty list say that they have no rows.
pub fn fold_query(query: &mut Query, scope: &Scope<'_>) {
    if fold_body(&mut query.body, scope) {
        query.limit_clause = None;
        query.order_by = None;
    }
}

/// Answers whether all of it has no rows.
fn fold_body(body: &mut SetExpr, scope: &Scope<'_>) -> bool {
    match body {
        SetExpr::Select(select) => {
            if reads_nothing(select, scope) && !counts(select) {
                fold(select, scope.is_top());
            }
            is_nothing(select)
        }
        SetExpr::SetOperation { left, right, .. } => {
            let (left, right) = (fold_body(left, scope), fold_body(right, scope));
            left && right
        }
        SetExpr::Query(query) => has_no_rows(query),
        _ => false,
    }
}

/// Whether a query says that it has no rows.
pub fn has_no_rows(query: &Query) -> bool {
    fn of(body: &SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => is_nothing(select),
            SetExpr::SetOperation { left, right, .. } => of(left) && of(right),
            SetExpr::Query(query) => has_no_rows(query),
            _ => false,
        }
    }
    of(&query.body)
}

fn is_nothing(select: &Select) -> bool {
    select.from.is_empty() && select.selection == Some(flag(false)) && !counts(select)
}

/// Whether a list without rows is joined so that nothing is left.
fn reads_nothing(select: &Select, scope: &Scope<'_>) -> bool {
    select.from.iter().any(|from| {
        let kept = |join: &JoinOperator| {
            matches!(
                join,
                JoinOperator::Left(_)
                    | JoinOperator::LeftOuter(_)
                    | JoinOperator::LeftSemi(_)
                    | JoinOperator::LeftAnti(_)
            )
        };
        let inner = |join: &JoinOperator| {
            matches!(join, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
        };
        // A right or full join keeps rows of the other side.
        let plain = from.joins.iter().all(|join| kept(&join.join_operator) || inner(&join.join_operator));
        let of_join = || from.joins.iter().any(|join| inner(&join.join_operator) && is_empty(&join.relation, scope));
        plain && (is_empty(&from.relation, scope) || of_join())
    })
}

fn is_empty(factor: &TableFactor, scope: &Scope<'_>) -> bool {
    match factor {
        TableFactor::Table { name, args: None, .. } => scope.is_empty(name),
        // Rights and options, of which nothing has any here.
        TableFactor::Table { name, args: Some(args), .. } if last(name).as_deref() == Some("unnest") => {
            let of = args.args.iter().map(|arg| arg.to_string().to_lowercase()).collect::<String>();
            ["nspacl", "relacl", "datacl", "typacl", "proacl", "attacl", "reloptions", "attoptions"]
                .iter()
                .any(|column| of == *column || of.ends_with(&format!(".{column}")))
        }
        TableFactor::Derived { subquery, .. } => has_no_rows(subquery),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            let TableWithJoins { relation, joins } = table_with_joins.as_ref();
            joins.is_empty() && is_empty(relation, scope)
        }
        _ => false,
    }
}

/// A subquery over lists that stands for a value has one row at most, since it asks by number; the engine wants to be sure.
pub fn one_row(query: &mut Query, scope: &Scope<'_>) {
    let (None, None, SetExpr::Select(select)) = (&query.limit_clause, &query.with, query.body.as_mut()) else { return };
    if !reads(select, |factor| is_list(factor, scope)) || select.selection.is_none() || is_grouped(select) {
        return;
    }
    if let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] = select.projection.as_mut_slice()
        && !aggregates(expr)
    {
        *expr = call("max", vec![expr.clone()]);
        query.order_by = None;
    }
}

/// `ARRAY(SELECT … )` over lists, as an aggregate, which the engine plans.
pub fn array_of(function: &Function, scope: &Scope<'_>) -> Option<Expr> {
    let FunctionArguments::Subquery(query) = &function.args else { return None };
    match has_no_rows(query) {
        true => Some(call("make_array", vec![])),
        false => collected(query, |factor| is_list(factor, scope) || is_function(factor)),
    }
}

/// `value IN (SELECT … )` over functions of one value, as a list that holds it: the engine plans such subqueries as conditions of rows
/// only, and clients ask so within `CASE`.
pub fn held(value: &Expr, query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let is_short = select.from.iter().any(|from| matches!(from.relation, TableFactor::Derived { .. }));
    let list = is_short.then(|| collected(query, is_function)).flatten()?;
    Some(call("array_has", vec![list, value.clone()]))
}

/// The rows of a query as one list, if it reads nothing but what is told by `is_one`.
fn collected(query: &Query, is_one: impl Fn(&TableFactor) -> bool) -> Option<Expr> {
    let mut query = query.clone();
    let (None, None, SetExpr::Select(select)) = (&query.limit_clause, &query.with, query.body.as_mut()) else {
        return None;
    };
    if !reads(select, is_one) || is_grouped(select) {
        return None;
    }
    let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] = select.projection.as_mut_slice()
    else {
        return None;
    };
    if aggregates(expr) {
        return None;
    }
    let Expr::Function(mut all) = call("array_agg", vec![expr.clone()]) else { return None };
    if let Some(OrderByKind::Expressions(mut order)) = query.order_by.take().map(|order| order.kind)
        && let FunctionArguments::List(list) = &mut all.args
    {
        // A number is a column of the query, which has one.
        for by in &mut order {
            if matches!(&by.expr, Expr::Value(value) if matches!(value.value, Value::Number(..))) {
                by.expr = expr.clone();
            }
        }
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    *expr = Expr::Function(all);
    Some(Expr::Subquery(Box::new(query)))
}

/// Whether a select reads nothing but what is told by `is_one`, and reads something.
fn reads(select: &Select, is_one: impl Fn(&TableFactor) -> bool) -> bool {
    let all = |from: &TableWithJoins| is_one(&from.relation) && from.joins.iter().all(|join| is_one(&join.relation));
    !select.from.is_empty() && select.from.iter().all(all)
}

fn is_list(factor: &TableFactor, scope: &Scope<'_>) -> bool {
    matches!(factor, TableFactor::Table { name, args: None, .. } if scope.list(name).is_some())
}

/// Whether rows are made by a function, or are one that is written out.
fn is_function(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { args: Some(_), .. } | TableFactor::UNNEST { .. } => true,
        TableFactor::Derived { subquery, .. } => {
            matches!(subquery.body.as_ref(), SetExpr::Select(select) if select.from.is_empty())
        }
        _ => false,
    }
}

fn is_grouped(select: &Select) -> bool {
    !matches!(&select.group_by, GroupByExpr::Expressions(all, _) if all.is_empty())
}

/// Whether a query answers a row even if it reads none: an aggregate without groups.
fn counts(select: &Select) -> bool {
    let having = select.having.as_ref();
    !is_grouped(select) && (having.is_some() || select.projection.iter().any(aggregates))
}

/// Whether a part of a statement is an aggregate; those of subqueries are theirs.
fn aggregates(part: &impl Visit) -> bool {
    part.visit(&mut Aggregates(0)).is_break()
}

/// Looks for them, at a depth of subqueries.
struct Aggregates(usize);

static AGGREGATES: LazyLock<HashSet<String>> = LazyLock::new(|| functions::aggregates().into_iter().collect());

impl Visitor for Aggregates {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.0 -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if self.0 == 0 && function.over.is_none() => {
                match last(&function.name).is_some_and(|name| AGGREGATES.contains(&name)) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Leaves the names of the columns and nothing else.
fn fold(select: &mut Select, is_top: bool) {
    let named = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(expr) => Some(column_name(expr)),
        _ => None,
    };
    // `*` would need the columns of the list, which are read as they are.
    let Some(mut names) = select.projection.iter().map(named).collect::<Option<Vec<_>>>() else { return };
    // Inside of a query columns have different names; at its top they need not.
    for at in 1..names.len() {
        if !is_top && names[..at].contains(&names[at]) {
            names[at] = Ident::with_quote('"', format!("{} {at}", names[at].value));
        }
    }
    let cast = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(null()),
        data_type: DataType::Text,
        array: false,
        format: None,
    };
    select.projection =
        names.into_iter().map(|alias| SelectItem::ExprWithAlias { expr: cast.clone(), alias }).collect();
    select.distinct = None;
    select.from = Vec::new();
    select.selection = Some(flag(false));
    select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    select.having = None;
    select.sort_by = Vec::new();
}

fn column_name(expr: &Expr) -> Ident {
    match expr {
        Expr::Identifier(name) => name.clone(),
        Expr::CompoundIdentifier(parts) => parts.last().cloned().unwrap_or_else(|| Ident::new("column")),
        other => Ident::with_quote('"', super::column_name(other).unwrap_or_default()),
    }
}
