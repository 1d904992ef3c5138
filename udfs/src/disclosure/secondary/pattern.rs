//! The cells that are suppressed so far, and witnesses made of them and of further ones.

use super::super::primary::{Primary, Zeros};
use super::super::table::Table;
use super::{Case, Witness, search};

/// A witness is made of no more moves.
const MOVES_MAX: usize = 4096;
/// A total of one dimension is worth that many cells within.
const WORTH_OF_TOTAL: u64 = 3;
/// Parts of an amount below this are not looked for.
const PART_LEAST: f64 = 1.0 / 1_048_576.0;

pub struct Pattern<'a> {
    pub table: &'a Table,
    pub suppressed: Vec<bool>,
    /// Cells that may be suppressed besides.
    pub usable: Vec<bool>,
    /// The information that is lost with a cell.
    pub costs: Vec<u64>,
    is_counts: bool,
    singletons: &'a [bool],
    /// Whether single contributors are to be kept from using what they know.
    is_guarded: bool,
    /// The table as the moves so far have changed it.
    pub now: Vec<f64>,
}

impl<'a> Pattern<'a> {
    pub fn new(table: &'a Table, case: &'a Case) -> Self {
        let cells = 0..table.values.len();
        let is_usable =
            |cell: usize| table.values[cell] > 0.0 || (case.zeros == Zeros::Protect && !table.impossible[cell]);
        Pattern {
            table,
            suppressed: vec![false; table.values.len()],
            usable: cells.clone().map(is_usable).collect(),
            costs: cells.map(|cell| cost(table, cell)).collect(),
            is_counts: case.is_counts,
            singletons: &case.singletons,
            is_guarded: !case.singletons.is_empty(),
            now: table.values.clone(),
        }
    }

    /// What a move costs at a cell, if it may pass there: up, or down by an amount, for the sake of a target.
    pub fn passage(&self, target: usize, cell: usize, is_up: bool, amount: f64) -> Option<u64> {
        if !is_up && self.now[cell] < amount {
            return None;
        }
        if self.is_guarded && self.singletons[cell] && !self.table.shape.contains(cell, target) {
            return None;
        }
        match (self.suppressed[cell], self.usable[cell]) {
            (true, _) => Some(0),
            (false, true) => Some(self.costs[cell]),
            (false, false) => None,
        }
    }

    /// As [`Pattern::both`]; without regard to what single contributors know, where there are no others.
    pub fn protect(&mut self, primary: &Primary) -> Option<[Witness; 2]> {
        if let Some(witnesses) = self.both(primary) {
            return Some(witnesses);
        }
        if !std::mem::take(&mut self.is_guarded) {
            return None;
        }
        let witnesses = self.both(primary);
        self.is_guarded = true;
        witnesses
    }

    /// Witnesses below and above.
    pub fn both(&mut self, primary: &Primary) -> Option<[Witness; 2]> {
        let above = self.reach(primary.cell, true, primary.above);
        let below = above.as_ref().and_then(|_| self.reach(primary.cell, false, primary.below));
        Some([below?, above?])
    }

    /// A witness in which a cell lies an amount higher or lower. Suppresses what it changes, or nothing if there is none.
    pub fn reach(&mut self, cell: usize, is_up: bool, amount: f64) -> Option<Witness> {
        let mut witness = Witness::new();
        let mut added = Vec::new();
        let is_reached = self.moves(cell, is_up, amount, &mut witness, &mut added);
        // The moves of one witness follow each other; the next witness begins with the table.
        witness.keys().for_each(|cell| self.now[*cell] = self.table.values[*cell]);
        if is_reached {
            return Some(witness);
        }
        added.iter().for_each(|cell| self.suppressed[*cell] = false);
        None
    }

    /// At once if it can be, else in parts of half the amount, and so on.
    fn moves(&mut self, cell: usize, is_up: bool, amount: f64, to: &mut Witness, added: &mut Vec<usize>) -> bool {
        let (mut left, mut part) = (amount, amount);
        for _ in 0..MOVES_MAX {
            if left <= 0.0 {
                return true;
            }
            part = part.min(left);
            let Some(found) = search::cheapest(self, cell, is_up, part) else {
                match self.smaller(part, amount) {
                    Some(smaller) => part = smaller,
                    None => return false,
                }
                continue;
            };
            let room = found.iter().filter(|(_, is_up)| !is_up).map(|(cell, _)| self.now[*cell]);
            let shift = room.fold(left, f64::min);
            for (cell, is_up) in found {
                let change = if is_up { shift } else { -shift };
                self.now[cell] += change;
                *to.entry(cell).or_default() += change;
                if !std::mem::replace(&mut self.suppressed[cell], true) {
                    added.push(cell);
                }
            }
            left -= shift;
        }
        left <= 0.0
    }

    fn smaller(&self, part: f64, amount: f64) -> Option<f64> {
        let half = if self.is_counts { (part / 2.0).floor() } else { part / 2.0 };
        let least = if self.is_counts { 1.0 } else { amount * PART_LEAST };
        (half >= least).then_some(half)
    }
}

/// Large cells are missed more, yet not in proportion, and totals most.
fn cost(table: &Table, cell: usize) -> u64 {
    let of_value = 10.0 + 10.0 * (1.0 + table.values[cell]).log2();
    let totals = u32::try_from(table.shape.totals(cell)).unwrap_or(u32::MAX);
    // Below 2^14 times 3^8: many orders of magnitude below the bounds of either type.
    (of_value as u64).saturating_mul(WORTH_OF_TOTAL.saturating_pow(totals))
}
