//! FILTER and IGNORE NULLS of window functions, which do not travel to executors.
//!
//! The plan's wire format (datafusion-proto 55) has no place for the FILTER of an aggregate with OVER, nor for the IGNORE NULLS of
//! `lag`, `first_value` and their kin: an executor would answer as if they had not been written. A FILTER becomes a CASE where the
//! aggregate leaves nulls out anyway; everything else is refused for the cluster, and `auto` then runs it in this process.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, WindowFunctionDefinition, when};
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;

/// Aggregates of one argument that leave its nulls out.
const LEAVES_NULLS_OUT: &[&str] = &[
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "count",
    "max",
    "median",
    "min",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];

/// A plan for the cluster that says all of it.
pub fn spread(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        if !matches!(node, LogicalPlan::Window(_)) {
            return Ok(Transformed::no(node));
        }
        let names = NamePreserver::new(&node);
        node.map_expressions(|expression| {
            let name = names.save(&expression);
            let done = expression.transform_up(in_part)?;
            Ok(done.update_data(|expression| name.restore(expression)))
        })
    })
    .data()
}

fn in_part(part: Expr) -> Result<Transformed<Expr>> {
    let Expr::WindowFunction(mut function) = part else { return Ok(Transformed::no(part)) };
    let is_aggregate = matches!(function.fun, WindowFunctionDefinition::AggregateUDF(_));
    if !is_aggregate && function.params.null_treatment == Some(NullTreatment::IgnoreNulls) {
        return Err(refusal(&function, "IGNORE NULLS"));
    }
    let Some(filter) = function.params.filter.take() else {
        return Ok(Transformed::no(Expr::WindowFunction(function)));
    };
    if !is_aggregate || !LEAVES_NULLS_OUT.contains(&function.fun.name()) {
        return Err(refusal(&function, "FILTER"));
    }
    match function.params.args.as_mut_slice() {
        [argument] => *argument = when(*filter, std::mem::take(argument)).end()?,
        _ => return Err(refusal(&function, "FILTER")),
    }
    Ok(Transformed::yes(Expr::WindowFunction(function)))
}

fn refusal(function: &WindowFunction, clause: &str) -> datafusion::error::DataFusionError {
    let text = format!("`{}` with {clause} and OVER cannot be spread over executors", function.fun.name());
    let hint = "run it with `SET huitong.backend = 'auto'` or `'local'`";
    into_datafusion(Error::new(Code::NOT_DISTRIBUTABLE, text).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::error::of_datafusion;

    async fn told(sql: &str) -> std::result::Result<String, Code> {
        let context = SessionContext::default();
        context.sql("CREATE TABLE t AS VALUES (1, 2), (2, NULL)").await.unwrap().collect().await.unwrap();
        let plan = context.sql(sql).await.unwrap().into_optimized_plan().unwrap();
        spread(plan).map(|plan| plan.to_string()).map_err(|e| of_datafusion(e).code)
    }

    #[tokio::test]
    async fn a_filter_becomes_a_case() {
        for function in ["count(*)", "sum(column1)", "count(DISTINCT column2)"] {
            let plan = told(&format!("SELECT {function} FILTER (WHERE column1 > 1) OVER () FROM t")).await.unwrap();
            assert!(plan.contains("CASE WHEN t.column1 > Int64(1)"), "{plan}");
        }
    }

    #[tokio::test]
    async fn what_would_be_lost_is_refused() {
        for function in [
            "array_agg(column1) FILTER (WHERE column1 > 1)",
            "lag(column2) IGNORE NULLS",
            "first_value(column2) IGNORE NULLS",
        ] {
            let sql = format!("SELECT {function} OVER (ORDER BY column1) FROM t");
            assert_eq!(told(&sql).await, Err(Code::NOT_DISTRIBUTABLE), "{sql}");
        }
        assert!(told("SELECT lag(column2) OVER (ORDER BY column1), array_agg(column1) OVER () FROM t").await.is_ok());
    }
}
