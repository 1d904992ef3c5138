//! Blocking rules as they are written in a call: in parentheses, each a column or several columns in parentheses.

use datafusion::sql::sqlparser::ast::Expr;

use super::blocking::{Key, Rule};
use crate::statement::relations::template::quoted;

#[derive(Debug)]
pub struct Written {
    pub rules: Vec<Rule>,
    /// What takes the place of names in the rules' texts.
    pub expressions: Vec<(String, Expr)>,
}

impl Written {
    pub fn of(given: Expr) -> Self {
        let mut written = Self { rules: vec![], expressions: vec![] };
        for (number, rule) in items(given).into_iter().enumerate() {
            let keys = items(rule);
            let name = keys.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ");
            let placeholder = |at: usize| format!("given key {at} of rule {number}");
            let text = |at: usize| Key { left: quoted(&placeholder(at)), right: quoted(&placeholder(at)) };
            written.rules.push(Rule { name, keys: (0..keys.len()).map(text).collect() });
            written.expressions.extend(keys.into_iter().enumerate().map(|(at, key)| (placeholder(at), key)));
        }
        written
    }
}

fn items(given: Expr) -> Vec<Expr> {
    match given {
        Expr::Tuple(items) => items,
        // Parentheses around one thing are no list of it.
        Expr::Nested(item) if matches!(*item, Expr::Tuple(_)) => vec![*item],
        Expr::Nested(item) => items(*item),
        item => vec![item],
    }
}
