//! Bound parameters: `$1`, `$2`, … or `?` in order, replaced by values before a statement is planned.
//!
//! A value takes its place in the parsed statement as a literal of its type, so queries and commands are planned as if it had been
//! written there; no text is put together, so no value is ever read as SQL.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    Array, ArrayElemTypeDef, DataType as SqlType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, LimitClause, ObjectName, Parens, Query, SetExpr, Statement as Sql, TimezoneInfo,
    UnaryOperator, Value, Visit, VisitMut, Visitor, visit_expressions_mut,
};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Place, Result};

use super::{Parsed, bound};
use crate::error::of_datafusion;

/// Parameters that a statement may have: as many as PostgreSQL's protocol can send.
const PARAMETERS_MAX: usize = 65_535;

/// Gives each `?` its number and answers with the number of parameters, the highest one that is named.
pub fn number(tokens: &mut [TokenWithSpan]) -> Result<usize> {
    let (mut marks, mut highest) = (0, 0);
    for token in tokens {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let place = Place { line: narrow(token.span.start.line), column: narrow(token.span.start.column) };
        match &token.token {
            Token::Question => {
                marks += 1;
                token.token = Token::Placeholder(format!("${marks}"));
            }
            Token::Placeholder(name) => match name.strip_prefix('$').and_then(|number| number.parse().ok()) {
                Some(number) if (1..=PARAMETERS_MAX).contains(&number) => highest = highest.max(number),
                _ => {
                    let text = format!("`{name}` is no parameter; parameters are `$1`, `$2`, … or `?`");
                    return Err(Error::new(Code::SYNTAX, text).at(place));
                }
            },
            _ => {}
        }
    }
    match (marks, highest) {
        (1.., 1..) => Err(Error::new(Code::SYNTAX, "a statement names its parameters `?` or `$1`, not both")),
        (marks, highest) => Ok(marks.max(highest)),
    }
}

/// The statement with values in the places of its parameters.
pub fn bind(parsed: Parsed, values: &[ScalarValue]) -> Result<Parsed> {
    Ok(Parsed { bound: bound::told(values), ..placed(parsed, values)? })
}

fn placed(mut parsed: Parsed, values: &[ScalarValue]) -> Result<Parsed> {
    check_count(&parsed, values.len())?;
    let literals = values.iter().map(literal).collect::<Result<Vec<_>>>()?;
    replace(&mut parsed.statement, &literals);
    parsed.parameters = 0;
    Ok(parsed)
}

/// The statement for each row of values. Rows for `INSERT … VALUES (…)` become rows of one statement, which takes effect as a whole.
pub fn bind_rows(parsed: Parsed, rows: &[Vec<ScalarValue>]) -> Result<Vec<Parsed>> {
    let each: Vec<_> = rows.iter().map(|row| placed(parsed.clone(), row)).collect::<Result<_>>()?;
    let mut each = each.into_iter();
    let Some(mut first) = each.next() else { return Ok(Vec::new()) };
    let rest: Vec<_> = each.collect();
    let Some(values) = values_of(&mut first) else {
        let each = std::iter::once(first).chain(rest).zip(rows);
        return Ok(each.map(|(one, row)| Parsed { bound: bound::told(row), ..one }).collect());
    };
    for mut other in rest {
        values.extend(values_of(&mut other).into_iter().flat_map(std::mem::take));
    }
    first.bound = bound::told_rows(rows);
    Ok(vec![first])
}

/// The rows of an `INSERT INTO … VALUES`.
fn values_of(parsed: &mut Parsed) -> Option<&mut Vec<Parens<Vec<Expr>>>> {
    let Statement::Statement(sql) = &mut parsed.statement else { return None };
    let Sql::Insert(insert) = sql.as_mut() else { return None };
    match insert.source.as_mut()?.body.as_mut() {
        SetExpr::Values(values) => Some(&mut values.rows),
        _ => None,
    }
}

/// Refuses a number of values that is not the number of parameters.
pub fn check_count(parsed: &Parsed, given: usize) -> Result<()> {
    let wanted = parsed.parameters;
    match given == wanted {
        true => Ok(()),
        false => Err(Error::new(
            Code::PARAMETER_MISSING,
            format!("the statement has {wanted} parameters, and {given} values were bound"),
        )),
    }
}

/// The parameters that are a number of rows, by their number: the planner does not say what type those have.
pub fn limits(parsed: &Parsed) -> HashSet<usize> {
    struct Limits(HashSet<usize>);
    impl Visitor for Limits {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
                let both = limit.iter().chain(offset.iter().map(|offset| &offset.value));
                self.0.extend(both.filter_map(parameter));
            }
            ControlFlow::Continue(())
        }
    }
    let mut found = Limits(HashSet::new());
    if let Statement::Statement(sql) = &parsed.statement {
        // It never breaks off.
        let _: ControlFlow<()> = Visit::visit(sql.as_ref(), &mut found);
    }
    found.0
}

/// The types that parameters are cast to, by their number: the planner does not say that either.
pub fn casts(parsed: &Parsed) -> HashMap<usize, DataType> {
    struct Casts(HashMap<usize, DataType>);
    impl Visitor for Casts {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if let Expr::Cast { expr, data_type, .. } = expression
                && let Some((number, kind)) = parameter(expr).zip(kind_of(data_type))
            {
                self.0.entry(number).or_insert(kind);
            }
            ControlFlow::Continue(())
        }
    }
    let mut found = Casts(HashMap::new());
    if let Statement::Statement(sql) = &parsed.statement {
        // It never breaks off.
        let _: ControlFlow<()> = Visit::visit(sql.as_ref(), &mut found);
    }
    found.0
}

/// A statement in which each parameter that is compared as a list (`= ANY ($1)`) is compared as one value, so that the planner says its
/// type; and the numbers of those parameters.
pub fn lists_as_values(parsed: &Parsed) -> (Parsed, HashSet<usize>) {
    let (mut parsed, mut found) = (parsed.clone(), HashSet::new());
    if let Statement::Statement(sql) = &mut parsed.statement {
        // It never breaks off.
        let _: ControlFlow<()> = visit_expressions_mut(sql.as_mut(), |expression: &mut Expr| {
            if let Expr::AnyOp { left, compare_op, right, .. } | Expr::AllOp { left, compare_op, right } = expression
                && let Some(number) = parameter(right)
            {
                found.insert(number);
                *expression = Expr::BinaryOp { left: left.clone(), op: compare_op.clone(), right: right.clone() };
            }
            ControlFlow::Continue(())
        });
    }
    (parsed, found)
}

/// A list of values of a type.
pub fn list_of(kind: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(kind, true)))
}

/// What the name of a type means, for those that clients send values of.
fn kind_of(name: &SqlType) -> Option<DataType> {
    Some(match name {
        SqlType::Array(ArrayElemTypeDef::SquareBracket(item, _)) => match item.as_ref() {
            SqlType::Text | SqlType::Varchar(_) | SqlType::CharacterVarying(_) => list_of(DataType::Utf8),
            item => list_of(kind_of(item)?),
        },
        SqlType::Boolean | SqlType::Bool => DataType::Boolean,
        SqlType::TinyInt(_) => DataType::Int8,
        SqlType::TinyIntUnsigned(_) => DataType::UInt8,
        SqlType::SmallIntUnsigned(_) => DataType::UInt16,
        SqlType::IntUnsigned(_) | SqlType::IntegerUnsigned(_) => DataType::UInt32,
        SqlType::BigIntUnsigned(_) => DataType::UInt64,
        SqlType::SmallInt(_) | SqlType::Int2(_) => DataType::Int16,
        SqlType::Int(_) | SqlType::Integer(_) | SqlType::Int4(_) => DataType::Int32,
        SqlType::BigInt(_) | SqlType::Int8(_) => DataType::Int64,
        SqlType::Real | SqlType::Float4 => DataType::Float32,
        SqlType::DoublePrecision | SqlType::Double(_) | SqlType::Float8 => DataType::Float64,
        SqlType::Numeric(_) | SqlType::Decimal(_) => DataType::Decimal128(38, 10),
        SqlType::Bytea => DataType::Binary,
        SqlType::Date => DataType::Date32,
        SqlType::Timestamp(_, TimezoneInfo::None) => DataType::Timestamp(TimeUnit::Microsecond, None),
        SqlType::Timestamp(_, _) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => return None,
    })
}

/// The number of the parameter that an expression is.
fn parameter(expression: &Expr) -> Option<usize> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => name.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn replace(statement: &mut Statement, literals: &[Expr]) {
    fn inside(part: &mut impl VisitMut, literals: &[Expr]) {
        // It never breaks off.
        let _: ControlFlow<()> = visit_expressions_mut(part, |expression: &mut Expr| {
            if let Some(literal) = parameter(expression).and_then(|number| literals.get(number.wrapping_sub(1))) {
                *expression = literal.clone();
            }
            ControlFlow::Continue(())
        });
    }
    match statement {
        Statement::Statement(sql) => inside(sql.as_mut(), literals),
        Statement::Explain(explain) => replace(&mut explain.statement, literals),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => {
            inside(query.as_mut(), literals);
        }
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

/// A value as an expression of its type.
fn literal(value: &ScalarValue) -> Result<Expr> {
    let plain = |value: Value| Ok(Expr::value(value));
    match value {
        ScalarValue::Null => plain(Value::Null),
        ScalarValue::Boolean(Some(value)) => plain(Value::Boolean(*value)),
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => {
            plain(Value::SingleQuotedString(text.clone()))
        }
        ScalarValue::Binary(Some(bytes))
        | ScalarValue::LargeBinary(Some(bytes))
        | ScalarValue::BinaryView(Some(bytes))
        | ScalarValue::FixedSizeBinary(_, Some(bytes)) => {
            plain(Value::HexStringLiteral(bytes.iter().map(|byte| format!("{byte:02X}")).collect()))
        }
        // So that they may be a number of rows, which must be written as one.
        ScalarValue::Int64(Some(number)) if *number >= 0 => plain(Value::Number(number.to_string(), false)),
        ScalarValue::Dictionary(_, value) => literal(value),
        // One of several types for each value: how clients send values whose types they do not know before.
        ScalarValue::Union(Some((_, value)), _, _) => literal(value),
        ScalarValue::Union(None, _, _) => plain(Value::Null),
        ScalarValue::List(list) if list.is_valid(0) => {
            let items = list.value(0);
            let is_whole = is_whole(items.data_type());
            let item = |at: usize| match ScalarValue::try_from_array(&items, at).map_err(of_datafusion)? {
                item if is_whole => Ok(whole(&item)),
                item => literal(&item),
            };
            let elem = (0..items.len()).map(item).collect::<Result<_>>()?;
            let list = Expr::Array(Array { elem, named: true });
            // One cast of all, since to plan one for each takes ten times as long.
            Ok(if is_whole { arrow_cast(list, &value.data_type()) } else { list })
        }
        ScalarValue::List(_) => cast(value),
        value if value.data_type().is_nested() => {
            let text = format!("a value of type {} cannot be bound", value.data_type());
            Err(Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("load such values with a bulk load"))
        }
        value => cast(value),
    }
}

/// Whole numbers that SQL writes as such.
fn is_whole(kind: &DataType) -> bool {
    kind.is_integer() && kind != &DataType::UInt64
}

fn whole(value: &ScalarValue) -> Expr {
    let number = |digits: &str| Expr::value(Value::Number(digits.to_owned(), false));
    match value.to_string() {
        _ if value.is_null() => Expr::value(Value::Null),
        text => match text.strip_prefix('-') {
            Some(digits) => Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number(digits)) },
            None => number(&text),
        },
    }
}

/// `arrow_cast('text', 'type')`, which names every type and is computed while the statement is planned. A time goes by its number
/// instead: in its zone it may lie in a year whose text cannot be read back.
fn cast(value: &ScalarValue) -> Result<Expr> {
    let text = |value: &ScalarValue| -> Result<Expr> {
        Ok(Expr::value(match value.cast_to(&DataType::Utf8).map_err(of_datafusion)? {
            ScalarValue::Utf8(Some(text)) => Value::SingleQuotedString(text),
            _ => Value::Null,
        }))
    };
    let inner = match (value.is_null(), value.data_type()) {
        // Not every type has a text to be cast to.
        (true, _) => Expr::value(Value::Null),
        (false, DataType::Timestamp(_, _)) => {
            let number = value.cast_to(&DataType::Int64).map_err(of_datafusion)?;
            arrow_cast(text(&number)?, &DataType::Int64)
        }
        _ => text(value)?,
    };
    Ok(arrow_cast(inner, &value.data_type()))
}

fn arrow_cast(value: Expr, kind: &DataType) -> Expr {
    function("arrow_cast", vec![value, Expr::value(Value::SingleQuotedString(kind.to_string()))])
}

/// The call of a function with plain arguments.
pub(super) fn function(name: &str, arguments: Vec<Expr>) -> Expr {
    let list = FunctionArgumentList {
        duplicate_treatment: None,
        args: arguments.into_iter().map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))).collect(),
        clauses: Vec::new(),
    };
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
