//! A query as a text that means the same: views are kept so, and copies are sent on.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, Value, ValueWithSpan, VisitMut, VisitorMut};

/// The text of a query. The syntax tree takes two quotes in a row, and one behind a backslash, for quotes that are escaped
/// already (sqlparser 0.62), so that the value `''` would be read back as `'`; such values are written as `E'…'`.
pub fn written(query: &Query) -> String {
    let mut query = query.clone();
    // It never breaks off.
    let _: ControlFlow<()> = query.visit(&mut Quotes);
    query.to_string()
}

struct Quotes;

impl VisitorMut for Quotes {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) = &mut value.value
            && (text.contains("''") || text.contains("\\'"))
        {
            value.value = Value::EscapedStringLiteral(std::mem::take(text));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::Statement;
    use datafusion::sql::sqlparser::ast::Statement as Sql;

    use super::super::parse;
    use super::*;

    fn again(sql: &str) -> String {
        let parsed = parse(sql).unwrap();
        let Statement::Statement(statement) = parsed.statement else { panic!("{sql}") };
        let Sql::Query(query) = *statement else { panic!("{sql}") };
        written(&query)
    }

    #[test]
    fn quotes_are_read_as_they_were_written() {
        for (sql, expected) in [
            ("SELECT 'it''s'", "SELECT 'it''s'"),
            ("SELECT ''''''", "SELECT E'\\'\\''"),
            ("SELECT a LIKE 'x\\''--%' FROM t", "SELECT a LIKE E'x\\\\\\'--%' FROM t"),
        ] {
            assert_eq!(again(sql), expected);
            assert_eq!(again(expected), expected, "once more");
        }
    }
}
