//! Comparisons and their levels.

use serde_json::Value;

use super::Condition;

/// One aspect in which two rows agree or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub name: String,
    /// The columns that short conditions speak of.
    pub on: Vec<String>,
    /// The first that holds is that of a pair.
    pub levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    pub label: String,
    /// The condition, as it was written and as it is understood.
    pub written: Value,
    pub condition: Condition,
    /// Nothing can be compared: the level weighs nothing.
    pub is_null: bool,
    pub m: Option<f64>,
    pub u: Option<f64>,
    /// Training leaves it as it is.
    pub fix_m: bool,
    pub fix_u: bool,
    pub term_frequency: Option<TermFrequency>,
}

/// Agreement on a rare value says more than on a common one.
#[derive(Debug, Clone, PartialEq)]
pub struct TermFrequency {
    pub column: String,
    /// How much of the adjustment counts: 0 none, 1 all.
    pub weight: f64,
    /// Values are taken to be at least so frequent.
    pub min_u: f64,
    /// The adjustment starts from the `u` of the level itself, not of the level that is exact on the column.
    pub own_u: bool,
}

impl Comparison {
    /// The value of the level in front: levels count down to 0, those of nulls are -1.
    pub fn top(&self) -> i8 {
        i8::try_from(self.levels.iter().filter(|level| !level.is_null).count()).unwrap_or(i8::MAX) - 1
    }

    /// The value of each level, in their order.
    pub fn values(&self) -> Vec<i8> {
        let mut next = self.top();
        let value = |level: &Level| {
            let value = if level.is_null { -1 } else { next };
            next -= i8::from(!level.is_null);
            value
        };
        self.levels.iter().map(value).collect()
    }

    /// The level of a value; of several levels of nulls the first.
    pub fn level(&self, value: i8) -> Option<&Level> {
        self.values().iter().position(|other| *other == value).and_then(|at| self.levels.get(at))
    }

    /// Columns that its conditions read.
    pub fn columns(&self) -> Vec<&str> {
        let operands = self.levels.iter().flat_map(|level| level.condition.operands());
        let mut columns: Vec<&str> = operands.map(|operand| operand.expression.column.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
