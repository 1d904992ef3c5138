//! Where an exact number meets a floating one, both count as DOUBLE, as in other databases.
//!
//! The library looks for a decimal that fits both when it compares them or needs one type for several values (CASE, COALESCE, lists,
//! UNION). That of a DOUBLE has 15 digits behind the point and as many before it: `x > 0.5` would fail where x is 1e15, count 1e-16 as
//! nought, and `coalesce(x, 0.0)` would change what x is. So the exact side is cast before the library looks. A second run changes nothing.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Cast, InSubquery};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, Operator, Union, Values,
};
use datafusion::optimizer::AnalyzerRule;

use super::parts;

/// Functions, beside those of lists, whose arguments or some of them get one type.
const OF_ONE_TYPE: &[&str] = &["coalesce", "greatest", "ifnull", "least", "make_array", "nullif", "nvl", "nvl2"];

/// The rule for plans.
#[derive(Debug)]
pub struct Doubles;

impl AnalyzerRule for Doubles {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        in_nodes(plan)
    }

    fn name(&self) -> &str {
        "exact_numbers_among_doubles"
    }
}

/// Casts wherever they meet in the plan of a statement.
pub fn in_statement(plan: LogicalPlan) -> Result<LogicalPlan> {
    in_nodes(match plan {
        // The rows of an INSERT have been given the types of its table.
        insert @ LogicalPlan::Dml(_) => insert,
        plan => plan.transform_up_with_subqueries(in_values).data()?,
    })
}

/// The same in one expression over rows of `schema`.
pub fn in_expression(expression: Expr, schema: &DFSchema) -> Result<Expr> {
    expression.transform_up(|part| in_part(part, schema)).data()
}

fn in_nodes(plan: LogicalPlan) -> Result<LogicalPlan> {
    parts::in_plan(plan, |node| {
        let node = parts::in_node(node, in_part)?;
        node.transform_data(|node| match node {
            LogicalPlan::Join(join) => on_keys(join),
            LogicalPlan::Union(union) => in_union(union),
            node => Ok(Transformed::no(node)),
        })
    })
}

fn in_part(mut part: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let changed = match &mut part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            together([left.as_mut(), right.as_mut()], schema)?
        }
        Expr::Between(between) => {
            together([between.expr.as_mut(), between.low.as_mut(), between.high.as_mut()], schema)?
        }
        Expr::InList(list) => together(std::iter::once(list.expr.as_mut()).chain(&mut list.list), schema)?,
        Expr::InSubquery(asked) => in_subquery(asked, schema)?,
        Expr::Case(case) => {
            // With a value after CASE, each WHEN is compared with it; without, they are conditions.
            let whens = match &mut case.expr {
                Some(value) => {
                    let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
                    together(std::iter::once(value.as_mut()).chain(whens), schema)?
                }
                None => false,
            };
            let results = case.when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
            let results = together(results.chain(case.else_expr.as_deref_mut()), schema)?;
            whens || results
        }
        Expr::ScalarFunction(call) if gives_one_type(call.func.name()) => together(&mut call.args, schema)?,
        _ => false,
    };
    Ok(Transformed::new_transformed(part, changed))
}

fn compares(op: Operator) -> bool {
    use Operator::*;
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

fn gives_one_type(function: &str) -> bool {
    OF_ONE_TYPE.contains(&function) || function.starts_with("array_")
}

/// The types of some values, or lists of them, as they are taken: exact ones as DOUBLE if others are floating.
pub fn among(kinds: &[DataType]) -> Vec<DataType> {
    let has = |is: fn(&DataType) -> bool| kinds.iter().any(|kind| is(innermost(kind)));
    let floating = has(DataType::is_floating);
    let taken = |kind: &DataType| match floating && innermost(kind).is_decimal() {
        true => with_innermost(kind, &DataType::Float64),
        false => kind.clone(),
    };
    kinds.iter().map(taken).collect()
}

/// Casts the exact ones of some values, or lists of them, if others are floating; tells whether it did.
fn together<'a>(values: impl IntoIterator<Item = &'a mut Expr>, schema: &DFSchema) -> Result<bool> {
    // What has no type here is told of by the library.
    let typed = values.into_iter().filter_map(|value| value.get_type(schema).ok().map(|kind| (value, kind)));
    let (values, kinds): (Vec<_>, Vec<_>) = typed.unzip();
    let mut changed = false;
    for ((value, kind), taken) in values.into_iter().zip(&kinds).zip(among(&kinds)) {
        if *kind != taken {
            *value = std::mem::take(value).cast_to(&taken, schema)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// The type of a list's items, or of those of its items.
pub fn innermost(kind: &DataType) -> &DataType {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            innermost(item.data_type())
        }
        kind => kind,
    }
}

/// Another type, in lists as deep.
pub fn with_innermost(kind: &DataType, to: &DataType) -> DataType {
    let item = |item: &Arc<Field>| Arc::new(item.as_ref().clone().with_data_type(with_innermost(item.data_type(), to)));
    match kind {
        DataType::List(inner) => DataType::List(item(inner)),
        DataType::LargeList(inner) => DataType::LargeList(item(inner)),
        DataType::FixedSizeList(inner, size) => DataType::FixedSizeList(item(inner), *size),
        _ => to.clone(),
    }
}

fn in_subquery(asked: &mut InSubquery, schema: &DFSchema) -> Result<bool> {
    let Ok(value) = asked.expr.get_type(schema) else { return Ok(false) };
    let among = asked.subquery.subquery.schema().fields().first().map(|field| field.data_type().clone());
    match among {
        Some(among) if value.is_decimal() && among.is_floating() => {
            *asked.expr = std::mem::take(asked.expr.as_mut()).cast_to(&DataType::Float64, schema)?;
            Ok(true)
        }
        Some(among) if value.is_floating() && among.is_decimal() => {
            let plan = asked.subquery.subquery.as_ref().clone();
            let column = plan.schema().columns().into_iter().next().map(Expr::Column).unwrap_or_default();
            // A name of its own: that of the column would be there twice when the subquery becomes a join.
            let double = column.cast_to(&DataType::Float64, plan.schema())?.alias("__as_double");
            asked.subquery.subquery = Arc::new(LogicalPlanBuilder::from(plan).project([double])?.build()?);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The rows of `plan` with some columns as DOUBLE, by the names that they have.
fn with_doubles(plan: &Arc<LogicalPlan>, columns: &[usize]) -> Result<LogicalPlan> {
    let schema: &DFSchemaRef = plan.schema();
    let all = schema.iter().enumerate().map(|(number, (qualifier, field))| {
        let column = Expr::from((qualifier, field));
        match columns.contains(&number) {
            true => Ok(column.cast_to(&DataType::Float64, schema)?.alias_qualified(qualifier.cloned(), field.name())),
            false => Ok(column),
        }
    });
    LogicalPlanBuilder::from(plan.as_ref().clone()).project(all.collect::<Result<Vec<_>>>()?)?.build()
}

fn on_keys(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let mut changed = false;
    for (left, right) in &mut join.on {
        let (of_left, of_right) = (left.get_type(join.left.schema())?, right.get_type(join.right.schema())?);
        if of_left.is_decimal() && of_right.is_floating() {
            *left = left.clone().cast_to(&DataType::Float64, join.left.schema())?;
            changed = true;
        } else if of_left.is_floating() && of_right.is_decimal() {
            *right = right.clone().cast_to(&DataType::Float64, join.right.schema())?;
            changed = true;
        }
    }
    Ok(Transformed::new_transformed(LogicalPlan::Join(join), changed))
}

fn in_union(union: Union) -> Result<Transformed<LogicalPlan>> {
    let kind =
        |input: &Arc<LogicalPlan>, number: usize| input.schema().fields().get(number).map(|f| f.data_type().clone());
    let is = |number: usize, has: fn(&DataType) -> bool| {
        union.inputs.iter().any(|input| kind(input, number).is_some_and(|kind| has(&kind)))
    };
    let mixed: Vec<_> = (0..union.schema.fields().len())
        .filter(|number| is(*number, DataType::is_floating) && is(*number, DataType::is_decimal))
        .collect();
    if mixed.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    let inputs = union.inputs.iter().map(|input| {
        let exact: Vec<_> =
            mixed.iter().copied().filter(|number| kind(input, *number).is_some_and(|kind| kind.is_decimal())).collect();
        if exact.is_empty() { Ok(input.clone()) } else { with_doubles(input, &exact).map(Arc::new) }
    });
    let union = Union::try_new_with_loose_types(inputs.collect::<Result<_>>()?)?;
    Ok(Transformed::yes(LogicalPlan::Union(union)))
}

/// A list of rows has had one type for each column since it was planned: where that is a decimal, floating values among others were
/// cast to it.
fn in_values(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Values(Values { schema, values: mut rows }) = node else { return Ok(Transformed::no(node)) };
    let is_cast = |row: &Vec<Expr>, column: usize| row.get(column).and_then(floating_as_decimal).is_some();
    let mixed =
        |column: &usize| rows.iter().any(|row| is_cast(row, *column)) && !rows.iter().all(|row| is_cast(row, *column));
    let columns: Vec<_> = (0..schema.fields().len()).filter(mixed).collect();
    if columns.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Values(Values { schema, values: rows })));
    }
    for row in &mut rows {
        for column in &columns {
            if let Some(value) = row.get_mut(*column) {
                let floating = floating_as_decimal(value).cloned();
                *value = floating.unwrap_or_else(|| value.clone()).cast_to(&DataType::Float64, &schema)?;
            }
        }
    }
    LogicalPlanBuilder::values(rows)?.build().map(Transformed::yes)
}

/// The floating value that was cast to a decimal of the kind that the library takes for it: a DOUBLE has 15 digits before and behind
/// the point there, a REAL 7, and both may have more for the sake of other values.
fn floating_as_decimal(value: &Expr) -> Option<&Expr> {
    let Expr::Cast(Cast { expr, field }) = value else { return None };
    let digits = match expr.get_type(&DFSchema::empty()).ok()? {
        DataType::Float64 => 15,
        DataType::Float32 => 7,
        _ => return None,
    };
    match field.data_type() {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            let behind = u8::try_from(*scale).ok()?;
            (behind >= digits && precision.saturating_sub(behind) >= digits).then_some(expr.as_ref())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
