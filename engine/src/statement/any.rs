//! `value = ANY (list)` where the list is written out: it means `value IN (…)`, which reads fewer files and takes less memory.
//!
//! Clients that bind a list say it so, since a parameter in `IN` is one value. A list may also be a text such as `'{a,"b c",NULL}'`, of
//! which only the place says that it is one.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    Array, BinaryOperator, DataType as SqlType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value, VisitMut, visit_expressions_mut,
};
use huitong_catalog::{Code, Error, Result};

/// Puts the plain form into the place of each that can have it.
pub fn spell(statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(sql) => inside(sql.as_mut()),
        Statement::Explain(explain) => spell(&mut explain.statement),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => inside(query.as_mut()),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

fn inside(part: &mut impl VisitMut) -> Result<()> {
    let visited = visit_expressions_mut(part, |expression: &mut Expr| match replacement(expression) {
        Ok(None) => ControlFlow::Continue(()),
        Ok(Some(plain)) => {
            *expression = plain;
            ControlFlow::Continue(())
        }
        Err(error) => ControlFlow::Break(error),
    });
    match visited {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

fn replacement(expression: &mut Expr) -> Result<Option<Expr>> {
    if let Expr::Cast { expr, data_type: SqlType::Array(_), .. } = expression
        && let Some(text) = text_of(expr)
    {
        **expr = list_of_text(&text)?;
        return Ok(None);
    }
    let (left, operator, right, negated) = match expression {
        Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, false),
        Expr::AllOp { left, compare_op, right } => (left, compare_op, right, true),
        _ => return Ok(None),
    };
    if let Some(text) = text_of(right) {
        **right = list_of_text(&text)?;
    }
    let plain = match operator {
        BinaryOperator::Eq => !negated,
        BinaryOperator::NotEq => negated,
        _ => false,
    };
    let Some(list) = list_of(right).filter(|_| plain) else { return Ok(None) };
    Ok(Some(match list {
        // Nothing is equal to one of none, not even null.
        [] => Expr::value(Value::Boolean(negated)),
        list => Expr::InList { expr: left.clone(), list: list.to_vec(), negated },
    }))
}

fn list_of_text(text: &str) -> Result<Expr> {
    let items = items(text).ok_or_else(|| {
        let text = format!("`{text}` is no list; it begins with `{{` and ends with `}}`");
        Error::new(Code::TYPE_MISMATCH, text).with_hint("write `ANY (ARRAY[…])` or `IN (…)`")
    })?;
    let item = |item: Option<String>| Expr::value(item.map_or(Value::Null, Value::SingleQuotedString));
    Ok(Expr::Array(Array { elem: items.into_iter().map(item).collect(), named: true }))
}

/// The items of `ARRAY[…]`, whatever parentheses it stands in.
fn list_of(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Array(array) => Some(&array.elem),
        Expr::Nested(inner) => list_of(inner),
        // Values are compared with what they stand beside, as constants are.
        Expr::Cast { expr, data_type: SqlType::Array(_), .. } => list_of(expr),
        // Whole numbers that were bound.
        Expr::Function(function) if function.name.to_string() == "arrow_cast" => match &function.args {
            FunctionArguments::List(list) => match list.args.as_slice() {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(array))), _]
                    if array.elem.iter().all(is_number) =>
                {
                    Some(&array.elem)
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn is_number(expression: &Expr) -> bool {
    match expression {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => is_number(expr),
        Expr::Value(value) => matches!(value.value, Value::Number(..) | Value::Null),
        _ => false,
    }
}

/// A text that is written out.
fn text_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Nested(inner) => text_of(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The items of a list that is written as PostgreSQL does: `{1,NULL,"a \"b\""}`. None if it is no such list, or one of lists.
pub fn items(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut rest = inner.trim_start();
    let mut items = Vec::new();
    if rest.is_empty() {
        return Some(items);
    }
    loop {
        let (item, after) = item(rest)?;
        items.push(item);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None => return rest.is_empty().then_some(items),
        }
    }
}

/// The first item of a text, and what stands behind it.
fn item(text: &str) -> Option<(Option<String>, &str)> {
    let quoted = text.strip_prefix('"');
    let (mut item, mut chars) = (String::new(), quoted.unwrap_or(text).char_indices());
    let mut plain_length = 0;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                item.push(chars.next()?.1);
                plain_length = item.len();
            }
            '"' if quoted.is_some() => return Some((Some(item), chars.as_str())),
            ',' if quoted.is_none() => return Some((unquoted(item, plain_length)?, &text[at..])),
            '{' | '}' | '"' if quoted.is_none() => return None,
            c => {
                item.push(c);
                if !c.is_whitespace() {
                    plain_length = item.len();
                }
            }
        }
    }
    match quoted {
        Some(_) => None,
        None => Some((unquoted(item, plain_length)?, "")),
    }
}

/// Without the spaces behind it; NULL is a null, and nothing at all is an error.
fn unquoted(mut item: String, length: usize) -> Option<Option<String>> {
    item.truncate(length);
    match item.as_str() {
        "" => None,
        null if null.eq_ignore_ascii_case("null") => Some(None),
        _ => Some(Some(item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_texts_are_read() {
        let some = |texts: &[&str]| Some(texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>());
        for (text, expected) in [
            ("{}", some(&[])),
            (" { } ", some(&[])),
            ("{1,2}", some(&["1", "2"])),
            ("{ a b , c }", some(&["a b", "c"])),
            (r#"{a,"b,c","d\"e\\","" , "null"}"#, some(&["a", "b,c", "d\"e\\", "", "null"])),
            (r"{a\,b}", some(&["a,b"])),
            ("{NULL}", Some(vec![None])),
            ("{a,}", None),
            ("{,}", None),
            ("{{1},{2}}", None),
            ("{\"a}", None),
            ("{\"a\"b}", None),
            ("1,2", None),
            ("{甲,乙}", some(&["甲", "乙"])),
        ] {
            assert_eq!(items(text), expected, "{text}");
        }
    }

    #[test]
    fn any_of_a_list_is_in() {
        for (sql, expected) in [
            ("SELECT 1 WHERE a = ANY ('{r,NULL}')", "SELECT 1 WHERE a IN ('r', NULL)"),
            ("SELECT 1 WHERE a <> ALL (ARRAY[1, 2])", "SELECT 1 WHERE a NOT IN (1, 2)"),
            ("SELECT 1 WHERE a = ANY ('{}'::text[])", "SELECT 1 WHERE false"),
            ("SELECT '{1,NULL}'::INT[]", "SELECT ARRAY['1', NULL]::INT[]"),
            ("SELECT 1 WHERE a > ANY ('{1}')", "SELECT 1 WHERE a > ANY(ARRAY['1'])"),
            ("SELECT 1 WHERE a = ANY (b)", "SELECT 1 WHERE a = ANY(b)"),
            ("SELECT 1 WHERE a = ANY (arrow_cast(ARRAY[1, -2], 'List(Int32)'))", "SELECT 1 WHERE a IN (1, -2)"),
            (
                "SELECT 1 WHERE a = ANY (arrow_cast(ARRAY['1'], 'List(Int32)'))",
                "SELECT 1 WHERE a = ANY(arrow_cast(ARRAY['1'], 'List(Int32)'))",
            ),
        ] {
            let mut parsed = crate::statement::parse(sql).unwrap();
            spell(&mut parsed.statement).unwrap();
            assert_eq!(parsed.statement.to_string(), expected);
        }
        let mut parsed = crate::statement::parse("SELECT 1 WHERE a = ANY ('1,2')").unwrap();
        assert_eq!(spell(&mut parsed.statement).map_err(|e| e.code), Err(Code::TYPE_MISMATCH));
    }
}
