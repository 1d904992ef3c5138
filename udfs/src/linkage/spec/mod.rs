//! The specification of a model: which columns are compared, by which levels, which pairs are looked at, how it is trained.
//!
//! A model is its specification with numbers in it, so both are one JSON text: what is not trained yet has starting values.
//! Every key that is not known is an error which names it.

mod condition;
mod expression;
mod fields;
mod level;
mod read;
mod sql;
mod training;
mod when;
mod write;

#[cfg(test)]
mod tests;

pub use condition::{Condition, Measure, Operand, Order, Score, Side};
pub use expression::{Expression, Step};
pub use level::{Comparison, Level, TermFrequency};
pub use sql::{condition as condition_of_sql, keys as keys_of_sql};
pub use training::{Key, Prior, Rule, Session, Training};

use super::Error;

/// A specification, and with trained numbers a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    pub comparisons: Vec<Comparison>,
    /// Which pairs are looked at: those that one of the rules joins.
    pub blocking: Vec<Rule>,
    pub prior: Prior,
    pub training: Training,
    /// What training told about itself, as it was written.
    pub trace: serde_json::Value,
}

/// Chance that two rows taken at random match, unless something else is said.
pub const PRIOR: f64 = 1e-4;

impl Spec {
    /// Reads the JSON text of a specification or a model.
    ///
    /// # Errors
    /// What is wrong, where, and how to mend it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read::spec(text)
    }

    /// The JSON text, from which the same specification is read.
    pub fn to_json(&self) -> String {
        write::spec(self).to_string()
    }

    /// Columns that both rows need to have: those of the comparisons.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.comparisons.iter().flat_map(Comparison::columns).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Columns of which the frequencies of values adjust weights; a row has them in the field `tf_` and the name.
    pub fn term_frequency_columns(&self) -> Vec<&str> {
        let levels = self.comparisons.iter().flat_map(|comparison| &comparison.levels);
        let mut columns: Vec<&str> =
            levels.filter_map(|level| level.term_frequency.as_ref()).map(|term| term.column.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// For each digit of a pattern how many values it has; the pattern of a pair is their mixed-radix number, the first
    /// comparison lowest. A digit is 0 where there is nothing to compare, else the level's value and one.
    pub fn radices(&self) -> Vec<i64> {
        self.comparisons.iter().map(|comparison| i64::from(comparison.top()) + 2).collect()
    }

    /// The level of each comparison, from a pattern; `None` for a number that is no pattern.
    pub fn levels_of(&self, pattern: i64) -> Option<Vec<i8>> {
        let mut rest = pattern;
        let mut digit = |radix: i64| {
            let digit = rest % radix;
            rest /= radix;
            i8::try_from(digit - 1).ok()
        };
        let levels = self.radices().into_iter().map(&mut digit).collect::<Option<Vec<i8>>>()?;
        (pattern >= 0 && rest == 0).then_some(levels)
    }
}
