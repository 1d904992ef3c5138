//! What a level asks of a pair, under the three values of SQL: a level holds where its condition is true, not where it is unknown.

use super::Expression;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    Left,
    Right,
}

/// An expression over one of the two rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operand {
    pub side: Side,
    pub expression: Expression,
}

impl Operand {
    pub fn left(expression: Expression) -> Self {
        Operand { side: Side::Left, expression }
    }

    pub fn right(expression: Expression) -> Self {
        Operand { side: Side::Right, expression }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Always true: what is left.
    Else,
    IsNull(Operand),
    Equal(Operand, Operand),
    /// Equal to a text that is written in the specification.
    Is(Operand, String),
    /// A score beside a threshold.
    Compare(Score, Order, f64),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    AtLeast,
    Above,
    AtMost,
    Below,
    Equal,
}

impl Order {
    /// `None` where the score is unknown.
    pub fn holds(self, score: f64, threshold: f64) -> bool {
        match self {
            Order::AtLeast => score >= threshold,
            Order::Above => score > threshold,
            Order::AtMost => score <= threshold,
            Order::Below => score < threshold,
            Order::Equal => score == threshold,
        }
    }
}

/// A number for a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Score {
    pub measure: Measure,
    pub left: Operand,
    pub right: Operand,
}

/// How a number is made of two values; formulas in [`crate::similarity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    Jaro,
    JaroWinkler,
    Levenshtein,
    DamerauLevenshtein,
    /// Of the sets of characters.
    Jaccard,
    LcsRatio,
    /// Between two moments.
    Seconds,
    Days,
    Months,
    /// Of two numbers, whichever is larger.
    Difference,
    RelativeDifference,
    /// The difference divided by the larger number (not amount), as Splink has it.
    ShareOfLarger,
    /// How many different elements two lists have in common.
    Shared,
    /// The same as a part of the shorter list.
    Overlap,
}

impl Condition {
    /// The operands in it, in the order of reading.
    pub fn operands(&self) -> Vec<&Operand> {
        match self {
            Condition::Else => Vec::new(),
            Condition::IsNull(operand) | Condition::Is(operand, _) => vec![operand],
            Condition::Equal(left, right) | Condition::Compare(Score { left, right, .. }, ..) => vec![left, right],
            Condition::Not(inner) => inner.operands(),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(Condition::operands).collect(),
        }
    }

    /// The columns of which equality is all that is asked, of the same column on both sides; `None` if more or less is asked.
    pub fn exact_columns(&self) -> Option<Vec<&str>> {
        match self {
            Condition::Equal(left, right) if left.side != right.side && left.expression == right.expression => {
                left.expression.steps.is_empty().then(|| vec![left.expression.column.as_str()])
            }
            Condition::All(parts) => {
                let columns = parts.iter().map(Condition::exact_columns).collect::<Option<Vec<_>>>()?;
                (!columns.is_empty()).then(|| columns.concat())
            }
            _ => None,
        }
    }
}
