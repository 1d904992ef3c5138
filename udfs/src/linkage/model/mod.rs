//! A model: what each level of each comparison weighs, and so what a pair does.
//!
//! The weight of a pair is log₂ λ/(1−λ) + Σ log₂ m/u over its comparisons, in bits (Fellegi and Sunter 1969; λ is the chance that
//! two rows taken at random match); the probability is 2ʷ/(1+2ʷ). A level of nulls weighs 0. Agreement on a value that is
//! more or less frequent than values are on average is adjusted as Splink does it (W. E. Winkler, "Using the EM algorithm for
//! weight computation in the Fellegi–Sunter model of record linkage", 2000, has the idea): w·(log₂ u − log₂ max(f, u_min)), where `u` is
//! that of the level that is exact on the column, `f` the larger of the two rows' frequencies and `w` the share that counts.

pub mod defaults;
mod explain;
#[cfg(test)]
mod tests;

pub use explain::{Line, explain};

use arrow::array::StructArray;

use super::Error;
use super::levels::{self, Levels, Patterns};
use super::spec::{Comparison, Spec};

/// Chances below are taken as this: their logarithm must be finite. As Splink has it.
const CHANCE_LEAST: f64 = 1e-300;

/// A specification with what follows from its numbers.
#[derive(Debug)]
pub struct Model {
    pub spec: Spec,
    pub patterns: Patterns,
    pub prior_weight: f64,
    /// Per comparison.
    pub weights: Vec<Weights>,
    /// Fields of the frequencies, such as `tf_surname`.
    pub term_fields: Vec<String>,
}

/// Weights of the levels of a comparison, by their value and one: that of nulls is the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub weights: Vec<f64>,
    pub terms: Vec<Option<Term>>,
}

/// How the frequency of a value adjusts a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Which of the model's `term_fields`.
    pub field: usize,
    pub log2_u: f64,
    pub weight: f64,
    pub min_u: f64,
}

impl Model {
    /// # Errors
    /// A term frequency without a level that is exact on its column.
    pub fn new(spec: Spec) -> Result<Self, Error> {
        let term_fields =
            spec.term_frequency_columns().into_iter().map(|column| format!("tf_{column}")).collect::<Vec<_>>();
        let weights =
            spec.comparisons.iter().map(|comparison| weigh(comparison, &term_fields)).collect::<Result<_, _>>()?;
        let prior_weight = log2_odds(spec.prior.value);
        Ok(Model { patterns: Patterns::of(&spec), prior_weight, weights, term_fields, spec })
    }

    /// # Errors
    /// Of the text, and as [`Model::new`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(Spec::parse(text)?)
    }

    /// # Errors
    /// As [`levels::levels`].
    pub fn levels(&self, left: &StructArray, right: &StructArray) -> Result<Levels, Error> {
        levels::levels(&self.spec, &self.patterns, left, right)
    }

    /// The weight of a level; 0 for a value that is none.
    pub fn weight(&self, comparison: usize, value: i8) -> f64 {
        let weights = self.weights.get(comparison).map(|weights| weights.weights.as_slice()).unwrap_or_default();
        digit(value).and_then(|digit| weights.get(digit)).copied().unwrap_or(0.0)
    }

    /// What frequencies add to the weight of a level; `frequency` gives that of one of the model's `term_fields`.
    pub fn term_weight(&self, comparison: usize, value: i8, frequency: impl FnOnce(usize) -> Option<f64>) -> f64 {
        let terms = self.weights.get(comparison).map(|weights| weights.terms.as_slice()).unwrap_or_default();
        let term = digit(value).and_then(|digit| terms.get(digit)).copied().flatten();
        term.map_or(0.0, |term| frequency(term.field).map_or(0.0, |frequency| term.of(frequency)))
    }
}

impl Term {
    fn of(&self, frequency: f64) -> f64 {
        self.weight * (self.log2_u - frequency.max(self.min_u).max(CHANCE_LEAST).log2())
    }
}

fn digit(value: i8) -> Option<usize> {
    usize::try_from(i16::from(value) + 1).ok()
}

fn weigh(comparison: &Comparison, fields: &[String]) -> Result<Weights, Error> {
    let size = usize::try_from(i16::from(comparison.top()) + 2).unwrap_or_default();
    let mut weights = Weights { weights: vec![0.0; size], terms: vec![None; size] };
    let (m, u) = (defaults::m(comparison), defaults::u(comparison));
    for (at, (level, value)) in comparison.levels.iter().zip(comparison.values()).enumerate() {
        let Some(digit) = digit(value).filter(|_| !level.is_null) else { continue };
        weights.weights[digit] = m[at].max(CHANCE_LEAST).log2() - u[at].max(CHANCE_LEAST).log2();
        if let Some(term) = level.term_frequency.as_ref().filter(|term| term.weight > 0.0) {
            let exact = if term.own_u { Some(at) } else { defaults::exact_level(comparison, &term.column) };
            let exact = exact.ok_or_else(|| defaults::no_exact_level(&comparison.name, &term.column))?;
            let name = format!("tf_{}", term.column);
            let Some(field) = fields.iter().position(|field| *field == name) else { continue };
            let log2_u = u[exact].max(CHANCE_LEAST).log2();
            weights.terms[digit] = Some(Term { field, log2_u, weight: term.weight, min_u: term.min_u });
        }
    }
    Ok(weights)
}

/// The odds of a chance, in bits.
pub fn log2_odds(chance: f64) -> f64 {
    chance.max(CHANCE_LEAST).log2() - (1.0 - chance).max(CHANCE_LEAST).log2()
}

/// The chance of a weight.
pub fn probability(weight: f64) -> f64 {
    match weight >= 0.0 {
        true => 1.0 / (1.0 + (-weight).exp2()),
        false => weight.exp2() / (1.0 + weight.exp2()),
    }
}
