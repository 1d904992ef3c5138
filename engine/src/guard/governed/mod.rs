//! A table as somebody may see it who does not see all of it.
//!
//! A governed table is a table of its own: its columns are those that are given, and whoever scans it gets masks over row rules over
//! the files, closed by a [`Barrier`]. Nothing above can reach below: of the filters of a query the scan takes only comparisons that
//! cannot fail and tell nothing new (`leak_free`): of columns that are seen as they are beside the row rules, so that they leave out files,
//! of masked values behind the row rules, so that other masks are made for rows that are wanted alone. A column that is given over groups
//! alone is null in every row; [`in_groups`] has what sums of it are made from.
//!
//! [`Barrier`]: barrier::Barrier

pub mod barrier;
pub mod in_groups;
mod leak_free;
mod masks;
mod row_rules;

use std::any::Any;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as Name, DFSchema};
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit, when};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use huitong_catalog::contracts::Mask;
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{Column, Grant, Way};
use huitong_catalog::{Error, Result};

use crate::error::of_datafusion;
use barrier::{Barrier, Seal};
pub use masks::Keys;
pub use row_rules::{Rules, Words, state_at};

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
    /// Names of those that are seen under a mask, or otherwise in other rows.
    masked: HashSet<String>,
    /// What a row has to be for being there.
    rows: Vec<Expr>,
    /// The same table for sums over groups, where some column is given so.
    groups: Option<Box<Groups>>,
}

/// What sums over groups are made from; no row of it is for whoever asks.
#[derive(Debug)]
pub struct Groups {
    /// The governed table with the values of those columns in them, and behind its columns those that say whose rows they are.
    pub open: Arc<dyn TableProvider>,
    pub limits: Vec<Limit>,
}

/// How many a group has to be of before a column is summed over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub column: String,
    pub k: u32,
    /// What the contract calls that which is counted.
    pub entity: String,
    /// Whether whoever asks may know of that column.
    pub is_shown: bool,
}

impl Limit {
    /// The column of the open table with whose row it is. No contract can have a column of this name.
    pub fn entity_column(&self) -> String {
        format!("{}{ENTITY}", self.entity)
    }

    /// What whoever asks may be told of that which is counted.
    fn told(&self) -> String {
        match self.is_shown {
            true => format!("at least {} different `{}`", self.k, self.entity),
            false => format!("at least {} different ones", self.k),
        }
    }
}

/// What stands behind the name of a column that says whose rows they are.
const ENTITY: &str = " \u{1F}";
/// Behind the fingerprint of the grant in the seal of a table that is open for groups.
pub const OPEN: &str = "/groups";

/// A column of the open table as the table itself calls it.
pub fn of_table(column: &str) -> &str {
    column.strip_suffix(ENTITY).unwrap_or(column)
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
        let rules = Rules { table, words, state, schema: &names };
        // The contract may be ahead of the table.
        let field = |column: &Column| of_table.field_with_name(&column.name).ok().cloned();
        let given: Vec<Given> =
            grant.columns.iter().filter_map(|column| Some(Given::of_rows(field(column)?, column))).collect();
        let hidden = grant.hidden.iter().map(|rule| Ok(rules.read(rule)?.is_false())).collect::<Result<Vec<_>>>()?;
        let seal = Seal { table: table.to_string(), fingerprint: grant.fingerprint().to_string() };
        let closed = Self::of_columns(raw.clone(), seal.clone(), &given, hidden.clone(), &rules, keys)?;
        let limits = limits(&grant.columns, &of_table);
        if limits.is_empty() {
            return Ok(closed);
        }
        let is_limited = |column: &Column| limits.iter().any(|limit| limit.column == column.name);
        let within: Vec<Given> = grant
            .columns
            .iter()
            .filter_map(|column| {
                let field = field(column)?;
                Some(if is_limited(column) { Given::of_groups(field, column) } else { Given::of_rows(field, column) })
            })
            .collect();
        let seal = Seal { fingerprint: format!("{}{OPEN}", seal.fingerprint), ..seal };
        let open = Self::of_columns(raw, seal, &within, hidden, &rules, keys)?.with_entities(&limits)?;
        Ok(Self { groups: Some(Box::new(Groups { open: Arc::new(open), limits })), ..closed })
    }

    /// The table with these columns, in the rows that any of them is for.
    fn of_columns(
        raw: Arc<dyn TableProvider>,
        seal: Seal,
        given: &[Given],
        mut rows: Vec<Expr>,
        rules: &Rules<'_>,
        keys: &Keys<'_>,
    ) -> Result<Self> {
        let ways = || given.iter().flat_map(|given| &given.ways);
        let every_row = ways().any(|way| way.rows.is_none());
        let texts: BTreeSet<&str> = ways().filter_map(|way| Some(way.rows.as_ref()?.sql.as_str())).collect();
        // Who sees no column of the table as it is sees none of its rows.
        if ways().next().is_none() {
            rows.push(lit(false));
        }
        if !every_row {
            rows.extend(any_of(rules, given)?);
        }
        // A rule that is the only one for all columns holds for every row that is there.
        let one_rule = if every_row { texts.is_empty() } else { texts.len() == 1 };
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let (mut plain, mut masked) = (HashSet::new(), HashSet::new());
        for Given { field, ways, is_of_groups } in given {
            let expression = match ways.first() {
                Some(way) if one_rule => masks::of(way.mask.as_ref(), field, keys)?,
                _ => by_row(rules, field, ways, keys)?,
            };
            let is_plain = matches!(expression, Expr::Column(_)) && !is_of_groups;
            match is_plain {
                true => plain.insert(field.name().clone()),
                false => !is_of_groups && masked.insert(field.name().clone()),
            };
            // A mask is no promise of a value, and a comment of the table may tell of what is masked. (What sums are made from is shown to
            // nobody, and is as the files have it.)
            fields.push(match is_plain {
                true => field.clone(),
                false if *is_of_groups && matches!(expression, Expr::Column(_)) => field.clone().with_nullable(true),
                false => Field::new(field.name(), field.data_type().clone(), true),
            });
            columns.push(expression.alias(field.name()));
        }
        Ok(Self { raw, seal, schema: Arc::new(Schema::new(fields)), columns, plain, masked, rows, groups: None })
    }

    /// The same with columns that say whose rows they are.
    fn with_entities(mut self, limits: &[Limit]) -> Result<Self> {
        let of_table = self.raw.schema();
        let mut fields = self.schema.fields().to_vec();
        for limit in limits {
            let name = limit.entity_column();
            if fields.iter().any(|field| *field.name() == name) {
                continue;
            }
            let field = of_table.field_with_name(&limit.entity).map_err(|error| of_datafusion(error.into()))?;
            self.columns.push(Expr::Column(Name::new_unqualified(&limit.entity)).alias(&name));
            fields.push(Arc::new(field.clone().with_name(name).with_nullable(true)));
        }
        self.schema = Arc::new(Schema::new(fields));
        Ok(self)
    }

    /// What sums over groups are made from, where some column is given so.
    pub fn groups(&self) -> Option<&Groups> {
        self.groups.as_deref()
    }

    /// The table below, for whoever has to know how large it is.
    pub fn below(&self) -> &Arc<dyn TableProvider> {
        &self.raw
    }

    pub fn is_plain(&self, column: &str) -> bool {
        self.plain.contains(column)
    }

    /// Where below a filter may be used; nowhere, if it may not.
    fn place(&self, filter: &Expr) -> Option<Place> {
        let kind = |name: &str| self.schema.field_with_name(name).ok().map(|field| field.data_type().clone());
        let of_plain = |name: &str| kind(name).filter(|_| self.is_plain(name));
        let of_seen = |name: &str| kind(name).filter(|_| self.is_plain(name) || self.masked.contains(name));
        if leak_free::is(filter, &of_plain) {
            return Some(Place::Files);
        }
        leak_free::picks(filter, &of_seen).then_some(Place::Rows)
    }

    /// A filter over what is seen as one over the table.
    fn over_table(&self, filter: &Expr) -> DfResult<Expr> {
        let of = |name: &str| {
            let place = self.schema.index_of(name).ok()?;
            Some(self.columns.get(place)?.clone().unalias())
        };
        let seen = filter.clone().transform(|part| match &part {
            Expr::Column(column) => Ok(of(&column.name).map_or(Transformed::no(part), Transformed::yes)),
            _ => Ok(Transformed::no(part)),
        });
        Ok(seen?.data)
    }
}

/// Where a filter of a query is used below the barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On all rows, with the row rules.
    Files,
    /// On the rows that are seen.
    Rows,
}

/// A column of the table and the ways of seeing it.
struct Given {
    field: Field,
    /// None for a column that is null in every row.
    ways: Vec<Way>,
    /// Whether its values are for sums over groups.
    is_of_groups: bool,
}

impl Given {
    /// As rows show it. Whoever may see sums alone sees null in each.
    fn of_rows(field: Field, column: &Column) -> Self {
        let is_of_rows = |way: &&Way| !way.mask.as_ref().is_some_and(masks::is_of_groups);
        Self { field, ways: column.ways.iter().filter(is_of_rows).cloned().collect(), is_of_groups: false }
    }

    /// As sums over groups are made from it.
    fn of_groups(field: Field, column: &Column) -> Self {
        let ways = column.ways.iter().map(|way| Way { mask: None, ..way.clone() }).collect();
        Self { field, ways, is_of_groups: true }
    }
}

/// For the columns that rows do not show: each of their masks, since a group has to be large enough for all of them. What names a column
/// that the table does not have leaves nothing to count, and the column stays null.
fn limits(columns: &[Column], of_table: &Schema) -> Vec<Limit> {
    let mut limits = Vec::new();
    for column in columns {
        let of_column = column.ways.iter().map(|way| match &way.mask {
            Some(Mask::Aggregate { k, column: entity }) if of_table.field_with_name(entity).is_ok() => {
                let is_shown = columns.iter().any(|known| known.name == *entity);
                Some(Limit { column: column.name.clone(), k: *k, entity: entity.clone(), is_shown })
            }
            _ => None,
        });
        limits.extend(of_column.collect::<Option<Vec<_>>>().into_iter().flatten());
    }
    limits.retain(|limit| of_table.field_with_name(&limit.column).is_ok());
    limits
}

/// That a row is for some column's way.
fn any_of(rules: &Rules<'_>, given: &[Given]) -> Result<Option<Expr>> {
    let mut seen = BTreeSet::new();
    let mut any: Option<Expr> = None;
    for rule in given.iter().flat_map(|given| given.ways.iter().filter_map(|way| way.rows.as_ref())) {
        if seen.insert(rule.sql.as_str()) {
            let rule = rules.read(rule)?;
            any = Some(any.map_or_else(|| rule.clone(), |any| any.or(rule.clone())));
        }
    }
    Ok(any)
}

/// A column that is seen in other ways in other rows: in each by the first way that is for it, and not at all where none is.
fn by_row(rules: &Rules<'_>, field: &Field, ways: &[Way], keys: &Keys<'_>) -> Result<Expr> {
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
        let verdict = |filter: &&Expr| match self.place(filter) {
            Some(Place::Files | Place::Rows) => TableProviderFilterPushDown::Exact,
            None => TableProviderFilterPushDown::Unsupported,
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
        let at = |wanted: Place| filters.iter().filter(move |filter| self.place(filter) == Some(wanted));
        let conditions: Vec<Expr> = self.rows.iter().cloned().chain(at(Place::Files).cloned()).collect();
        let picks = at(Place::Rows).map(|filter| self.over_table(filter)).collect::<DfResult<Vec<_>>>()?;
        let wanted: Vec<&Expr> = match projection {
            None => self.columns.iter().collect(),
            Some(places) => places.iter().filter_map(|place| self.columns.get(*place)).collect(),
        };
        let of_table = self.raw.schema();
        let named: HashSet<String> = wanted.iter().copied().chain(&conditions).chain(&picks).flat_map(names).collect();
        let read: Vec<usize> =
            (0..of_table.fields().len()).filter(|place| named.contains(of_table.field(*place).name())).collect();
        let prunes = self.raw.supports_filters_pushdown(&conditions.iter().collect::<Vec<_>>())?;
        let prunes =
            conditions.iter().zip(prunes).filter(|(_, verdict)| *verdict != TableProviderFilterPushDown::Unsupported);
        let prunes: Vec<Expr> = prunes.map(|(condition, _)| condition.clone()).collect();
        let limit = limit.filter(|_| conditions.is_empty() && picks.is_empty());
        // To plan it reads footers, and compares the rules with what they say.
        let scanned = self.raw.scan(state, Some(&read), &prunes, limit).await;
        let mut plan = scanned.map_err(|error| barrier::hidden(error, &self.seal.table))?;
        let schema = DFSchema::try_from(plan.schema().as_ref().clone())?;
        // One after the other: what picks rows is not asked of rows that the rules hide.
        for condition in [conjunction(conditions), conjunction(picks)].into_iter().flatten() {
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

/// The table below the rules, for whoever asks which one it is and not what is in it.
pub fn raw(provider: &Arc<dyn TableProvider>) -> &Arc<dyn TableProvider> {
    downcast(provider).map_or(provider, |governed| &governed.raw)
}

/// What a rule or mask that does not fit its table says to whoever asks: nothing about the rule.
fn unfit(table: &TableName, error: &DataFusionError) -> Error {
    tracing::error!(%table, %error, "a policy does not fit the table; nobody whom it concerns reads it");
    barrier::unreadable(&table.to_string())
}
