//! Columns that are given over groups alone: sums, means and counts over at least `k` different persons or firms.
//!
//! Rows show null in such a column. Where a statement asks for `sum`, `avg` or `count` of the column itself, the aggregate is made from the
//! table's values, counts whose they are, and is null for a group of too few; so are all other aggregates beside it. Between table and
//! aggregate may stand what chooses rows by other columns and what renames columns. All else is refused, since it could single out one
//! value: a function of the column, a part of the aggregate's rows (FILTER, DISTINCT), a join, which may count one row many times.
//!
//! Not kept from whoever asks: what the difference of two large groups tells of those who are in one of them, and a group that one large
//! value makes up almost alone.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::count_distinct;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, Filter, LogicalPlan, Projection, SubqueryAlias, TableScan, TableScanBuilder, lit,
    when,
};
use datafusion::optimizer::AnalyzerRule;
use huitong_catalog::{Code, Error};

use super::{Limit, downcast};
use crate::error::into_datafusion;

/// The aggregates in which no value is seen by itself.
const AGGREGATES: [&str; 3] = ["sum", "avg", "count"];
/// Digits that the mean of decimals has beyond theirs.
const MEAN_DIGITS: u8 = 4;

#[derive(Debug)]
pub struct InGroups;

impl AnalyzerRule for InGroups {
    fn name(&self) -> &'static str {
        "in_groups"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let mut found = false;
        plan.apply_with_subqueries(|node| {
            found |= matches!(node, LogicalPlan::TableScan(scan) if !limits(scan).is_empty());
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !found {
            return Ok(plan);
        }
        let rewritten = plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Aggregate(aggregate) => rewrite(aggregate),
            // What is null for small groups may be null above.
            node => node.recompute_schema().map(Transformed::yes),
        });
        rewritten.data()
    }
}

/// A column of a plan whose values are given over groups.
#[derive(Debug, Clone)]
struct Kept {
    column: Column,
    limits: Vec<Limit>,
}

/// A plan with the values of such columns in it.
struct Opened {
    plan: LogicalPlan,
    kept: Vec<Kept>,
    /// Whose rows they are: what the contract calls it, and where it is in the plan.
    entities: Vec<(String, Column)>,
}

fn limits(scan: &TableScan) -> Vec<Limit> {
    let Ok(provider) = source_as_provider(&scan.source) else { return Vec::new() };
    downcast(&provider).and_then(super::Governed::groups).map(|groups| groups.limits.clone()).unwrap_or_default()
}

fn rewrite(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let hidden = kept(&aggregate.input);
    let is_asked = |kept: &&Kept| aggregate.aggr_expr.iter().any(|expression| refers(expression, &kept.column));
    let asked: Vec<Kept> = hidden.iter().filter(is_asked).cloned().collect();
    let Some(first) = asked.first() else {
        return LogicalPlan::Aggregate(aggregate).recompute_schema().map(Transformed::yes);
    };
    let opened = open(&aggregate.input)?;
    let schema = aggregate.input.schema().clone();
    let may_stand = |expression: &Expr| Ok(is_of_column(expression, &hidden, &schema) || leaves(expression, &hidden)?);
    let is_group = |expression: &Expr| Ok(!matches!(expression, Expr::GroupingSet(_)) && leaves(expression, &hidden)?);
    match opened {
        Some(opened) if all(&aggregate.aggr_expr, may_stand)? && all(&aggregate.group_expr, is_group)? => {
            guarded(&aggregate, opened, &asked).map(Transformed::yes)
        }
        _ => Err(refused(&first.limits)),
    }
}

fn all(expressions: &[Expr], holds: impl Fn(&Expr) -> Result<bool>) -> Result<bool> {
    expressions.iter().try_fold(true, |so_far, expression| Ok(so_far && holds(expression)?))
}

/// The aggregate over the values, with null for groups of too few.
fn guarded(aggregate: &Aggregate, opened: Opened, asked: &[Kept]) -> Result<LogicalPlan> {
    let mut counts: Vec<(Expr, u32)> = Vec::new();
    for kept in asked {
        for limit in &kept.limits {
            let entity = opened.entities.iter().find(|(name, _)| *name == limit.entity);
            let (_, entity) = entity.ok_or_else(|| refused(&kept.limits))?;
            // Only those who have a value are in its sum.
            let has_value = Expr::Column(kept.column.clone()).is_not_null();
            counts.push((count_distinct(when(has_value, Expr::Column(entity.clone())).end()?), limit.k));
        }
    }
    let aggregates = aggregate.aggr_expr.iter().cloned();
    let counting = counts.iter().enumerate().map(|(place, (count, _))| count.clone().alias(counted(place)));
    let all: Vec<Expr> = aggregates.chain(counting).collect();
    let whole = Aggregate::try_new(Arc::new(opened.plan), aggregate.group_expr.clone(), all)?;
    let enough = counts
        .iter()
        .enumerate()
        .map(|(place, (_, k))| Expr::Column(Column::new_unqualified(counted(place))).gt_eq(lit(i64::from(*k))));
    let enough = enough.reduce(Expr::and).unwrap_or_else(|| lit(false));
    let groups = aggregate.group_expr.len();
    let columns = aggregate.schema.iter().enumerate().map(|(place, (qualifier, field))| {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        match place < groups {
            true => Ok(column),
            false => Ok(when(enough.clone(), column).end()?.alias_qualified(qualifier.cloned(), field.name())),
        }
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(LogicalPlan::Aggregate(whole)))?))
}

fn counted(place: usize) -> String {
    format!("counted \u{1F}{place}")
}

/// The plan with the values in it, if it does nothing but choose rows by other columns and name columns.
fn open(plan: &LogicalPlan) -> Result<Option<Opened>> {
    match plan {
        LogicalPlan::TableScan(scan) => open_scan(scan),
        LogicalPlan::SubqueryAlias(alias) => open(&alias.input)?.map(|below| renamed(alias, below)).transpose(),
        LogicalPlan::Filter(filter) => {
            let Some(below) = open(&filter.input)? else { return Ok(None) };
            if !leaves(&filter.predicate, &below.kept)? {
                return Ok(None);
            }
            let plan = LogicalPlan::Filter(Filter::try_new(filter.predicate.clone(), Arc::new(below.plan))?);
            Ok(Some(Opened { plan, ..below }))
        }
        LogicalPlan::Projection(projection) => match open(&projection.input)? {
            Some(below) => projected(projection, below),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

fn open_scan(scan: &TableScan) -> Result<Option<Opened>> {
    let provider = source_as_provider(&scan.source)?;
    let Some(groups) = downcast(&provider).and_then(super::Governed::groups) else { return Ok(None) };
    // As SQL makes it. A filter that is in the scan already may be about the values.
    if scan.projection.is_some() || scan.fetch.is_some() || !scan.filters.is_empty() {
        return Ok(None);
    }
    let source = provider_as_source(groups.open.clone());
    let opened = TableScanBuilder::new(scan.table_name.clone(), source).build()?;
    let of_table = |name: &str| Column::new(Some(scan.table_name.clone()), name);
    let entities = groups.limits.iter().map(|limit| (limit.entity.clone(), of_table(&limit.entity_column())));
    Ok(Some(Opened { entities: entities.collect(), kept: kept_of_scan(scan), plan: LogicalPlan::TableScan(opened) }))
}

fn kept_of_scan(scan: &TableScan) -> Vec<Kept> {
    let mut all: Vec<Kept> = Vec::new();
    for limit in limits(scan) {
        let column = Column::new(Some(scan.table_name.clone()), limit.column.clone());
        match all.iter_mut().find(|kept| kept.column == column) {
            Some(kept) => kept.limits.push(limit),
            None => all.push(Kept { column, limits: vec![limit] }),
        }
    }
    all
}

fn renamed(alias: &SubqueryAlias, below: Opened) -> Result<Opened> {
    let rename = |column: Column| under(&alias.alias, &column);
    let kept = below.kept.into_iter().map(|kept| Kept { column: rename(kept.column), ..kept });
    let entities = below.entities.into_iter().map(|(name, column)| (name, rename(column)));
    Ok(Opened {
        kept: kept.collect(),
        entities: entities.collect(),
        plan: LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(below.plan), alias.alias.clone())?),
    })
}

fn under(alias: &TableReference, column: &Column) -> Column {
    Column::new(Some(alias.clone()), column.name.clone())
}

fn projected(projection: &Projection, below: Opened) -> Result<Option<Opened>> {
    let mut kept = Vec::new();
    for (expression, (qualifier, field)) in projection.expr.iter().zip(projection.schema.iter()) {
        let named = below.kept.iter().find(|kept| bare(expression) == Some(&kept.column));
        match named {
            Some(named) => {
                let column = Column::new(qualifier.cloned(), field.name());
                kept.push(Kept { column, limits: named.limits.clone() });
            }
            None if leaves(expression, &below.kept)? => {}
            None => return Ok(None),
        }
    }
    let entities = below.entities.iter().map(|(_, column)| Expr::Column(column.clone()));
    let mut seen = HashSet::new();
    let expressions = projection.expr.iter().cloned().chain(entities.filter(|column| seen.insert(column.clone())));
    let plan = Projection::try_new(expressions.collect(), Arc::new(below.plan))?;
    Ok(Some(Opened { plan: LogicalPlan::Projection(plan), kept, entities: below.entities }))
}

/// The columns of a plan whose values come from some that are given over groups.
fn kept(plan: &LogicalPlan) -> Vec<Kept> {
    match plan {
        LogicalPlan::TableScan(scan) => kept_of_scan(scan),
        LogicalPlan::Aggregate(_) => Vec::new(),
        LogicalPlan::SubqueryAlias(alias) => {
            let below = kept(&alias.input).into_iter();
            below.map(|kept| Kept { column: under(&alias.alias, &kept.column), ..kept }).collect()
        }
        LogicalPlan::Projection(projection) => {
            let below = kept(&projection.input);
            let made = projection.expr.iter().zip(projection.schema.iter());
            let of = made.filter_map(|(expression, (qualifier, field))| {
                let from = below.iter().find(|kept| refers(expression, &kept.column))?;
                Some(Kept { column: Column::new(qualifier.cloned(), field.name()), limits: from.limits.clone() })
            });
            of.collect()
        }
        LogicalPlan::Union(union) => {
            let all = union.inputs.iter().flat_map(|input| {
                let place = |column: &Column| input.schema().maybe_index_of_column(column);
                kept(input).into_iter().filter_map(move |kept| Some((place(&kept.column)?, kept)))
            });
            let columns = union.schema.columns();
            let here = all.filter_map(|(place, kept)| Some(Kept { column: columns.get(place)?.clone(), ..kept }));
            here.collect()
        }
        other => {
            let below: Vec<Kept> = other.inputs().into_iter().flat_map(kept).collect();
            let made = match other {
                LogicalPlan::Window(window) => window.window_expr.as_slice(),
                _ => &[],
            };
            let made = made.iter().filter_map(|expression| {
                let from = below.iter().find(|kept| refers(expression, &kept.column))?;
                let column = Column::new_unqualified(expression.schema_name().to_string());
                Some(Kept { column, limits: from.limits.clone() })
            });
            let made: Vec<Kept> = made.collect();
            below.into_iter().chain(made).filter(|kept| other.schema().has_column(&kept.column)).collect()
        }
    }
}

fn refers(expression: &Expr, column: &Column) -> bool {
    expression.column_refs().contains(column)
}

/// Whether an expression has nothing to do with the values. A subquery may ask about them from within, however deep.
fn leaves(expression: &Expr, kept: &[Kept]) -> Result<bool> {
    let looks_out = expression.exists(|part| match subquery(part) {
        Some(plan) => mentions(plan, kept),
        None => Ok(false),
    })?;
    Ok(!looks_out && !kept.iter().any(|kept| refers(expression, &kept.column)))
}

fn subquery(expression: &Expr) -> Option<&LogicalPlan> {
    match expression {
        Expr::Exists(exists) => Some(&exists.subquery.subquery),
        Expr::InSubquery(within) => Some(&within.subquery.subquery),
        Expr::ScalarSubquery(subquery) => Some(&subquery.subquery),
        Expr::SetComparison(comparison) => Some(&comparison.subquery.subquery),
        _ => None,
    }
}

/// Whether a plan, or one within it, asks for one of these columns of the query around it.
fn mentions(plan: &LogicalPlan, kept: &[Kept]) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            found |= expression.exists(|part| {
                Ok(matches!(part, Expr::OuterReferenceColumn(_, column) if kept.iter().any(|kept| kept.column == *column)))
            })?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// The column that an expression is, under whatever name.
fn bare(expression: &Expr) -> Option<&Column> {
    match expression {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => bare(&alias.expr),
        _ => None,
    }
}

/// Whether this is one of the aggregates, over all rows of the group, of a column itself.
fn is_of_column(expression: &Expr, hidden: &[Kept], schema: &DFSchema) -> bool {
    let call = match expression {
        Expr::Alias(alias) => return is_of_column(&alias.expr, hidden, schema),
        Expr::AggregateFunction(call) => call,
        _ => return false,
    };
    let AggregateFunction { func, params } = call;
    let [argument] = params.args.as_slice() else { return false };
    let is_kept = bare(argument).is_some_and(|column| hidden.iter().any(|kept| kept.column == *column));
    let is_whole = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
    AGGREGATES.contains(&func.name())
        && is_kept
        && is_whole
        && !(func.name() == "avg" && may_overflow(argument, schema))
}

/// Whether the mean of one value may have more digits than there are, so that an error would tell how large the value is: it gets four
/// more behind the point.
fn may_overflow(argument: &Expr, schema: &DFSchema) -> bool {
    match argument.get_type(schema) {
        Ok(DataType::Decimal128(precision, _)) => precision > DECIMAL128_MAX_PRECISION - MEAN_DIGITS,
        Ok(DataType::Decimal256(precision, _)) => precision > DECIMAL256_MAX_PRECISION - MEAN_DIGITS,
        _ => false,
    }
}

fn refused(limits: &[Limit]) -> datafusion::error::DataFusionError {
    let wanted: Vec<String> = limits.iter().map(Limit::told).collect();
    let column = limits.first().map(|limit| limit.column.as_str()).unwrap_or_default();
    let text = format!("`{column}` is given only over groups of {}", wanted.join(" and of "));
    let hint = format!(
        "ask for sum({column}), avg({column}) or count({column}) from this table alone, with WHERE and GROUP BY on other columns"
    );
    into_datafusion(Error::new(Code::PERMISSION_DENIED, text).with_hint(hint))
}
