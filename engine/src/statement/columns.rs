//! The columns of an answer under the names that the user wrote.
//!
//! The planner wants columns of different names. An answer need not have them: `SELECT id, id` is two columns that are called `id`. So
//! where the top of a query repeats a name, all but the first get names of their own for the plan, and the answer is told with those
//! that were written.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::TableReference;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Query, Select, SelectItem, SetExpr, Statement as Sql, Value, visit_expressions_mut,
};
use futures::future::BoxFuture;
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use super::{Parsed, inner};
use crate::extras::Extras;
use crate::session::StatementContext;

/// A plan, and the names of its columns where they are not the plan's own.
pub struct Told {
    pub plan: LogicalPlan,
    pub names: Option<Arc<[String]>>,
}

/// Plans a query; columns without an alias are called as the session's door does.
pub async fn plan(context: &StatementContext, parsed: &Parsed, extras: Option<&dyn Extras>) -> Result<Told> {
    let Some(query) = query_of(parsed) else {
        return Ok(Told { plan: context.plan(parsed).await?, names: None });
    };
    let door = |expression: &Expr| extras.and_then(|extras| extras.column_name(expression));
    match context.plan(parsed).await {
        Ok(plan) => {
            let columns = first_select(query).map(|select| written(select, &door)).unwrap_or_default();
            let names = names(&plan, &columns);
            Ok(Told { plan, names })
        }
        Err(error) if may_repeat(&error) => {
            let mut query = query.clone();
            if !spread(context, &mut query).await.unwrap_or(false) {
                return Err(error);
            }
            let columns = first_select(&query).map(|select| written(select, &door)).unwrap_or_default();
            let plan = context.plan(&of_query(parsed, query)).await?;
            let names = names(&plan, &columns);
            Ok(Told { plan, names })
        }
        Err(error) => Err(error),
    }
}

/// Whether a query was refused for what may be a repeated name.
pub fn may_repeat(error: &Error) -> bool {
    [Code::TYPE_MISMATCH, Code::AMBIGUOUS_NAME].contains(&error.code)
}

/// The same rows under other names.
pub fn renamed(schema: &Schema, names: &[String]) -> SchemaRef {
    let fields = schema.fields().iter().zip(names).map(|(field, name)| field.as_ref().clone().with_name(name));
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// A batch with a schema that differs in names only.
pub fn with_names(batch: &RecordBatch, schema: &SchemaRef) -> std::result::Result<RecordBatch, ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
}

fn query_of(parsed: &Parsed) -> Option<&Query> {
    match &parsed.statement {
        Statement::Statement(sql) => match sql.as_ref() {
            Sql::Query(query) => Some(query),
            _ => None,
        },
        _ => None,
    }
}

fn of_query(parsed: &Parsed, query: Query) -> Parsed {
    Parsed { statement: Statement::Statement(Box::new(Sql::Query(Box::new(query)))), ..parsed.clone() }
}

/// Behind it stands how its repetition in one projection is told apart; no user writes such a name.
const MARK: char = '\u{1}';

/// A column as it stands at the top of a query.
enum Column {
    /// `*`, which may be several.
    Many,
    /// None if the plan's own name is the right one.
    One(Option<String>),
    /// Called as the column at a place before it is.
    Same(usize),
}

fn written(select: &Select, door: &impl Fn(&Expr) -> Option<String>) -> Vec<Column> {
    let one = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expression) => Column::One(door(expression)),
        SelectItem::ExprWithAlias { expr, alias } => match alias.value.split_once(MARK) {
            Some(("", places)) => match (door(expr), places.split(MARK).next().and_then(|first| first.parse().ok())) {
                (None, Some(first)) => Column::Same(first),
                (name, _) => Column::One(name),
            },
            Some((name, _)) => Column::One(Some(name.to_owned())),
            None => Column::One(None),
        },
        _ => Column::Many,
    };
    select.projection.iter().map(one).collect()
}

/// Names by their places. Between two `*` nobody knows the place.
fn names(plan: &LogicalPlan, columns: &[Column]) -> Option<Arc<[String]>> {
    let fields = plan.schema().fields();
    let mut names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let one = |column: &Column| match column {
        Column::One(name) => Some(name.clone()),
        Column::Same(first) => Some(fields.get(*first).map(|field| field.name().clone())),
        Column::Many => None,
    };
    let mut changed = false;
    let mut put = |at: Option<usize>, name: Option<String>| {
        if let Some((slot, name)) = at.and_then(|at| names.get_mut(at)).zip(name)
            && *slot != name
        {
            (*slot, changed) = (name, true);
        }
    };
    for (at, name) in columns.iter().map_while(one).enumerate() {
        put(Some(at), name);
    }
    if columns.iter().any(|column| matches!(column, Column::Many)) {
        for (behind, name) in columns.iter().rev().map_while(one).enumerate() {
            put(fields.len().checked_sub(behind + 1), name);
        }
    }
    changed.then(|| names.into())
}

/// The select that names the columns of a query.
fn first_select(query: &Query) -> Option<&Select> {
    fn of(body: &SetExpr) -> Option<&Select> {
        match body {
            SetExpr::Select(select) => Some(select),
            SetExpr::Query(query) => of(&query.body),
            SetExpr::SetOperation { left, .. } => of(left),
            _ => None,
        }
    }
    of(&query.body)
}

/// Gives columns that repeat a name names of their own, at the top of a query and, where nobody reads them, inside; answers whether
/// there are such.
pub async fn spread(context: &StatementContext, query: &mut Query) -> Result<bool> {
    // Inside first: what a `*` at the top stands for is asked of the planner.
    let inside = inner::spread(query);
    Ok(top(context, query).await? | inside)
}

async fn top(context: &StatementContext, query: &mut Query) -> Result<bool> {
    let around = query.clone();
    body(context, &around, &mut query.body).await
}

fn body<'a>(context: &'a StatementContext, around: &'a Query, part: &'a mut SetExpr) -> BoxFuture<'a, Result<bool>> {
    Box::pin(async move {
        match part {
            SetExpr::Select(select) => self::select(context, around, select).await,
            SetExpr::Query(query) => top(context, query).await,
            SetExpr::SetOperation { left, right, .. } => {
                Ok(body(context, around, left).await? | body(context, around, right).await?)
            }
            _ => Ok(false),
        }
    })
}

async fn select(context: &StatementContext, around: &Query, select: &mut Select) -> Result<bool> {
    let mut items = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                items.extend(columns_of(context, around, select, item).await?);
            }
            item => items.push(item.clone()),
        }
    }
    let (mut seen, mut repeated) = (HashMap::new(), false);
    for (at, item) in items.iter_mut().enumerate() {
        let Some((expr, name)) = called(item) else { continue };
        let first = *seen.entry(name.clone().unwrap_or_else(|| folded(&bare(expr).to_string()))).or_insert(at);
        if first == at {
            continue;
        }
        // Without a name of its own it is called as its first place is; with one, any number tells it apart.
        let alias = match &name {
            None => format!("{MARK}{first}{MARK}{at}"),
            Some(name) => format!("{name}{MARK}{at}"),
        };
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', alias) };
        repeated = true;
    }
    if repeated {
        select.projection = items;
    }
    Ok(repeated)
}

/// An expression, and the name that its column is written with.
fn called(item: &SelectItem) -> Option<(&Expr, Option<String>)> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } => Some((expr, Some(fold(alias)))),
        SelectItem::UnnamedExpr(expr) => Some((
            expr,
            match &bare(expr) {
                Expr::Identifier(name) => Some(fold(name)),
                Expr::CompoundIdentifier(parts) => parts.last().map(fold),
                _ => None,
            },
        )),
        _ => None,
    }
}

/// An expression without casts and parentheses, which are no part of a column's name: to the planner `x` and `x::text` are called the
/// same, and so are `(x + 1) * 2` and `x + 1 * 2`.
pub fn bare(expression: &Expr) -> Expr {
    let mut bare = expression.clone();
    // It never breaks off. What is inside comes first.
    let _: ControlFlow<()> = visit_expressions_mut(&mut bare, |part| {
        let taken = std::mem::replace(part, Expr::value(Value::Null));
        *part = match taken {
            Expr::Cast { expr, .. } | Expr::Nested(expr) => *expr,
            Expr::TypedString(text) => Expr::Value(text.value),
            other => other,
        };
        ControlFlow::Continue(())
    });
    bare
}

/// A text in which only what is quoted keeps its case.
pub fn folded(text: &str) -> String {
    let parts = text.split_inclusive(['\'', '"']).scan(false, |quoted, part| {
        let was = std::mem::replace(quoted, *quoted ^ part.ends_with(['\'', '"']));
        Some(if was { part.to_owned() } else { part.to_lowercase() })
    });
    parts.collect()
}

/// The columns that a `*` stands for.
async fn columns_of(
    context: &StatementContext,
    around: &Query,
    select: &Select,
    item: &SelectItem,
) -> Result<Vec<SelectItem>> {
    let alone = Select {
        projection: vec![item.clone()],
        distinct: None,
        selection: None,
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        ..select.clone()
    };
    let query = Query {
        with: around.with.clone(),
        body: Box::new(SetExpr::Select(Box::new(alone))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        ..around.clone()
    };
    let parsed = super::parse("SELECT 1")?;
    let plan = context.plan(&of_query(&parsed, query)).await?;
    let column = |(qualifier, name): (Option<&TableReference>, &str)| {
        let parts = qualifier.map(TableReference::to_vec).unwrap_or_default();
        let parts = parts.into_iter().chain([name.to_owned()]);
        let mut parts: Vec<_> = parts.map(|part| Ident::with_quote('"', part)).collect();
        SelectItem::UnnamedExpr(match parts.len() {
            1 => Expr::Identifier(parts.remove(0)),
            _ => Expr::CompoundIdentifier(parts),
        })
    };
    Ok(plan.schema().iter().map(|(qualifier, field)| column((qualifier, field.name()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_no_part_of_a_name() {
        let bare = |text: &str| {
            let parsed = super::super::parse(&format!("SELECT {text}")).unwrap();
            let Some(SelectItem::UnnamedExpr(expression)) =
                query_of(&parsed).and_then(first_select).and_then(|select| select.projection.first())
            else {
                panic!("{text}")
            };
            bare(expression).to_string()
        };
        for text in ["x", "x::text", "CAST(x AS INT)", "(((x)::text)::int)", "(x)"] {
            assert_eq!(bare(text), "x", "{text}");
        }
        for text in ["f(x + 1) * y", "f((x + 1)) * y", "f(CAST(x + 1 AS INT))::text * y"] {
            assert_eq!(bare(text), "f(x + 1) * y", "{text}");
        }
        assert_eq!(bare("(a + b) * c"), bare("CAST(a + b * c AS INT)"));
        assert_eq!(bare("DATE '2026-01-02'"), bare("'2026-01-02'"));
    }

    #[test]
    fn only_what_is_quoted_keeps_its_case() {
        assert_eq!(folded("COUNT(*) || 'A' || \"B\" || C"), "count(*) || 'A' || \"B\" || c");
    }
}
