//! Levels of a column of pairs: comparison by comparison, and within one level by level over the rows that none has taken yet.
//!
//! A batch of pairs is two struct arrays, one of each row. Conditions are bound to their columns once per batch; a score that
//! several levels compare with their thresholds is computed once per pair, and only where a level before did not hold.

mod bind;
mod list;
mod node;
mod score;
#[cfg(test)]
mod tests;
mod text;

use arrow::array::{Array, StructArray};

use super::Error;
use super::spec::Spec;
use bind::Binder;
use node::Node;
use score::Scores;
pub use text::Patterns;

/// Values of the levels, one list per comparison.
pub type Levels = Vec<Vec<i8>>;

/// The level of every comparison for every pair: -1 where nothing can be compared, 0 for the last, more for those before it.
///
/// # Errors
/// A column that is not there, or of a type that its conditions do not take.
pub fn levels(spec: &Spec, patterns: &Patterns, left: &StructArray, right: &StructArray) -> Result<Levels, Error> {
    let mut binder = Binder::new(patterns, left, right);
    let rows = left.len().min(right.len());
    let mut all = Vec::with_capacity(spec.comparisons.len());
    for (at, comparison) in spec.comparisons.iter().enumerate() {
        let place = format!("comparisons[{at}] (`{}`)", comparison.name);
        let mut scores = Scores::new(rows);
        let nodes: Vec<Node> = comparison
            .levels
            .iter()
            .map(|level| Node::bind(&level.condition, &mut binder, &mut scores))
            .collect::<Result<_, String>>()
            .map_err(|what| Error::new(place, what, "correct the comparison, or give it a column that it can read"))?;
        all.push(of_comparison(&comparison.values(), &nodes, &mut scores, rows));
    }
    Ok(all)
}

/// The number that stands for the levels of each pair, as [`Spec::radices`] says.
pub fn patterns(spec: &Spec, levels: &Levels, rows: usize) -> Vec<i64> {
    let mut codes = vec![0; rows];
    let mut place = 1_i64;
    for (levels, radix) in levels.iter().zip(spec.radices()) {
        codes.iter_mut().zip(levels).for_each(|(code, level)| *code += place * (i64::from(*level) + 1));
        // The product of all is within range: specifications where it is not are refused.
        place = place.saturating_mul(radix);
    }
    codes
}

fn of_comparison(values: &[i8], nodes: &[Node], scores: &mut Scores, rows: usize) -> Vec<i8> {
    let mut found = vec![0; rows];
    let mut rest: Vec<u32> = (0..rows as u32).collect();
    for (value, node) in values.iter().zip(nodes) {
        rest.retain(|row| {
            let row = *row as usize;
            let holds = node.holds(row, scores) == Some(true);
            if holds {
                found[row] = *value;
            }
            !holds
        });
    }
    found
}
