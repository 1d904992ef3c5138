//! Rows that UNNEST has multiplied are not unique any more.
//!
//! DataFusion 55 lets UNNEST inherit the keys of its input: after `GROUP BY district`, an unnested list still counts as
//! one row per district, so the optimiser drops every sort key, join and group column that "follows" from the district,
//! and answers come in a wrong order or number. A node above each UNNEST forgets the keys; it is gone in the physical
//! plan.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, FunctionalDependencies};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use datafusion::sql::sqlparser::ast::{Ident, TableAlias, TableFactor};

/// Puts [`Multiplied`] above every UNNEST that has none; a second run changes nothing.
#[derive(Debug)]
pub struct ForgetKeys;

impl AnalyzerRule for ForgetKeys {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        if !holds_unnest(&plan)? {
            return Ok(plan);
        }
        // Every node above keeps a copy of the keys in its own schema, so all of them are made anew.
        let anew = plan.transform_up_with_subqueries(|node| {
            if is_multiplied(&node) {
                return Ok(Transformed::no(node));
            }
            node.map_children(wrap_unnest)?.map_data(LogicalPlan::recompute_schema)
        })?;
        wrap_unnest(anew.data).map(|wrapped| wrapped.data)
    }

    fn name(&self) -> &str {
        "forget_keys_of_multiplied_rows"
    }
}

/// Does the same while SQL is planned: `GROUP BY` there adds the columns that "follow" from its keys, which no later rule
/// could tell from columns that the user wrote.
#[derive(Debug)]
pub struct ForgetKeysOfRelations;

/// Marks a relation that is being planned for the second time.
const INNER: &str = "__huitong_inner";

impl RelationPlanner for ForgetKeysOfRelations {
    fn plan_relation(
        &self,
        mut relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let alias = match &mut relation {
            TableFactor::Derived { alias, .. } | TableFactor::Table { alias, args: None, .. } => alias,
            _ => return Ok(RelationPlanning::Original(Box::new(relation))),
        };
        if alias.as_ref().is_some_and(|alias| alias.name.value == INNER) {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        let outer = alias.replace(TableAlias { explicit: true, name: Ident::new(INNER), columns: vec![], at: None });
        let plan = match context.plan(relation)? {
            LogicalPlan::SubqueryAlias(inner) => Arc::unwrap_or_clone(inner.input),
            plan => plan,
        };
        let plan = if holds_unnest(&plan)? { forget(plan)? } else { plan };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, outer))))
    }
}

fn holds_unnest(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::Unnest(_));
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn forget(input: LogicalPlan) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(Multiplied::new(input)?) }))
}

fn is_multiplied(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Extension(Extension { node }) if node.as_any().is::<Multiplied>())
}

fn wrap_unnest(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if !matches!(plan, LogicalPlan::Unnest(_)) {
        return Ok(Transformed::no(plan));
    }
    forget(plan).map(Transformed::yes)
}

/// Yields its input's rows, of which it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Multiplied {
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl Multiplied {
    fn new(input: LogicalPlan) -> Result<Self> {
        let schema: DFSchema =
            input.schema().as_ref().clone().with_functional_dependencies(FunctionalDependencies::empty())?;
        Ok(Self { input, schema: Arc::new(schema) })
    }
}

impl PartialOrd for Multiplied {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl UserDefinedLogicalNodeCore for Multiplied {
    fn name(&self) -> &str {
        "Multiplied"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    /// Filters may go below: rows come out as they went in.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Multiplied")
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Self::new(input),
            _ => Err(DataFusionError::Internal("a pass-through has exactly one input".into())),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }

    fn supports_limit_pushdown(&self) -> bool {
        true
    }
}

/// Plans [`Multiplied`] as its input.
pub struct MultipliedPlanner;

#[async_trait]
impl ExtensionPlanner for MultipliedPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        match (node.as_any().is::<Multiplied>(), physical_inputs) {
            (true, [input]) => Ok(Some(input.clone())),
            _ => Ok(None),
        }
    }
}
