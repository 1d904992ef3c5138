//! Lines with people in one category only: whoever is known to be in the line is known to be in that category, however many there are
//! (group disclosure; Hundepohl et al. 2012, §5.2). One empty cell of the line is made uncertain, so that not all need to be there.

use super::super::primary::{Primary, Reason};
use super::super::table::Error;
use super::pattern::Pattern;
use super::{Certificate, Witness};

/// So many empty cells of a line are tried.
const TRIED_MAX: usize = 4;

/// Adds the certificates of empty cells that may hold up to an amount, one in each line that needs it.
///
/// # Errors
/// [`Error::Unprotected`] where none can be raised.
pub fn protect(pattern: &mut Pattern, amount: f64, certificates: &mut Vec<Certificate>) -> Result<(), Error> {
    let mut raised = vec![false; pattern.table.values.len()];
    for (dimension, first) in lines(pattern) {
        let candidates = empty_of_group(pattern, dimension, first);
        if candidates.is_empty() || candidates.iter().any(|cell| raised[*cell]) {
            continue;
        }
        let (cell, witness) = raise(pattern, &candidates, amount).ok_or(Error::Unprotected)?;
        raised[cell] = true;
        let primary = Primary { cell, below: 0.0, above: amount, reason: Reason::Group };
        certificates.push(Certificate { primary, witnesses: [Witness::new(), witness] });
    }
    Ok(())
}

/// Inner lines first: what they need raises empty totals too.
fn lines(pattern: &Pattern) -> Vec<(usize, usize)> {
    let shape = &pattern.table.shape;
    let of = |dimension: usize| shape.lines(dimension).map(move |first| (dimension, first));
    let mut lines: Vec<(usize, usize)> = (0..shape.dimensions()).flat_map(of).collect();
    lines.sort_by_key(|(_, first)| shape.totals(*first));
    lines
}

/// The possible empty cells of a line that has one category which is not empty, the most likely first; none of other lines.
fn empty_of_group(pattern: &Pattern, dimension: usize, first: usize) -> Vec<usize> {
    let (table, shape) = (pattern.table, &pattern.table.shape);
    let full = shape.categories(first, dimension).filter(|cell| table.values[*cell] > 0.0).take(2).count();
    if full != 1 {
        return Vec::new();
    }
    let is_open = |cell: &usize| table.values[*cell] == 0.0 && !table.impossible[*cell];
    let mut empty: Vec<usize> = shape.categories(first, dimension).filter(is_open).collect();
    let around = |cell: usize| {
        let total = |other: usize| table.values[shape.line_total(shape.line(cell, other), other)];
        (0..shape.dimensions()).filter(|other| *other != dimension).map(total).sum::<f64>()
    };
    empty.sort_by(|one, other| {
        let known = pattern.suppressed[*other].cmp(&pattern.suppressed[*one]);
        known.then(around(*other).total_cmp(&around(*one))).then(one.cmp(other))
    });
    empty
}

/// Raises the cell that costs least.
fn raise(pattern: &mut Pattern, candidates: &[usize], amount: f64) -> Option<(usize, Witness)> {
    let mut best: Option<(u64, usize)> = None;
    for cell in candidates.iter().take(TRIED_MAX) {
        let before = pattern.suppressed.clone();
        let Some(witness) = pattern.raise_empty(*cell, amount) else { continue };
        let cost: u64 = witness.keys().filter(|cell| !before[**cell]).map(|cell| pattern.costs[*cell]).sum();
        pattern.suppressed = before;
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, *cell));
        }
        if cost == 0 {
            break;
        }
    }
    let (_, cell) = best?;
    pattern.raise_empty(cell, amount).map(|witness| (cell, witness))
}

impl Pattern<'_> {
    /// Lets the empty totals and parts of an empty cell rise with it.
    fn raise_empty(&mut self, cell: usize, amount: f64) -> Option<Witness> {
        let table = self.table;
        let is_opened = |other: &usize| {
            table.values[*other] == 0.0 && !table.impossible[*other] && table.shape.related(cell, *other)
        };
        let opened: Vec<usize> =
            (0..self.usable.len()).filter(|other| !self.usable[*other] && is_opened(other)).collect();
        opened.iter().for_each(|other| self.usable[*other] = true);
        let witness = self.reach(cell, true, amount);
        opened.iter().for_each(|other| self.usable[*other] = false);
        if witness.is_some() {
            self.suppressed[cell] = true;
        }
        witness
    }
}
