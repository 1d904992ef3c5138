//! What a reader can deduce from what is published: by linear programming, and by writing down all tables.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::super::table::Table;
use super::Suppression;

/// The equations among suppressed cells: per line with any, what they add up to; a suppressed total counts against.
fn equations(table: &Table, hidden: &[bool]) -> Vec<(Vec<(usize, f64)>, f64)> {
    let mut all = Vec::new();
    for dimension in 0..table.shape.dimensions() {
        for first in table.shape.lines(dimension) {
            let total = table.shape.line_total(first, dimension);
            let cells = table.shape.categories(first, dimension).map(|cell| (cell, 1.0)).chain([(total, -1.0)]);
            let (mut terms, mut sum) = (Vec::new(), 0.0);
            for (cell, sign) in cells {
                if hidden[cell] {
                    terms.push((cell, sign));
                } else {
                    sum -= sign * table.values[cell];
                }
            }
            if !terms.is_empty() {
                all.push((terms, sum));
            }
        }
    }
    all
}

pub fn hidden(suppression: &Suppression) -> Vec<bool> {
    suppression.reasons.iter().map(Option::is_some).collect()
}

/// Stands for no bound.
const MOST: i32 = 1_000_000;

/// The interval of a cell over all tables of numbers from 0, real or whole.
pub fn interval(table: &Table, hidden: &[bool], cell: usize, is_whole: bool) -> (f64, f64) {
    let bound = |direction| {
        let mut problem = Problem::new(direction);
        let mut variable = |at: usize| {
            let weight = f64::from(u8::from(at == cell));
            match is_whole {
                true => problem.add_integer_var(weight, (0, MOST)),
                false => problem.add_var(weight, (0.0, f64::from(MOST))),
            }
        };
        let variables: Vec<Option<Variable>> = (0..hidden.len()).map(|at| hidden[at].then(|| variable(at))).collect();
        for (terms, sum) in equations(table, hidden) {
            let terms: Vec<(Variable, f64)> = terms.iter().map(|(at, sign)| (variables[*at].unwrap(), *sign)).collect();
            problem.add_constraint(terms, ComparisonOp::Eq, sum);
        }
        problem.solve().unwrap().into_solution().unwrap().objective()
    };
    (bound(OptimizationDirection::Minimize), bound(OptimizationDirection::Maximize))
}

/// The values that each cell takes over all tables of whole numbers with no inner cell above a limit: found by trying them all.
pub fn integer_ranges(table: &Table, hidden: &[bool], limit: i64) -> Vec<(i64, i64)> {
    let value = |cell: usize| table.values[cell] as i64;
    let inner: Vec<usize> = (0..hidden.len()).filter(|cell| hidden[*cell] && table.shape.totals(*cell) == 0).collect();
    let mut ranges: Vec<(i64, i64)> = vec![(i64::MAX, i64::MIN); hidden.len()];
    let mut tried: Vec<i64> = (0..hidden.len()).map(value).collect();
    let above: Vec<Vec<usize>> = inner
        .iter()
        .map(|cell| (0..hidden.len()).filter(|whole| whole != cell && table.shape.contains(*whole, *cell)).collect())
        .collect();
    // Of the published totals, what is left for the cells that come.
    inner.iter().zip(&above).for_each(|(cell, above)| above.iter().for_each(|whole| tried[*whole] -= value(*cell)));
    let mut left: Vec<i64> = (0..hidden.len()).map(|cell| value(cell) - tried[cell]).collect();
    inner.iter().for_each(|cell| left[*cell] = 0);
    let last: Vec<Vec<usize>> = (0..inner.len())
        .map(|at| {
            above[at].iter().copied().filter(|whole| !above[at + 1..].iter().any(|of| of.contains(whole))).collect()
        })
        .collect();
    let enumeration = Enumeration { hidden, inner: &inner, above: &above, last: &last, limit };
    enumeration.go(0, &mut left, &mut tried, &mut ranges);
    ranges
}

struct Enumeration<'a> {
    hidden: &'a [bool],
    inner: &'a [usize],
    above: &'a [Vec<usize>],
    /// Totals that are complete after an inner cell.
    last: &'a [Vec<usize>],
    limit: i64,
}

impl Enumeration<'_> {
    fn go(&self, at: usize, left: &mut [i64], tried: &mut [i64], ranges: &mut [(i64, i64)]) {
        let Some(cell) = self.inner.get(at) else {
            for ((low, high), value) in ranges.iter_mut().zip(tried.iter()) {
                (*low, *high) = ((*low).min(*value), (*high).max(*value));
            }
            return;
        };
        let published = |whole: &&usize| !self.hidden[**whole];
        let most = self.above[at].iter().filter(published).map(|whole| left[*whole]).fold(self.limit, i64::min);
        for value in 0..=most {
            if self.last[at].iter().filter(published).any(|whole| left[*whole] != value) {
                continue;
            }
            tried[*cell] = value;
            self.above[at]
                .iter()
                .for_each(|whole| (left[*whole], tried[*whole]) = (left[*whole] - value, tried[*whole] + value));
            self.go(at + 1, left, tried, ranges);
            self.above[at]
                .iter()
                .for_each(|whole| (left[*whole], tried[*whole]) = (left[*whole] + value, tried[*whole] - value));
        }
    }
}
