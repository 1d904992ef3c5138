//! Which columns of an answer certainly hold no null.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// A schema whose columns may hold nulls, but for those that are a table's own NOT NULL columns on a way where none is added. What a plan
/// says of itself is not enough: planning and running differ in what they know, and a null where none was announced breaks the answer.
pub fn schema(schema: &Schema, plan: &LogicalPlan) -> SchemaRef {
    let told = |(field, is_required): (&FieldRef, bool)| field.as_ref().clone().with_nullable(!is_required);
    let fields: Vec<_> = schema.fields().iter().zip(columns(plan)).map(told).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn columns(plan: &LogicalPlan) -> Vec<bool> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            scan.projected_schema.fields().iter().map(|field| !field.is_nullable()).collect()
        }
        LogicalPlan::SubqueryAlias(node) => columns(&node.input),
        LogicalPlan::Filter(node) => columns(&node.input),
        LogicalPlan::Sort(node) => columns(&node.input),
        LogicalPlan::Limit(node) => columns(&node.input),
        LogicalPlan::Projection(node) => {
            let below = columns(&node.input);
            let place = |expression| node.input.schema().maybe_index_of_column(column(expression)?);
            node.expr.iter().map(|expression| place(expression).is_some_and(|at| below[at])).collect()
        }
        other => vec![false; other.schema().fields().len()],
    }
}

/// The column that an expression hands on.
fn column(expression: &Expr) -> Option<&Column> {
    match expression {
        Expr::Alias(alias) => column(&alias.expr),
        Expr::Column(column) => Some(column),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};
    use datafusion::common::JoinType;
    use datafusion::logical_expr::logical_plan::table_scan;
    use datafusion::logical_expr::{LogicalPlanBuilder, col, lit};

    use super::*;

    fn scan(name: &str) -> LogicalPlanBuilder {
        let fields = vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, true)];
        table_scan(Some(name), &Schema::new(fields), None).unwrap()
    }

    fn required(plan: LogicalPlanBuilder) -> Vec<bool> {
        let plan = plan.build().unwrap();
        let told = schema(plan.schema().as_arrow(), &plan);
        told.fields().iter().map(|field| !field.is_nullable()).collect()
    }

    #[test]
    fn only_a_tables_own_columns_are_required() {
        assert_eq!(required(scan("a")), [true, false]);
        let changed = scan("a").filter(col("id").gt(lit(1))).unwrap();
        let changed = changed.project([col("name"), col("id").alias("n"), col("id") + lit(1_i64), lit(1)]).unwrap();
        assert_eq!(required(changed.clone().limit(0, Some(3)).unwrap()), [false, true, false, false]);
        assert_eq!(required(changed.alias("v").unwrap().project([col("n")]).unwrap()), [true]);
        let other = Arc::new(scan("b").build().unwrap());
        let joined = scan("a").join_on(other.as_ref().clone(), JoinType::Left, [col("a.id").eq(col("b.id"))]).unwrap();
        assert_eq!(required(joined), [false; 4]);
        assert_eq!(required(scan("a").union(other.as_ref().clone()).unwrap()), [false; 2]);
    }
}
