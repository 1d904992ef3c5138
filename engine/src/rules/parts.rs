//! The walk of a rule that changes parts of expressions, and with them perhaps the types of columns.

use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// Changes every node, from below.
pub fn in_plan(
    plan: LogicalPlan,
    mut in_node: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
) -> Result<LogicalPlan> {
    let mut changed = false;
    let done = plan.transform_up_with_subqueries(|node| {
        let node = in_node(node)?;
        changed |= node.transformed;
        // A change below reaches a node by the types of its columns.
        if changed { node.map_data(LogicalPlan::recompute_schema) } else { Ok(node) }
    });
    done.data()
}

/// Changes every part of a node's expressions, over the columns that they see. Columns keep their names.
pub fn in_node(
    node: LogicalPlan,
    mut in_part: impl FnMut(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&node.inputs());
    if let LogicalPlan::TableScan(scan) = &node {
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
    }
    let names = NamePreserver::new(&node);
    node.map_expressions(|expression| {
        let name = names.save(&expression);
        let done = expression.transform_up(|part| in_part(part, &schema))?;
        Ok(done.update_data(|expression| name.restore(expression)))
    })
}
