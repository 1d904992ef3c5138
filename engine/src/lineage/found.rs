//! What a plan tells of where its columns come from.
//!
//! The plan is that of the statement with views closed: they are sources of their own. Before it is read, subqueries become joins and
//! DISTINCT groups, and nothing else: a rule that works out `now()` or leaves out what is false today would hide sources of a view that
//! is planned again tomorrow. Who reads it is the extractor of `datafusion-openlineage`; where that says nothing, or would not see all,
//! everything comes from every column of every input.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::TableReference;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::error::Result as DfResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{CreateView, DdlStatement, DmlStatement, Expr, LogicalPlan, TableSource, WriteOp};
use datafusion::optimizer::Optimizer;
use datafusion_openlineage::column::{DirectKind, IndirectKind, ResolvedColumns};
use datafusion_openlineage::{
    DataFusionConfig, DatasetName, DatasetResolutionContext, DatasetResolver, OpenLineageConfig, extract_with_resolvers,
};
use huitong_catalog::names::TableName;
use huitong_catalog::state::LineageKind;

use super::graph::Place;
use crate::guard::governed::of_table;
use crate::system;

/// Rules that make joins of subqueries and groups of DISTINCT.
const RULES: [&str; 6] = [
    "rewrite_set_comparison",
    "replace_distinct_aggregate",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "extract_equijoin_predicate",
];

/// No table of the city is in it.
const NOWHERE: &str = "\u{1F}";

/// What one statement makes of what: for each column that it writes its sources, and under the empty name those of its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found(pub BTreeMap<String, BTreeMap<Place, LineageKind>>);

impl Found {
    fn add(&mut self, column: &str, source: Place, kind: LineageKind) {
        let sources = self.0.entry(column.to_owned()).or_default();
        sources.entry(source).and_modify(|known| *known = first(*known, kind)).or_insert(kind);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands in a plan of a statement that writes, or makes a view. `tables` are the tables that it opened.
    pub(super) async fn read(state: &SessionState, plan: &LogicalPlan, tables: Tables) -> Self {
        let Ok(inputs) = inputs(plan, &tables) else { return Self::default() };
        if inputs.is_empty() {
            return Self::default();
        }
        let resolved = match is_beyond(plan, &tables) {
            Ok(false) => resolve(state, plan, tables).await,
            _ => None,
        };
        let mut found = match resolved {
            None => return Self::unresolved(&inputs),
            Some(resolved) => match plan {
                LogicalPlan::Dml(dml) if dml.op == WriteOp::Update => return Self::of_update(dml, &resolved),
                LogicalPlan::Dml(dml) if dml.op == WriteOp::Delete => Self::of_rows(&resolved),
                _ => Self::of_rows(&resolved).and_columns(&resolved),
            },
        };
        for table in inputs.into_keys() {
            found.add("", Place::new(table, ""), LineageKind::Rows);
        }
        found
    }

    /// Everything comes from everything that a plan reads.
    pub(super) fn of_inputs(plan: &LogicalPlan, tables: &Tables) -> Self {
        inputs(plan, tables).map(|inputs| Self::unresolved(&inputs)).unwrap_or_default()
    }

    fn unresolved(inputs: &BTreeMap<TableName, BTreeSet<String>>) -> Self {
        let mut found = Self::default();
        for (table, columns) in inputs {
            let rows = [String::new()];
            for column in columns.iter().chain(&rows) {
                found.add("", Place::new(table.clone(), column.clone()), LineageKind::Unresolved);
            }
        }
        found
    }

    fn of_rows(resolved: &ResolvedColumns) -> Self {
        let mut found = Self::default();
        for (place, kind) in indirect(resolved) {
            found.add("", place, kind);
        }
        found
    }

    fn and_columns(mut self, resolved: &ResolvedColumns) -> Self {
        for (column, sources) in &resolved.fields {
            for (source, kind) in &sources.direct {
                if let Some(place) = place(source) {
                    self.add(column, place, direct(*kind));
                }
            }
        }
        self
    }

    /// An UPDATE leaves rows where they are: what chooses them is in the columns that get values, and in no other one.
    fn of_update(dml: &DmlStatement, resolved: &ResolvedColumns) -> Self {
        let mut found = Self::default();
        for field in dml.target.schema().fields() {
            let sources = resolved.fields.get(field.name()).map(|sources| &sources.direct);
            let stays = sources.is_some_and(|sources| {
                sources.len() == 1
                    && sources.iter().all(|(source, kind)| {
                        *kind == DirectKind::Identity
                            && source.column == *field.name()
                            && is_target(dml, &source.dataset)
                    })
            });
            if stays {
                continue;
            }
            let values =
                sources.into_iter().flatten().filter_map(|(source, kind)| Some((place(source)?, direct(*kind))));
            for (place, kind) in values.chain(indirect(resolved)) {
                found.add(field.name(), place, kind);
            }
        }
        found
    }
}

fn is_target(dml: &DmlStatement, dataset: &DatasetName) -> bool {
    dataset.name == dml.table_name.table() && dml.table_name.schema().is_none_or(|schema| schema == dataset.namespace)
}

/// The tables that a statement opened: where each lies in memory, and its name. Names in a plan are not enough: one without a schema means
/// another table in each view.
#[derive(Debug, Clone, Default)]
pub struct Tables(pub Vec<(usize, TableName)>);

impl Tables {
    fn name(&self, reference: &TableReference, source: &Arc<dyn TableSource>) -> Option<TableName> {
        if reference.schema() == Some(system::SCHEMA) {
            return TableName::new(system::SCHEMA, reference.table()).ok();
        }
        let provider = datafusion::datasource::source_as_provider(source).ok()?;
        let address = Arc::as_ptr(&provider).cast::<()>().addr();
        self.0.iter().find(|(known, _)| *known == address).map(|(_, name)| name.clone())
    }
}

#[async_trait]
impl DatasetResolver for Tables {
    async fn resolve(&self, context: &DatasetResolutionContext<'_>) -> Option<DatasetName> {
        let name = self.name(context.table_ref, context.source?)?;
        Some(DatasetName { namespace: name.schema().to_owned(), name: name.table().to_owned() })
    }
}

/// The tables that a plan reads, with all of their columns.
fn inputs(plan: &LogicalPlan, tables: &Tables) -> DfResult<BTreeMap<TableName, BTreeSet<String>>> {
    let mut inputs: BTreeMap<TableName, BTreeSet<String>> = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(name) = tables.name(&scan.table_name, &scan.source)
        {
            let schema = scan.source.schema();
            let columns = schema.fields().iter().map(|field| of_table(field.name()).to_owned());
            inputs.entry(name).or_default().extend(columns);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(inputs)
}

/// Whether there is something in a plan that the extractor passes over: the filter of a window, how many rows a limit leaves if that is not
/// a number, and how many rows a list becomes.
fn is_beyond(plan: &LogicalPlan, tables: &Tables) -> DfResult<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= match node {
            LogicalPlan::Window(window) => window.window_expr.iter().any(has_filter),
            LogicalPlan::Limit(limit) => limit.skip.iter().chain(&limit.fetch).any(|count| !is_number(count)),
            LogicalPlan::Unnest(unnest) => !inputs(&unnest.input, tables)?.is_empty(),
            _ => false,
        };
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn has_filter(expression: &Expr) -> bool {
    match expression {
        Expr::Alias(alias) => has_filter(&alias.expr),
        Expr::WindowFunction(window) => window.params.filter.is_some(),
        _ => true,
    }
}

fn is_number(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(..) => true,
        Expr::Cast(cast) => is_number(&cast.expr),
        _ => false,
    }
}

async fn resolve(state: &SessionState, plan: &LogicalPlan, tables: Tables) -> Option<ResolvedColumns> {
    let plan = readable(state, plan.clone())
        .inspect_err(|error| tracing::debug!(%error, "the lineage of a statement is not resolved"))
        .ok()?;
    let plan = match plan {
        // The rows that go are read as a view of them would be.
        LogicalPlan::Dml(dml) if dml.op == WriteOp::Delete => LogicalPlan::Ddl(DdlStatement::CreateView(CreateView {
            name: dml.table_name,
            input: dml.input,
            or_replace: false,
            definition: None,
            temporary: false,
        })),
        plan => plan,
    };
    let config = OpenLineageConfig { job_namespace: NOWHERE.to_owned(), ..OpenLineageConfig::for_datafusion() };
    let resolvers: [Arc<dyn DatasetResolver>; 1] = [Arc::new(tables)];
    let lineage = extract_with_resolvers(&plan, &config, &resolvers).await;
    lineage.outputs.into_iter().next()?.column_lineage
}

/// The same plan without subqueries, DISTINCT and nodes that are there for the optimiser alone.
fn readable(state: &SessionState, plan: LogicalPlan) -> DfResult<LogicalPlan> {
    let plan = plan
        .transform_up_with_subqueries(|node| match &node {
            LogicalPlan::Extension(extension) if extension.node.name() == "Multiplied" => {
                let input = extension.node.inputs().into_iter().next().cloned();
                Ok(input.map_or_else(|| Transformed::no(node.clone()), Transformed::yes))
            }
            _ => Ok(Transformed::no(node)),
        })
        .data()?;
    let mut state = state.clone();
    state.config_mut().options_mut().optimizer.enable_physical_uncorrelated_scalar_subquery = false;
    let rules = Optimizer::new().rules.into_iter().filter(|rule| RULES.contains(&rule.name())).collect();
    Optimizer::with_rules(rules).optimize(plan, &state, |_, _| {})
}

fn place(source: &datafusion_openlineage::column::SourceColumn) -> Option<Place> {
    let table = TableName::new(source.dataset.namespace.clone(), source.dataset.name.clone()).ok()?;
    Some(Place::new(table, of_table(&source.column)))
}

fn indirect(resolved: &ResolvedColumns) -> impl Iterator<Item = (Place, LineageKind)> {
    resolved.indirect.iter().filter_map(|(source, kinds)| {
        let kind = kinds.iter().map(|kind| of_indirect(*kind)).reduce(first)?;
        Some((place(source)?, kind))
    })
}

fn direct(kind: DirectKind) -> LineageKind {
    match kind {
        DirectKind::Identity => LineageKind::Identity,
        DirectKind::Transformation => LineageKind::Transformation,
        DirectKind::Aggregation => LineageKind::Aggregation,
    }
}

fn of_indirect(kind: IndirectKind) -> LineageKind {
    match kind {
        IndirectKind::Filter => LineageKind::Filter,
        IndirectKind::Join => LineageKind::Join,
        IndirectKind::GroupBy => LineageKind::GroupBy,
        IndirectKind::Sort => LineageKind::Sort,
        IndirectKind::Window => LineageKind::Window,
    }
}

/// Of two kinds the one that is kept.
fn first(one: LineageKind, other: LineageKind) -> LineageKind {
    let place = |kind: LineageKind| LineageKind::ALL.iter().position(|known| *known == kind);
    if place(other) < place(one) { other } else { one }
}
