//! One text for all plans that differ in their values only, so that the runs of one report can be counted together.

use std::hash::Hasher;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// Expressions of a plan that are looked at; of longer plans the rest counts as equal.
const EXPRESSIONS_MAX: usize = 2_000;

/// The fingerprint of an unoptimised plan: 16 hexadecimal digits. Kinds of nodes, tables, columns and functions count; values,
/// and how many of them an IN list has, do not. It holds for one release of huitong.
pub fn of(plan: &LogicalPlan) -> String {
    let mut hasher = Fnv::default();
    let mut left = EXPRESSIONS_MAX;
    // The visit fails only if what it is given does.
    let _ = plan.apply_with_subqueries(|node| {
        hasher.write(name(node).as_bytes());
        if let LogicalPlan::TableScan(scan) = node {
            hasher.write(scan.table_name.to_string().as_bytes());
        }
        // However many rows of values there are.
        let expressions = if matches!(node, LogicalPlan::Values(_)) { Vec::new() } else { node.expressions() };
        for expression in expressions {
            hasher.write(shape(expression).as_bytes());
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    format!("{:016x}", hasher.finish())
}

/// The kind of a node, such as `Filter`.
fn name(node: &LogicalPlan) -> String {
    let shown = node.display().to_string();
    shown.split([':', ' ']).next().unwrap_or_default().to_owned()
}

/// An expression's text with its values left out.
fn shape(expression: Expr) -> String {
    let is_value = |e: &Expr| matches!(e, Expr::Literal(..));
    let blank = || Expr::Literal(ScalarValue::Null, None);
    let shaped = expression.clone().transform(|e| {
        Ok(match e {
            Expr::InList(list) if list.list.iter().all(is_value) => {
                Transformed::yes(Expr::InList(InList { list: vec![blank()], ..list }))
            }
            Expr::Literal(..) => Transformed::yes(blank()),
            e => Transformed::no(e),
        })
    });
    shaped.map_or_else(|_| expression.to_string(), |shaped| shaped.data.to_string())
}

/// FNV-1a with 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), since the standard library's hashes may change with any
/// release of the compiler.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // A zero byte ends each text: "ab", "c" is not "a", "bc".
        for byte in bytes.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{LogicalPlanBuilder, col, lit};

    use super::*;

    fn plan(filter: Expr, limit: usize) -> String {
        let values = vec![vec![lit(1i64), lit("甲")]];
        let plan = LogicalPlanBuilder::values(values)
            .and_then(|plan| plan.filter(filter))
            .and_then(|plan| plan.limit(0, Some(limit)))
            .and_then(LogicalPlanBuilder::build);
        plan.map(|plan| of(&plan)).unwrap_or_default()
    }

    #[test]
    fn values_do_not_count() {
        let one = plan(col("column1").eq(lit(1i64)), 5);
        assert_eq!(one.len(), 16);
        assert_eq!(one, plan(col("column1").eq(lit(9i64)), 7));
        assert_ne!(one, plan(col("column1").gt(lit(1i64)), 5));
        assert_ne!(one, plan(col("column2").eq(lit(1i64)), 5));
        let list = |n: i64| plan(col("column1").in_list((0..n).map(lit).collect(), false), 5);
        assert_eq!(list(3), list(50));
    }

    #[test]
    fn texts_do_not_run_together() {
        let hash = |texts: &[&str]| {
            let mut hasher = Fnv::default();
            texts.iter().for_each(|text| hasher.write(text.as_bytes()));
            hasher.finish()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }
}
