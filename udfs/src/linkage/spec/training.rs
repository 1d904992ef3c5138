//! Which pairs are looked at, and how parameters are learned.

use super::Expression;

/// A rule that joins pairs: all of its keys are equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub name: String,
    pub keys: Vec<Key>,
}

/// Equal on both sides for a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub left: Expression,
    pub right: Expression,
}

impl Rule {
    /// The condition of a join of two relations of these names.
    pub fn sql(&self, left: &str, right: &str) -> String {
        let equal = |key: &Key| format!("{} = {}", key.left.sql(left), key.right.sql(right));
        self.keys.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }

    /// Columns that it reads.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> =
            self.keys.iter().flat_map(|key| [key.left.column.as_str(), key.right.column.as_str()]).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// The chance that two rows taken at random match.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    pub value: f64,
    /// Without rules: whether it becomes what the sessions say of it.
    pub learn: bool,
    /// Pairs that one of these joins are taken to match; they are so much of all matches.
    pub rules: Vec<Rule>,
    pub recall: Option<f64>,
}

/// Expectation and maximisation over the pairs of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub rule: Rule,
    /// Comparisons that cannot be learned from these pairs, since the rule decides them.
    pub excluded: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// About how many pairs of the sample from which `u` is learned.
    pub sample: u64,
    pub sessions: Vec<Session>,
    pub max_iterations: u64,
    /// Done when no parameter changes by so much.
    pub convergence: f64,
}

impl Default for Training {
    fn default() -> Self {
        Training { sample: 1_000_000, sessions: Vec::new(), max_iterations: 25, convergence: 1e-4 }
    }
}
