//! Checks a suppression against the definition, sharing nothing with its search.

use std::collections::BTreeMap;

use super::super::table::Table;
use super::{Suppression, Witness};

/// Of amounts, relative to the table's largest: sums of floating-point numbers.
const ROUNDING: f64 = 1e-9;

/// Whether each primary cell is suppressed and has witnesses that prove its protection.
pub fn holds(table: &Table, suppression: &Suppression, is_counts: bool) -> bool {
    let slack = if is_counts { 0.0 } else { table.values.iter().copied().fold(0.0, f64::max) * ROUNDING };
    suppression.certificates.iter().all(|certificate| {
        let [below, above] = &certificate.witnesses;
        let at = |witness: &Witness| witness.get(&certificate.primary.cell).copied().unwrap_or_default();
        suppression.reasons[certificate.primary.cell].is_some()
            && at(below) <= slack - certificate.primary.below
            && at(above) >= certificate.primary.above - slack
            && [below, above].iter().all(|witness| is_witness(table, suppression, witness, is_counts, slack))
    })
}

/// Whether a changed table agrees with all that is published, with all sums, and has nothing below 0.
fn is_witness(table: &Table, suppression: &Suppression, witness: &Witness, is_counts: bool, slack: f64) -> bool {
    let is_possible = |(cell, change): (&usize, &f64)| {
        let is_hidden = suppression.reasons[*cell].is_some() && !table.impossible[*cell];
        let is_whole = !is_counts || change.fract() == 0.0;
        *change == 0.0 || (is_hidden && is_whole && table.values[*cell] + change >= -slack)
    };
    witness.iter().all(is_possible)
        && (0..table.shape.dimensions()).all(|dimension| {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            for (cell, change) in witness {
                let sign = if table.shape.is_total(*cell, dimension) { -1.0 } else { 1.0 };
                *sums.entry(table.shape.line(*cell, dimension)).or_default() += sign * change;
            }
            sums.values().all(|sum| sum.abs() <= slack)
        })
}
