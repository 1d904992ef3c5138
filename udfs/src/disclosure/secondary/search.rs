//! The cheapest change that moves a cell and keeps all sums.
//!
//! A product of vectors, one for each dimension, keeps all sums if each adds its categories up to its total. Such vectors are +1 at one
//! category and -1 at another, and +1 at a category and at the total. With two dimensions, sums of such products are the cycles of
//! the network whose nodes are rows and columns and whose arcs are cells: going from row to column adds, back subtracts, and both are
//! reversed where one of the two is a total.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::table::Shape;
use super::pattern::Pattern;

/// Cells and whether each goes up.
pub type Move = Vec<(usize, bool)>;

/// Once something is found, no more choices of pairs in the other dimensions are looked at.
const PAIRS_MAX: usize = 64;

/// The cheapest move of a cell by an amount that the cells it passes allow.
pub fn cheapest(pattern: &Pattern, target: usize, is_up: bool, amount: f64) -> Option<Move> {
    let shape = &pattern.table.shape;
    let search = Search { pattern, shape, target, is_up, amount };
    match shape.dimensions() {
        1 => search.on_line(),
        _ => search.in_network(),
    }
}

struct Search<'a> {
    pattern: &'a Pattern<'a>,
    shape: &'a Shape,
    target: usize,
    is_up: bool,
    amount: f64,
}

/// A corner of the pairs chosen in the other dimensions: how far from the cell of a network, and whether it moves as that does.
#[derive(Clone, Copy)]
struct Corner {
    /// Modulo the address space: corners lie on both sides.
    offset: usize,
    is_same: bool,
}

impl Search<'_> {
    fn passage(&self, cell: usize, is_up: bool) -> Option<u64> {
        self.pattern.passage(self.target, cell, is_up, self.amount)
    }

    /// With one dimension another cell does the contrary, or the total the same.
    fn on_line(&self) -> Option<Move> {
        let total = self.shape.total(0);
        let mut best: Option<(u64, usize, bool)> = None;
        for cell in (0..=total).rev().filter(|cell| *cell != self.target) {
            let is_up = self.is_up == (cell == total || self.target == total);
            if let Some(cost) = self.passage(cell, is_up)
                && best.is_none_or(|(least, ..)| cost < least)
            {
                best = Some((cost, cell, is_up));
                if cost == 0 {
                    break;
                }
            }
        }
        best.map(|(_, cell, is_up)| vec![(self.target, self.is_up), (cell, is_up)])
    }

    fn in_network(&self) -> Option<Move> {
        let mut dimensions: Vec<usize> = (0..self.shape.dimensions()).collect();
        dimensions.sort_by_key(|dimension| Reverse(self.shape.total(*dimension)));
        let mut choices = self.choices(&dimensions[2..]);
        choices.sort_by_key(|(cost, _)| *cost);
        let mut best: Option<(u64, Move)> = None;
        for (tried, (cost, corners)) in choices.iter().enumerate() {
            let bound = best.as_ref().map_or(u64::MAX, |(least, _)| *least);
            if *cost >= bound || (tried >= PAIRS_MAX && best.is_some()) {
                break;
            }
            let network = Network::new(self, [dimensions[0], dimensions[1]], corners);
            if let Some((path, cells)) = network.cycle(bound - cost) {
                best = Some((cost + path, cells));
            }
        }
        best.map(|(_, cells)| cells)
    }

    /// All choices of a partner code in each of the dimensions, if the target's corners may move, with what that costs.
    fn choices(&self, dimensions: &[usize]) -> Vec<(u64, Vec<Corner>)> {
        let mut choices = vec![vec![Corner { offset: 0, is_same: true }]];
        for dimension in dimensions {
            let (total, own) = (self.shape.total(*dimension), self.shape.code(self.target, *dimension));
            let stride = self.shape.stride(*dimension);
            let with = |corners: &Vec<Corner>, partner: usize| {
                let offset = partner.wrapping_mul(stride).wrapping_sub(own * stride);
                let is_same = own == total || partner == total;
                let moved = corners.iter().map(|corner| Corner {
                    offset: corner.offset.wrapping_add(offset),
                    is_same: corner.is_same == is_same,
                });
                corners.iter().copied().chain(moved).collect::<Vec<_>>()
            };
            let partners = || (0..=total).filter(move |partner| *partner != own);
            choices =
                choices.iter().flat_map(|corners| partners().map(move |partner| with(corners, partner))).collect();
        }
        let priced = |corners: Vec<Corner>| Some((self.at_corners(&corners, self.target, self.is_up)?, corners));
        choices.into_iter().filter_map(priced).collect()
    }

    fn at_corners(&self, corners: &[Corner], cell: usize, is_up: bool) -> Option<u64> {
        let at = |corner: &Corner| self.passage(cell.wrapping_add(corner.offset), is_up == corner.is_same);
        corners.iter().try_fold(0, |cost, corner| Some(cost + at(corner)?))
    }
}

/// Rows and columns through the target. The cycle goes through the target from its row to its column, and back on other cells.
struct Network<'a> {
    search: &'a Search<'a>,
    corners: &'a [Corner],
    rows: usize,
    columns: usize,
    strides: [usize; 2],
    /// The cell at row 0, column 0.
    first: usize,
    from: usize,
    to: usize,
    /// Whether cells inside go up on the way from row to column.
    is_up: bool,
}

impl<'a> Network<'a> {
    fn new(search: &'a Search<'a>, [row, column]: [usize; 2], corners: &'a [Corner]) -> Self {
        let (shape, target) = (search.shape, search.target);
        let is_reversed = shape.is_total(target, row) != shape.is_total(target, column);
        Network {
            search,
            corners,
            rows: shape.total(row) + 1,
            columns: shape.total(column) + 1,
            strides: [shape.stride(row), shape.stride(column)],
            first: shape.line(shape.line(target, row), column),
            // Nodes are the rows, then the columns.
            from: shape.total(row) + 1 + shape.code(target, column),
            to: shape.code(target, row),
            is_up: search.is_up != is_reversed,
        }
    }

    /// The cell of an arc and whether it goes up.
    fn arc(&self, from: usize, to: usize) -> (usize, bool) {
        let (row, column) = if from < self.rows { (from, to - self.rows) } else { (to, from - self.rows) };
        let is_reversed = (row + 1 == self.rows) != (column + 1 == self.columns);
        let is_up = (from < self.rows) == (self.is_up != is_reversed);
        (self.first + row * self.strides[0] + column * self.strides[1], is_up)
    }

    /// Dijkstra's algorithm, for less than a bound; of equal paths the same at all times. Of nodes at equal distances the one that most
    /// arcs lead to comes first: among cells that are suppressed already, which cost nothing, the first way to the end will do.
    fn cycle(&self, bound: u64) -> Option<(u64, Move)> {
        let nodes = self.rows + self.columns;
        let (mut distances, mut previous) = (vec![bound; nodes], vec![usize::MAX; nodes]);
        let mut next = BinaryHeap::from([(Reverse(0), 0_usize, Reverse(self.from))]);
        distances[self.from] = 0;
        while let Some((Reverse(distance), arcs, Reverse(node))) = next.pop() {
            if node == self.to {
                return Some((distance, self.moved(&previous)));
            }
            if distance > distances[node] {
                continue;
            }
            let neighbours = if node < self.rows { self.rows..nodes } else { 0..self.rows };
            for to in neighbours.filter(|to| (node, *to) != (self.from, self.to)) {
                if distance >= distances[to] {
                    continue;
                }
                let (cell, is_up) = self.arc(node, to);
                let Some(cost) = self.search.at_corners(self.corners, cell, is_up) else { continue };
                if distance + cost < distances[to] {
                    distances[to] = distance + cost;
                    previous[to] = node;
                    next.push((Reverse(distance + cost), arcs + 1, Reverse(to)));
                }
            }
        }
        None
    }

    fn moved(&self, previous: &[usize]) -> Move {
        let mut arcs = vec![(self.search.target, self.search.is_up)];
        let mut node = self.to;
        while node != self.from {
            arcs.push(self.arc(previous[node], node));
            node = previous[node];
        }
        let at = |(cell, is_up): (usize, bool)| {
            self.corners.iter().map(move |corner| (cell.wrapping_add(corner.offset), is_up == corner.is_same))
        };
        arcs.into_iter().flat_map(at).collect()
    }
}
