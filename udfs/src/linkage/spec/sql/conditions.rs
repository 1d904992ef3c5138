//! What is true or not of a pair.

use sqlparser::ast::{BinaryOperator, DateTimeField, Expr, UnaryOperator};

use super::super::when::EDITS_MOST;
use super::super::{Condition, Measure, Operand, Order, Score};
use super::operands::{Columns, arguments, name, number, text};

/// A condition, or the text of the part that is not understood.
pub fn condition(of: &Expr) -> Result<Condition, String> {
    match of {
        Expr::Nested(inner) => condition(inner),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(not(condition(expr)?)),
        Expr::IsNull(inner) => Ok(Condition::IsNull(operand(inner)?)),
        Expr::IsNotNull(inner) => Ok(not(Condition::IsNull(operand(inner)?))),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::And => Ok(Condition::All(chain(of, &BinaryOperator::And)?)),
            BinaryOperator::Or => Ok(Condition::Any(chain(of, &BinaryOperator::Or)?)),
            BinaryOperator::NotEq => Ok(not(equal(left, right)?)),
            _ => compared(left, op, right, of),
        },
        other => Err(other.to_string()),
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// The conditions that one operator joins, as one list.
fn chain(of: &Expr, joined_by: &BinaryOperator) -> Result<Vec<Condition>, String> {
    match of {
        Expr::BinaryOp { left, op, right } if op == joined_by => {
            let mut all = chain(left, joined_by)?;
            all.push(condition(right)?);
            Ok(all)
        }
        other => Ok(vec![condition(other)?]),
    }
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr, whole: &Expr) -> Result<Condition, String> {
    let order = |turned: bool| match (op, turned) {
        (BinaryOperator::GtEq, false) | (BinaryOperator::LtEq, true) => Some(Order::AtLeast),
        (BinaryOperator::Gt, false) | (BinaryOperator::Lt, true) => Some(Order::Above),
        (BinaryOperator::LtEq, false) | (BinaryOperator::GtEq, true) => Some(Order::AtMost),
        (BinaryOperator::Lt, false) | (BinaryOperator::Gt, true) => Some(Order::Below),
        (BinaryOperator::Eq, _) => Some(Order::Equal),
        _ => None,
    };
    let (of, threshold, order) = match (number(left), number(right)) {
        (None, Some(threshold)) => (left, threshold, order(false)),
        (Some(threshold), None) => (right, threshold, order(true)),
        _ if *op == BinaryOperator::Eq => return equal(left, right),
        _ => (left, 0.0, None),
    };
    let Some(order) = order else { return Err(whole.to_string()) };
    let score = score(of)?;
    let edits = matches!(score.measure, Measure::Levenshtein | Measure::DamerauLevenshtein);
    match edits && threshold > EDITS_MOST {
        true => Err(whole.to_string()),
        false => Ok(Condition::Compare(score, order, threshold)),
    }
}

fn equal(left: &Expr, right: &Expr) -> Result<Condition, String> {
    match (text(left), text(right)) {
        (None, Some(text)) => Ok(Condition::Is(operand(left)?, text.to_owned())),
        (Some(text), None) => Ok(Condition::Is(operand(right)?, text.to_owned())),
        _ => Ok(Condition::Equal(operand(left)?, operand(right)?)),
    }
}

fn operand(of: &Expr) -> Result<Operand, String> {
    super::operands::operand(of, Columns::Suffixed)
}

fn score(of: &Expr) -> Result<Score, String> {
    let score =
        |measure, left: &Expr, right: &Expr| Ok(Score { measure, left: operand(left)?, right: operand(right)? });
    match of {
        Expr::Nested(inner) => self::score(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Divide, right } => share(left, right).ok_or_else(|| of.to_string()),
        Expr::Function(function) => {
            let arguments = arguments(function);
            match (name(function).as_str(), arguments.as_slice()) {
                ("jaro_winkler_similarity", [left, right]) => score(Measure::JaroWinkler, left, right),
                ("jaro_similarity", [left, right]) => score(Measure::Jaro, left, right),
                ("jaccard", [left, right]) => score(Measure::Jaccard, left, right),
                ("levenshtein" | "editdist3", [left, right]) => score(Measure::Levenshtein, left, right),
                ("damerau_levenshtein", [left, right]) => score(Measure::DamerauLevenshtein, left, right),
                ("array_length" | "len" | "length", [Expr::Function(inner)]) => {
                    match (name(inner).as_str(), self::arguments(inner).as_slice()) {
                        ("list_intersect" | "array_intersect", [left, right]) => score(Measure::Shared, left, right),
                        _ => Err(of.to_string()),
                    }
                }
                ("abs", [inner]) => distance(inner).ok_or_else(|| of.to_string()),
                _ => Err(of.to_string()),
            }
        }
        other => Err(other.to_string()),
    }
}

/// What `abs` is taken of.
fn distance(of: &Expr) -> Option<Score> {
    match of {
        Expr::Nested(inner) => distance(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Minus, right } => {
            let (measure, left, right) = match (epoch(left), epoch(right)) {
                (Some(left), Some(right)) => (Measure::Seconds, left, right),
                _ => (Measure::Difference, left.as_ref(), right.as_ref()),
            };
            Some(Score { measure, left: operand(left).ok()?, right: operand(right).ok()? })
        }
        Expr::Function(function) => match (name(function).as_str(), arguments(function).as_slice()) {
            ("date_diff" | "datediff", [unit, left, right]) if text(unit) == Some("day") => {
                Some(Score { measure: Measure::Days, left: operand(left).ok()?, right: operand(right).ok()? })
            }
            _ => None,
        },
        _ => None,
    }
}

fn epoch(of: &Expr) -> Option<&Expr> {
    match of {
        Expr::Nested(inner) => epoch(inner),
        Expr::Extract { field: DateTimeField::Epoch, expr, .. } => Some(expr),
        Expr::Function(function) if name(function) == "epoch" => match arguments(function).as_slice() {
            [inner] => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// `abs(a - b) / CASE WHEN b > a THEN b ELSE a END`.
fn share(difference: &Expr, larger: &Expr) -> Option<Score> {
    let found = score(difference).ok().filter(|score| score.measure == Measure::Difference)?;
    let larger = match larger {
        Expr::Nested(inner) => inner.as_ref(),
        other => other,
    };
    let Expr::Case { operand: None, conditions, else_result: Some(otherwise), .. } = larger else { return None };
    let [only] = conditions.as_slice() else { return None };
    let Expr::BinaryOp { left, op: BinaryOperator::Gt, right } = &only.condition else { return None };
    let is = |expression: &Expr, wanted: &Operand| operand(expression).is_ok_and(|found| found == *wanted);
    let in_order = is(left, &found.right) && is(right, &found.left) && is(&only.result, &found.right);
    (in_order && is(otherwise, &found.left)).then_some(Score { measure: Measure::ShareOfLarger, ..found })
}
