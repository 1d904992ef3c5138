//! The heaviest matching of a bipartite graph: no vertex twice, the largest sum of weights, vertices may stay alone.
//!
//! Rows are assigned one after the other along shortest augmenting paths with dual prices (Jonker and Volgenant, *A shortest augmenting
//! path algorithm for dense and sparse linear assignment problems*, Computing 38, 1987), here over the edges that exist. Each row has
//! a place of its own at weight 0, in which it stays alone.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Edges (row, column, weight) with weights above 0.
pub type Edge = (usize, usize, f64);

/// Which column each row gets. The same for the same edges in the same order, also among equally heavy matchings.
pub fn heaviest(rows: usize, columns: usize, edges: &[Edge]) -> Vec<Option<usize>> {
    let most = edges.iter().map(|(.., weight)| *weight).fold(0.0, f64::max);
    let mut graph = vec![Vec::new(); rows];
    for (row, column, weight) in edges {
        graph[*row].push((*column, most - weight));
    }
    // Row `i` stays alone in column `columns + i`, which is nobody else's.
    graph.iter_mut().enumerate().for_each(|(row, of)| of.push((columns + row, most)));
    let mut state = State {
        graph,
        of_row: vec![NONE; rows],
        of_column: vec![NONE; columns + rows],
        prices: vec![0.0; columns + rows],
    };
    (0..rows).for_each(|row| state.assign(row));
    state.of_row.iter().map(|column| Some(*column).filter(|column| *column < columns)).collect()
}

const NONE: usize = usize::MAX;

struct State {
    /// Per row, columns and costs.
    graph: Vec<Vec<(usize, f64)>>,
    of_row: Vec<usize>,
    of_column: Vec<usize>,
    /// Dual prices of columns; those of rows follow from the column that a row has.
    prices: Vec<f64>,
}

/// Distances compare by number, then by column.
#[derive(PartialEq)]
struct Reached(f64, usize);

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

impl State {
    fn assign(&mut self, row: usize) {
        let columns = self.prices.len();
        let (mut distances, mut before) = (vec![f64::INFINITY; columns], vec![NONE; columns]);
        let mut done = Vec::new();
        let mut heap = BinaryHeap::new();
        self.relax(row, 0.0, &mut distances, &mut before, &mut heap);
        while let Some(Reverse(Reached(distance, column))) = heap.pop() {
            if distance > distances[column] {
                continue;
            }
            let next = self.of_column[column];
            if next == NONE {
                for settled in done {
                    self.prices[settled] += distances[settled] - distance;
                }
                self.augment(row, column, &before);
                return;
            }
            done.push(column);
            self.relax(next, distance, &mut distances, &mut before, &mut heap);
        }
    }

    fn relax(
        &self,
        row: usize,
        distance: f64,
        distances: &mut [f64],
        before: &mut [usize],
        heap: &mut BinaryHeap<Reverse<Reached>>,
    ) {
        let own = self.of_row[row];
        let reduced = |(column, cost): &(usize, f64)| cost - self.prices[*column];
        // Zero on the row's own edge, which is the price of the row.
        let price = self.graph[row].iter().find(|(column, _)| *column == own).map_or(0.0, reduced);
        for edge in self.graph[row].iter().filter(|(column, _)| *column != own) {
            // Rounding must not make a way back shorter than none.
            let to = distance + (reduced(edge) - price).max(if own == NONE { f64::NEG_INFINITY } else { 0.0 });
            if to < distances[edge.0] {
                distances[edge.0] = to;
                before[edge.0] = row;
                heap.push(Reverse(Reached(to, edge.0)));
            }
        }
    }

    fn augment(&mut self, row: usize, mut column: usize, before: &[usize]) {
        loop {
            let at = before[column];
            let previous = std::mem::replace(&mut self.of_row[at], column);
            self.of_column[column] = at;
            if at == row {
                return;
            }
            column = previous;
        }
    }
}
