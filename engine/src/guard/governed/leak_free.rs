//! Filters that may run below the barrier: some on rows which whoever wrote them may not see, some on what is seen.
//!
//! A filter of the first kind ([`is`]) compares a column that is seen as it is with constants of just its type: it cannot fail, and
//! whether it holds for a hidden row shows nowhere, since the row is left out by its own rule all the same. A function, a cast or
//! arithmetic may fail for a hidden value, and an error would tell of it. The second kind is [`picks`].

use arrow::datatypes::DataType;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};

/// Whether `filter` is one; `plain` is the type of a column that is seen as it is.
pub fn is(filter: &Expr, plain: &dyn Fn(&str) -> Option<DataType>) -> bool {
    let fits = |column: &Expr, constants: &[&Expr]| match column {
        Expr::Column(column) => plain(&column.name).is_some_and(|kind| constants.iter().all(|c| is_constant(c, &kind))),
        _ => false,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or | Operator::And, right }) => {
            is(left, plain) && is(right, plain)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            compares(*op) && (fits(left, &[right]) || fits(right, &[left]))
        }
        Expr::Between(Between { expr, low, high, .. }) => fits(expr, &[low, high]),
        Expr::InList(InList { expr, list, .. }) => fits(expr, &list.iter().collect::<Vec<_>>()),
        Expr::IsNull(column) | Expr::IsNotNull(column) => fits(column, &[]),
        _ => false,
    }
}

/// Whether `filter` picks rows by comparing columns with constants of just their type, so that it cannot fail; `kind` is the type of a
/// column that is seen, as it is or under a mask. Run on rows that are seen, by the values that are seen, it tells nothing that the
/// answer does not. What most rows pass is none: it would cost a mask more for nothing.
pub fn picks(filter: &Expr, kind: &dyn Fn(&str) -> Option<DataType>) -> bool {
    let fits = |column: &Expr, constants: &[&Expr]| match column {
        Expr::Column(column) => kind(&column.name).is_some_and(|kind| constants.iter().all(|c| is_constant(c, &kind))),
        _ => false,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or | Operator::And, right }) => {
            picks(left, kind) && picks(right, kind)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            compares(*op) && *op != Operator::NotEq && (fits(left, &[right]) || fits(right, &[left]))
        }
        Expr::Between(Between { expr, negated: false, low, high }) => fits(expr, &[low, high]),
        Expr::InList(InList { expr, list, negated: false }) => fits(expr, &list.iter().collect::<Vec<_>>()),
        Expr::Like(Like { negated: false, expr, pattern, escape_char: None, .. }) => fits(expr, &[pattern]),
        _ => false,
    }
}

fn is_constant(constant: &Expr, kind: &DataType) -> bool {
    matches!(constant, Expr::Literal(value, _) if value.data_type() == *kind)
}

fn compares(operator: Operator) -> bool {
    matches!(operator, Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq)
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::logical_expr::{cast, col, lit};

    use super::*;

    #[test]
    fn only_comparisons_that_cannot_fail_pass() {
        let plain = |name: &str| (name == "seen").then_some(DataType::Int64);
        let (seen, masked, one) = (|| col("seen"), || col("masked"), || lit(1_i64));
        let passes = [
            seen().eq(one()),
            one().lt(seen()),
            seen().between(one(), lit(9_i64)),
            seen().in_list(vec![one(), lit(2_i64)], true),
            seen().is_null(),
            seen().eq(one()).or(seen().gt(lit(5_i64))),
            seen().eq(lit(ScalarValue::Int64(None))),
        ];
        for filter in passes {
            assert!(is(&filter, &plain), "{filter}");
        }
        let stays = [
            masked().eq(one()),
            seen().eq(masked()),
            seen().eq(seen()),
            (lit(1_i64) / seen()).eq(one()),
            seen().eq(one() / lit(0_i64)),
            seen().eq(lit(1_i32)),
            cast(seen(), DataType::Int32).eq(lit(1_i32)),
            seen().eq(one()).or(masked().is_null()),
            seen().eq(one()).is_true(),
            !seen().eq(one()),
            lit(true),
            (one() / lit(0_i64)).eq(one()),
            seen().in_list(vec![one(), masked()], false),
        ];
        for filter in stays {
            assert!(!is(&filter, &plain), "{filter}");
        }
    }

    #[test]
    fn what_picks_rows_by_what_is_seen() {
        let kind = |name: &str| match name {
            "masked" => Some(DataType::Utf8),
            "seen" => Some(DataType::Int64),
            _ => None,
        };
        let (masked, seen) = (|| col("masked"), || col("seen"));
        for filter in [
            masked().eq(lit("王*")),
            masked().like(lit("王%")),
            masked().in_list(vec![lit("a"), lit("b")], false),
            masked().between(lit("a"), lit("b")),
            masked().eq(lit("a")).or(seen().gt(lit(5_i64))),
        ] {
            assert!(picks(&filter, &kind), "{filter}");
        }
        for filter in [
            masked().not_eq(lit("a")),
            masked().not_like(lit("a%")),
            masked().like(col("pattern")),
            masked().is_null(),
            masked().eq(lit(1_i64)),
            col("hidden").eq(lit("a")),
            (lit(1_i64) / seen()).eq(lit(1_i64)),
            masked().eq(lit("a")).or(masked().is_null()),
            cast(masked(), DataType::Int64).eq(lit(1_i64)),
        ] {
            assert!(!picks(&filter, &kind), "{filter}");
        }
    }
}
