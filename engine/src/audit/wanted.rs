//! Which records a statement asks for, as far as its conditions say it of their numbers and times.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use huitong_catalog::audit::Window;

/// What all conditions are open for.
pub fn wanted(filters: &[Expr]) -> Window {
    filters.iter().filter_map(of).fold(Window::ALL, Window::and)
}

/// What a comparison of a record's number or time with a value is open for; none for another condition.
pub fn of(filter: &Expr) -> Option<Window> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
    let (column, op, value) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) => (column, *op, value),
        (Expr::Literal(value, _), Expr::Column(column)) => (column, op.swap()?, value),
        _ => return None,
    };
    // A record's time is in milliseconds, and what is compared with it in microseconds, so a bound is rounded to what is sure to be within.
    let (low, high) = match column.name.as_str() {
        "seq" => whole(value, &DataType::Int64).map(|number| (number, number))?,
        "time" => {
            let moment = whole(value, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
            (moment.div_euclid(1000), moment.div_euclid(1000).saturating_add(1))
        }
        _ => return None,
    };
    let (least, most) = match op {
        Operator::Eq => (low, high),
        Operator::Gt | Operator::GtEq => (low, i64::MAX),
        Operator::Lt | Operator::LtEq => (i64::MIN, high),
        _ => return None,
    };
    Some(match column.name.as_str() {
        "seq" => Window { first: least, last: most, ..Window::ALL },
        _ => Window { from: least, until: most, ..Window::ALL },
    })
}

fn whole(value: &ScalarValue, kind: &DataType) -> Option<i64> {
    match value.cast_to(kind).ok()?.cast_to(&DataType::Int64).ok()? {
        ScalarValue::Int64(number) => number,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn moment(ms: i64, rest: i64) -> Expr {
        lit(ScalarValue::TimestampMicrosecond(Some(ms * 1000 + rest), Some("UTC".into())))
    }

    #[test]
    fn bounds_hold_what_the_conditions_are_true_for() {
        let window = wanted(&[col("seq").gt(lit(5i64)), lit(9i64).gt_eq(col("seq")), col("actor").eq(lit("li"))]);
        assert_eq!(window, Window { first: 5, last: 9, ..Window::ALL });
        let window = wanted(&[col("time").gt_eq(moment(7, 0)), col("time").lt(moment(8, 1))]);
        assert!(window.has(1, 7) && window.has(1, 8) && !window.has(1, 6) && !window.has(1, 10), "{window:?}");
        // Before 1970.
        let window = wanted(&[col("time").gt_eq(moment(-7, 1))]);
        assert!(window.has(1, -6) && !window.has(1, -8), "{window:?}");
        assert_eq!(wanted(&[col("seq").not_eq(lit(5i64)), col("time").is_null()]), Window::ALL);
    }
}
