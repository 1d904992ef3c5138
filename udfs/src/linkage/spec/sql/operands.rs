//! What stands for a value of a row.

use sqlparser::ast::{
    CastKind, DataType, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value,
};

use super::super::when::checked_pattern;
use super::super::{Expression, Operand, Side, Step};

/// How a text names the columns of the two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// `surname_l`.
    Suffixed,
    /// `l.surname`.
    Qualified,
}

/// An operand, or the text of what is none.
pub fn operand(of: &Expr, columns: Columns) -> Result<Operand, String> {
    let refused = || Err(of.to_string());
    let with = |inner: &Expr, step: Step| {
        let Operand { side, expression } = operand(inner, columns)?;
        Ok(Operand { side, expression: expression.then(step) })
    };
    match of {
        Expr::Nested(inner) => operand(inner, columns),
        Expr::Identifier(name) if columns == Columns::Suffixed => suffixed(&name.value).map_or_else(refused, Ok),
        Expr::CompoundIdentifier(names) if columns == Columns::Qualified => match names.as_slice() {
            [row, column] if row.value.eq_ignore_ascii_case("l") => {
                Ok(Operand::left(Expression::column(&column.value)))
            }
            [row, column] if row.value.eq_ignore_ascii_case("r") => {
                Ok(Operand::right(Expression::column(&column.value)))
            }
            _ => refused(),
        },
        Expr::Cast { kind, expr, data_type, .. } => match (data_type, kind) {
            (DataType::Text | DataType::Varchar(None) | DataType::String(None), _) => with(expr, Step::Text),
            (DataType::Date, CastKind::TryCast) => with(expr, Step::Date { format: "%Y-%m-%d".to_owned() }),
            _ => refused(),
        },
        Expr::Substring { expr, substring_from: Some(start), substring_for: Some(length), .. } => {
            match (whole(start), whole(length)) {
                (Some(start @ 1..), Some(length)) => with(expr, Step::Substring { start, length }),
                _ => refused(),
            }
        }
        Expr::Extract { field, expr, .. } => match field {
            DateTimeField::Year => with(expr, Step::Year),
            DateTimeField::Month => with(expr, Step::Month),
            DateTimeField::Day => with(expr, Step::Day),
            _ => refused(),
        },
        Expr::Function(function) => match (name(function).as_str(), arguments(function).as_slice()) {
            ("lower", [inner]) => with(inner, Step::Lower),
            ("upper", [inner]) => with(inner, Step::Upper),
            ("left", [inner, length]) if whole(length).is_some() => {
                with(inner, Step::Substring { start: 1, length: whole(length).unwrap_or_default() })
            }
            ("substr" | "substring", [inner, start, length]) => match (whole(start), whole(length)) {
                (Some(start @ 1..), Some(length)) => with(inner, Step::Substring { start, length }),
                _ => refused(),
            },
            ("nullif", [inner, empty]) if text(empty) == Some("") => with(inner, Step::EmptyIsNull),
            ("regexp_extract", [inner, pattern, group @ ..]) => {
                let group = match group {
                    [] => Some(0),
                    [group] => whole(group),
                    _ => None,
                };
                match (text(pattern), group) {
                    (Some(pattern), Some(group)) => {
                        with(inner, checked_pattern(pattern, group, "").map_err(|_| of.to_string())?)
                    }
                    _ => refused(),
                }
            }
            ("try_strptime", [inner, format]) => match text(format) {
                Some(format) => with(inner, Step::Date { format: format.to_owned() }),
                None => refused(),
            },
            ("year", [inner]) => with(inner, Step::Year),
            ("month", [inner]) => with(inner, Step::Month),
            ("day", [inner]) => with(inner, Step::Day),
            _ => refused(),
        },
        _ => refused(),
    }
}

/// The column and side of a name such as `surname_l`.
fn suffixed(name: &str) -> Option<Operand> {
    let (column, suffix) = name.rsplit_once('_').filter(|(column, _)| !column.is_empty())?;
    match suffix.to_ascii_lowercase().as_str() {
        "l" => Some(Operand { side: Side::Left, expression: Expression::column(column) }),
        "r" => Some(Operand { side: Side::Right, expression: Expression::column(column) }),
        _ => None,
    }
}

pub fn name(function: &Function) -> String {
    function.name.to_string().to_ascii_lowercase()
}

/// Arguments without names; none of a function that is used in another way.
pub fn arguments(function: &Function) -> Vec<&Expr> {
    let plain = function.over.is_none() && function.filter.is_none() && function.within_group.is_empty();
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let argument = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression)) => Some(expression),
        _ => None,
    };
    let all = list.args.iter().map(argument).collect::<Option<Vec<_>>>();
    all.filter(|_| plain && list.duplicate_treatment.is_none() && list.clauses.is_empty()).unwrap_or_default()
}

pub fn text(of: &Expr) -> Option<&str> {
    match of {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

pub fn number(of: &Expr) -> Option<f64> {
    match of {
        Expr::Nested(inner) => number(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr).map(|number| -number),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.to_string().parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn whole(of: &Expr) -> Option<usize> {
    number(of).filter(|number| number.fract() == 0.0 && (0.0..=1e9).contains(number)).map(|number| number as usize)
}
