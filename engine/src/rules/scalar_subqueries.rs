//! Subqueries in the place of a value, of which the cluster would not notice that they have more than one row.
//!
//! In one process their rows are counted while the query runs, and a second one is an error. A plan for the cluster turns them into
//! joins, which give out every row. So one that may have more is refused there, and `auto` runs the query in this process.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;

/// The rule for plans of the cluster.
#[derive(Debug)]
pub struct OneRow;

impl AnalyzerRule for OneRow {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.apply_with_subqueries(|node| {
            node.apply_expressions(|expression| {
                expression.apply(|part| match part {
                    // One that depends on the row around it is a join by that row's values in either place.
                    Expr::ScalarSubquery(asked)
                        if asked.outer_ref_columns.is_empty()
                            && asked.subquery.max_rows().is_none_or(|rows| rows > 1) =>
                    {
                        Err(into_datafusion(refusal()))
                    }
                    _ => Ok(TreeNodeRecursion::Continue),
                })
            })
        })?;
        Ok(plan)
    }

    fn name(&self) -> &str {
        "scalar_subqueries_of_one_row"
    }
}

fn refusal() -> Error {
    let text = "a subquery in the place of a value that may have more than one row cannot be spread over executors";
    Error::new(Code::NOT_DISTRIBUTABLE, text)
        .with_hint("give it an aggregate or LIMIT 1, or run it with `SET huitong.backend = 'auto'` or `'local'`")
}
