//! Conditions, bound to the columns of a batch.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DynComparator, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, cast};
use arrow::datatypes::DataType;

use super::super::spec::{Condition, Operand, Order, Step};
use super::bind::Binder;
use super::score::Scores;
use super::text::Texts;

pub enum Node {
    Always,
    IsNull(Option<NullBuffer>),
    TextIsNull(Texts),
    EqualTexts(Texts, Texts),
    EqualOthers { left: Option<NullBuffer>, right: Option<NullBuffer>, compare: DynComparator },
    Is(Texts, String),
    Score { slot: usize, order: Order, threshold: f64 },
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Node {
    /// Or what is wrong.
    pub fn bind(condition: &Condition, binder: &mut Binder, scores: &mut Scores) -> Result<Node, String> {
        let mut each = |parts: &[Condition]| -> Result<Vec<Node>, String> {
            parts.iter().map(|part| Node::bind(part, binder, scores)).collect()
        };
        match condition {
            Condition::Else => Ok(Node::Always),
            Condition::All(parts) => each(parts).map(Node::All),
            Condition::Any(parts) => each(parts).map(Node::Any),
            Condition::Not(inner) => Node::bind(inner, binder, scores).map(|inner| Node::Not(Box::new(inner))),
            Condition::IsNull(operand) => is_null(operand, binder),
            Condition::Is(operand, text) => Ok(Node::Is(binder.texts(operand)?, text.clone())),
            Condition::Equal(left, right) => equal(left, right, binder),
            Condition::Compare(score, order, threshold) => {
                let slot = scores.slot(score, *threshold, binder)?;
                Ok(Node::Score { slot, order: *order, threshold: *threshold })
            }
        }
    }

    /// Whether it is true; `None` where that is unknown.
    pub fn holds(&self, row: usize, scores: &mut Scores) -> Option<bool> {
        match self {
            Node::Always => Some(true),
            Node::IsNull(nulls) => Some(is_null_at(nulls, row)),
            Node::TextIsNull(texts) => Some(texts.get(row).is_none()),
            Node::EqualTexts(left, right) => Some(left.get(row)? == right.get(row)?),
            Node::EqualOthers { left, right, compare } => {
                (!is_null_at(left, row) && !is_null_at(right, row)).then(|| compare(row, row).is_eq())
            }
            Node::Is(texts, wanted) => texts.get(row).map(|text| text == *wanted),
            Node::Score { slot, order, threshold } => {
                let score = scores.at(*slot, row);
                (!score.is_nan()).then(|| order.holds(score, *threshold))
            }
            Node::Not(inner) => inner.holds(row, scores).map(|holds| !holds),
            Node::All(parts) => decided(parts, row, scores, false),
            Node::Any(parts) => decided(parts, row, scores, true),
        }
    }
}

/// The first part that is `decisive` decides; else an unknown one makes it unknown.
fn decided(parts: &[Node], row: usize, scores: &mut Scores, decisive: bool) -> Option<bool> {
    let mut found = Some(!decisive);
    for part in parts {
        match part.holds(row, scores) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => found = None,
        }
    }
    found
}

fn is_null_at(nulls: &Option<NullBuffer>, row: usize) -> bool {
    nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
}

fn is_null(operand: &Operand, binder: &mut Binder) -> Result<Node, String> {
    let steps = &operand.expression.steps;
    if steps.is_empty() {
        return Ok(Node::IsNull(binder.plain(operand)?.logical_nulls()));
    }
    match steps.iter().all(Step::is_of_texts) {
        true => Ok(Node::TextIsNull(binder.texts(operand)?)),
        false => Ok(Node::IsNull(binder.moments(operand)?.nulls().cloned())),
    }
}

fn equal(left: &Operand, right: &Operand, binder: &mut Binder) -> Result<Node, String> {
    let of_texts = |operand: &Operand| operand.expression.steps.iter().all(Step::is_of_texts);
    if !of_texts(left) || !of_texts(right) {
        return others(Arc::new(binder.moments(left)?), Arc::new(binder.moments(right)?));
    }
    let (one, other) = (binder.plain(left)?, binder.plain(right)?);
    let is_plain = left.expression.steps.is_empty() && right.expression.steps.is_empty();
    let kind = |array: &ArrayRef| match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Kind::Text,
        number if number.is_integer() => Kind::Whole,
        number if number.is_numeric() => Kind::Number,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Kind::Moment,
        _ => Kind::Other,
    };
    match (kind(&one), kind(&other)) {
        _ if !is_plain => Ok(Node::EqualTexts(binder.texts(left)?, binder.texts(right)?)),
        (Kind::Text, Kind::Text) => Ok(Node::EqualTexts(binder.texts(left)?, binder.texts(right)?)),
        _ if one.data_type() == other.data_type() => others(one, other),
        (Kind::Whole, Kind::Whole) => as_type(&one, &other, &DataType::Int64),
        (Kind::Whole | Kind::Number, Kind::Whole | Kind::Number) => as_type(&one, &other, &DataType::Float64),
        (Kind::Moment, Kind::Moment) => others(Arc::new(binder.moments(left)?), Arc::new(binder.moments(right)?)),
        _ => Err(format!(
            "`{}` is {} on the left and `{}` is {} on the right: they cannot be equal",
            left.expression.column,
            one.data_type(),
            right.expression.column,
            other.data_type()
        )),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    Moment,
    Other,
}

fn as_type(one: &ArrayRef, other: &ArrayRef, to: &DataType) -> Result<Node, String> {
    let to = |array: &ArrayRef| cast(array, to).map_err(|error| error.to_string());
    others(to(one)?, to(other)?)
}

fn others(left: ArrayRef, right: ArrayRef) -> Result<Node, String> {
    let compare = make_comparator(&left, &right, SortOptions::default()).map_err(|error| error.to_string())?;
    Ok(Node::EqualOthers { left: left.logical_nulls(), right: right.logical_nulls(), compare })
}
