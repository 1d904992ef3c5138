//! `1.5e3`: a number with an exponent is of type DOUBLE, as the SQL standard says.
//!
//! The planner would make a decimal of it, as of a number without one. A decimal holds 76 digits, which 1e300 has not, and counts
//! the zeros of 1e5 by a scale below nought, which few clients read and no table stores.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Value, VisitMut, visit_expressions_mut,
};
use huitong_catalog::{Code, Error, Place, Result};

/// Gives such numbers their type.
pub fn mark(statement: &mut impl VisitMut) -> Result<()> {
    let found = visit_expressions_mut(statement, |expression| {
        let Expr::Value(value) = expression else { return ControlFlow::Continue(()) };
        let Value::Number(text, _) = &value.value else { return ControlFlow::Continue(()) };
        if !text.contains(['e', 'E']) {
            return ControlFlow::Continue(());
        }
        if !text.parse().is_ok_and(f64::is_finite) {
            let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            let place = Place { line: narrow(value.span.start.line), column: narrow(value.span.start.column) };
            return ControlFlow::Break(
                Error::new(Code::SYNTAX, format!("`{text}` is too large for a number")).at(place),
            );
        }
        let text = Expr::value(Value::SingleQuotedString(text.clone()));
        *expression = double(text);
        ControlFlow::Continue(())
    });
    match found {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

fn double(text: Expr) -> Expr {
    let data_type = DataType::Double(ExactNumberInfo::None);
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(text), data_type, array: false, format: None }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn exponents_make_doubles() {
        let told = |sql: &str| parse(sql).map(|parsed| parsed.statement.to_string()).map_err(|e| (e.code, e.place));
        let marked = Ok("SELECT CAST('1e5' AS DOUBLE), -CAST('2.5E-3' AS DOUBLE), 0.1, 'e', 1 AS e".to_owned());
        assert_eq!(told("SELECT 1e5, -2.5E-3, 0.1, 'e', 1 AS e"), marked);
        assert_eq!(told("EXPLAIN SELECT 1e5"), Ok("EXPLAIN SELECT CAST('1e5' AS DOUBLE)".to_owned()));
        assert_eq!(told("SELECT 1e400"), Err((Code::SYNTAX, Some(Place { line: 1, column: 8 }))));
    }
}
