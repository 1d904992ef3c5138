//! A table as somebody may see it who does not see all of it.
//!
//! A governed table is a table of its own: its columns are those that are given, and whoever scans it gets masks over row rules over
//! the files, closed by a [`Barrier`]. Nothing above can reach below: of the filters of a query the scan takes only copies of
//! comparisons that cannot fail and tell nothing new (`leak_free`), and they stay above as well.
//!
//! [`Barrier`]: barrier::Barrier

pub mod barrier;
mod leak_free;
mod masks;
mod row_rules;

use std::any::Any;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit, when};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{Column, Grant, Way};
use huitong_catalog::{Error, Result};

use crate::error::of_datafusion;
use barrier::{Barrier, Seal};
pub use masks::Keys;
pub use row_rules::Words;

/// Some columns and rows of a table.
#[derive(Debug)]
pub struct Governed {
    raw: Arc<dyn TableProvider>,
    seal: Seal,
    /// Of what is seen.
    schema: SchemaRef,
    /// How each of its columns comes from those of the table.
    columns: Vec<Expr>,
    /// Names of the columns that are the table's own, as they are in every row.
    plain: HashSet<String>,
    /// What a row has to be for being there.
    rows: Vec<Expr>,
}

impl Governed {
    /// The table as the grant has it. A rule that does not fit the table refuses all of it: HT0805.
    pub fn new(
        raw: Arc<dyn TableProvider>,
        table: &TableName,
        grant: &Grant,
        words: &Words<'_>,
        keys: &Keys<'_>,
        state: &SessionState,
    ) -> Result<Self> {
        let of_table = raw.schema();
        let names = DFSchema::try_from(of_table.as_ref().clone()).map_err(of_datafusion)?;
        let rules = row_rules::Rules { table, words, state, schema: &names };
        let mut given: Vec<(Field, Vec<&Way>)> = Vec::new();
        for column in &grant.columns {
            // The contract may be ahead of the table.
            let Ok(field) = of_table.field_with_name(&column.name) else { continue };
            given.extend(Some(ways(column)).filter(|ways| !ways.is_empty()).map(|ways| (field.clone(), ways)));
        }
        let mut rows: Vec<Expr> =
            grant.hidden.iter().map(|rule| Ok(rules.read(rule)?.is_false())).collect::<Result<_>>()?;
        let ways = || given.iter().flat_map(|(_, ways)| ways);
        let every_row = ways().any(|way| way.rows.is_none());
        let texts: BTreeSet<&str> = ways().filter_map(|way| Some(way.rows.as_ref()?.sql.as_str())).collect();
        // Who sees no column of the table as it is sees none of its rows.
        if given.is_empty() {
            rows.push(lit(false));
        }
        if !every_row {
            rows.extend(any_of(&rules, &given)?);
        }
        // A rule that is the only one for all columns holds for every row that is there.
        let one_rule = if every_row { texts.is_empty() } else { texts.len() == 1 };
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let mut plain = HashSet::new();
        for (field, ways) in &given {
            let expression = match one_rule {
                true => masks::of(ways.first().and_then(|way| way.mask.as_ref()), field, keys)?,
                false => by_row(&rules, field, ways, keys)?,
            };
            let is_plain = matches!(expression, Expr::Column(_));
            if is_plain {
                plain.insert(field.name().clone());
            }
            // A mask is no promise of a value, and a comment of the table may tell of what is masked.
            fields.push(if is_plain {
                field.clone()
            } else {
                Field::new(field.name(), field.data_type().clone(), true)
            });
            columns.push(expression.alias(field.name()));
        }
        let seal = Seal { table: table.to_string(), fingerprint: grant.fingerprint().to_string() };
        Ok(Self { raw, seal, schema: Arc::new(Schema::new(fields)), columns, plain, rows })
    }

    /// The table below, for whoever has to know how large it is.
    pub fn below(&self) -> &Arc<dyn TableProvider> {
        &self.raw
    }

    pub fn is_plain(&self, column: &str) -> bool {
        self.plain.contains(column)
    }

    /// Whether a filter may be used below.
    fn takes(&self, filter: &Expr) -> bool {
        leak_free::is(filter, &|name| {
            let field = self.schema.field_with_name(name).ok().filter(|_| self.is_plain(name))?;
            Some(field.data_type().clone())
        })
    }
}

/// The ways of seeing a column that a scan can keep to. Whoever may see aggregates alone sees no rows.
fn ways(column: &Column) -> Vec<&Way> {
    let is_of_rows = |way: &&Way| !way.mask.as_ref().is_some_and(masks::is_of_groups);
    column.ways.iter().filter(is_of_rows).collect()
}

/// That a row is for some column's way.
fn any_of(rules: &row_rules::Rules<'_>, given: &[(Field, Vec<&Way>)]) -> Result<Option<Expr>> {
    let mut seen = BTreeSet::new();
    let mut any: Option<Expr> = None;
    for rule in given.iter().flat_map(|(_, ways)| ways.iter().filter_map(|way| way.rows.as_ref())) {
        if seen.insert(rule.sql.as_str()) {
            let rule = rules.read(rule)?;
            any = Some(any.map_or_else(|| rule.clone(), |any| any.or(rule.clone())));
        }
    }
    Ok(any)
}

/// A column that is seen in other ways in other rows: in each by the first way that is for it, and not at all where none is.
fn by_row(rules: &row_rules::Rules<'_>, field: &Field, ways: &[&Way], keys: &Keys<'_>) -> Result<Expr> {
    let mut value = masks::nothing(field)?;
    for way in ways.iter().rev() {
        let shown = masks::of(way.mask.as_ref(), field, keys)?;
        value = match &way.rows {
            None => shown,
            Some(rule) => when(rules.read(rule)?, shown).otherwise(value).map_err(of_datafusion)?,
        };
    }
    Ok(value)
}

#[async_trait]
impl TableProvider for Governed {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        self.raw.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        let verdict = |filter: &&Expr| match self.takes(filter) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(verdict).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        // Whoever asked has heard which are taken; another one would be run on rows that are not to be seen.
        let copies = filters.iter().filter(|filter| self.takes(filter)).cloned();
        let conditions: Vec<Expr> = self.rows.iter().cloned().chain(copies).collect();
        let wanted: Vec<&Expr> = match projection {
            None => self.columns.iter().collect(),
            Some(places) => places.iter().filter_map(|place| self.columns.get(*place)).collect(),
        };
        let of_table = self.raw.schema();
        let named: HashSet<String> = wanted.iter().copied().chain(&conditions).flat_map(names).collect();
        let read: Vec<usize> =
            (0..of_table.fields().len()).filter(|place| named.contains(of_table.field(*place).name())).collect();
        let prunes = self.raw.supports_filters_pushdown(&conditions.iter().collect::<Vec<_>>())?;
        let prunes =
            conditions.iter().zip(prunes).filter(|(_, verdict)| *verdict != TableProviderFilterPushDown::Unsupported);
        let prunes: Vec<Expr> = prunes.map(|(condition, _)| condition.clone()).collect();
        let limit = limit.filter(|_| conditions.is_empty());
        let mut plan = self.raw.scan(state, Some(&read), &prunes, limit).await?;
        let schema = DFSchema::try_from(plan.schema().as_ref().clone())?;
        if let Some(condition) = conjunction(conditions) {
            plan = Arc::new(FilterExec::try_new(state.create_physical_expr(condition, &schema)?, plan)?);
        }
        let columns = wanted.into_iter().map(|expression| {
            let name = expression.schema_name().to_string();
            Ok((state.create_physical_expr(expression.clone().unalias(), &schema)?, name))
        });
        let columns = columns.collect::<DfResult<Vec<_>>>()?;
        plan = Arc::new(ProjectionExec::try_new(columns, plan)?);
        Ok(Arc::new(Barrier::new(plan, self.seal.clone())))
    }
}

fn names(expression: &Expr) -> Vec<String> {
    expression.column_refs().into_iter().map(|column| column.name.clone()).collect()
}

/// The provider behind a plan's table source, if it is governed.
pub fn downcast(provider: &Arc<dyn TableProvider>) -> Option<&Governed> {
    (provider.as_ref() as &dyn Any).downcast_ref()
}

/// What a rule or mask that does not fit its table says to whoever asks: nothing about the rule.
fn unfit(table: &TableName, error: &DataFusionError) -> Error {
    tracing::error!(%table, %error, "a policy does not fit the table; nobody whom it concerns reads it");
    barrier::unreadable(&table.to_string())
}
