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

/// Refuses a plan for the cluster in which one is left that did not become a join: the optimiser makes them of what stands after SELECT
/// and WHERE, not of what an order, an aggregate, a window or ON is made of.
pub fn check(optimised: &LogicalPlan) -> Result<()> {
    optimised
        .apply_with_subqueries(|node| {
            node.apply_expressions(|expression| {
                expression.apply(|part| match part {
                    Expr::ScalarSubquery(_) => Err(into_datafusion(refusal_of_place())),
                    _ => Ok(TreeNodeRecursion::Continue),
                })
            })
        })
        .map(drop)
}

fn refusal_of_place() -> Error {
    let text = "a subquery in the place of a value cannot be spread over executors inside ORDER BY, an aggregate, a window or ON";
    Error::new(Code::NOT_DISTRIBUTABLE, text)
        .with_hint("put it after SELECT of an inner query, or run it with `SET huitong.backend = 'auto'` or `'local'`")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::catalog::MemoryCatalogProviderList;
    use datafusion::execution::runtime_env::RuntimeEnv;

    use super::*;
    use crate::error::of_datafusion;
    use crate::planning::{self, Target};

    async fn planned(sql: &str) -> std::result::Result<(), Code> {
        let (config, runtime) = (planning::config(Target::Staged, 2), Arc::new(RuntimeEnv::default()));
        let state = planning::state(config, runtime, Arc::new(MemoryCatalogProviderList::new()));
        let plan = state.create_logical_plan(sql).await.unwrap();
        state.create_physical_plan(&plan).await.map(drop).map_err(|error| of_datafusion(error).code)
    }

    /// `auto` runs it in this process then.
    #[tokio::test]
    async fn one_that_stays_is_refused_as_not_to_be_spread() {
        let of = "FROM (VALUES (1), (2)) AS t (x)";
        let value = "(SELECT max(y) FROM (VALUES (3)) AS u (y))";
        for sql in [
            format!("SELECT x {of} ORDER BY x + {value}"),
            format!("SELECT sum(x + {value}) {of}"),
            format!("SELECT sum(x + {value}) OVER () {of}"),
        ] {
            assert_eq!(planned(&sql).await, Err(Code::NOT_DISTRIBUTABLE), "{sql}");
        }
        for sql in [format!("SELECT x + {value} {of}"), format!("SELECT x {of} WHERE x < {value}")] {
            assert_eq!(planned(&sql).await, Ok(()), "{sql}");
        }
    }
}
