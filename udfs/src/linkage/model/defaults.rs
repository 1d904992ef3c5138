//! Where a model starts before it is trained.
//!
//! The starting values are those of Splink, so that training from the same pairs takes the same way: among matches, 95 in 100 fall
//! into the first level and the others share the rest; weights go from −5 bits in the last level in even steps to 3 in the second,
//! and 10 in the first.

use super::super::Error;
use super::super::spec::{Comparison, Level};

/// `m` of each level, in their order; 1 for levels of nulls.
pub fn m(comparison: &Comparison) -> Vec<f64> {
    chances(comparison, |level| level.m, start_m)
}

/// `u` of each level, in their order; 1 for levels of nulls.
pub fn u(comparison: &Comparison) -> Vec<f64> {
    chances(comparison, |level| level.u, |value, top| start_m(value, top) / start_weight(value, top).exp2())
}

fn chances(comparison: &Comparison, given: fn(&Level) -> Option<f64>, start: fn(i8, i8) -> f64) -> Vec<f64> {
    let top = comparison.top();
    let of = |(level, value): (&Level, i8)| match level.is_null {
        true => 1.0,
        false => given(level).unwrap_or_else(|| start(value, top)),
    };
    comparison.levels.iter().zip(comparison.values()).map(of).collect()
}

fn start_m(value: i8, top: i8) -> f64 {
    const FIRST: f64 = 0.95;
    if value == top { FIRST } else { (1.0 - FIRST) / f64::from(top) }
}

fn start_weight(value: i8, top: i8) -> f64 {
    let (last, second, first) = (-5.0, 3.0, 10.0);
    match value {
        value if value == top => first,
        _ if top <= 1 => last,
        value => last + f64::from(value) * (second - last) / f64::from(top - 1),
    }
}

/// The place of the level that asks for equality of this column and nothing else.
pub fn exact_level(comparison: &Comparison, column: &str) -> Option<usize> {
    let is_exact = |level: &Level| {
        let columns = level.condition.exact_columns();
        columns.is_some_and(|columns| matches!(columns.as_slice(), [one] if one.eq_ignore_ascii_case(column)))
    };
    comparison.levels.iter().position(is_exact)
}

/// # Errors
/// A term frequency without a level that is exact on its column.
pub fn check_terms(comparison: &Comparison, at: &str) -> Result<(), Error> {
    let terms = comparison.levels.iter().filter_map(|level| level.term_frequency.as_ref());
    let lost = terms.into_iter().find(|term| !term.own_u && exact_level(comparison, &term.column).is_none());
    lost.map_or(Ok(()), |term| Err(no_exact_level(at, &term.column)))
}

pub fn no_exact_level(at: &str, column: &str) -> Error {
    Error::new(
        at,
        format!("no level is exact on `{column}`, whose term frequency adjusts weights"),
        "add one, or set `own_u` of the term frequency",
    )
}
