//! `- -1`: a sign before a sign. Written anew without a space, as the syntax tree writes it, two of them begin a comment, and views and
//! copies are kept or sent on as they are written anew.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator, Value, VisitMut, visit_expressions_mut};

/// Puts parentheses around what a minus stands before, if that begins with one.
pub fn part(statement: &mut impl VisitMut) {
    // It never breaks off.
    let _: ControlFlow<()> = visit_expressions_mut(statement, |expression| {
        if let Expr::UnaryOp { op: UnaryOperator::Minus, expr } = expression
            && matches!(expr.as_ref(), Expr::UnaryOp { op: UnaryOperator::Minus, .. })
        {
            let inner = std::mem::replace(expr.as_mut(), Expr::value(Value::Null));
            **expr = Expr::Nested(Box::new(inner));
        }
        ControlFlow::Continue(())
    });
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// `--` begins a comment.
    #[test]
    fn signs_do_not_become_comments() {
        let told = |sql: &str| parse(sql).map(|parsed| parsed.statement.to_string()).map_err(|error| error.code);
        let expected = "SELECT 1 - -(-(-2)), -a, +-b FROM t";
        assert_eq!(told("SELECT 1 - - - -2, - a, + - b FROM t"), Ok(expected.to_owned()));
        assert_eq!(told(expected), Ok(expected.to_owned()));
    }
}
