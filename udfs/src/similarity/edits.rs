//! Edit distances: how many insertions, deletions and substitutions make one text of another (Levenshtein), and with swaps of
//! neighbours as one edit (Damerau–Levenshtein; unrestricted: the neighbours may have been edited between, so `ca` and `abc`
//! are 2 apart).
//!
//! The recurrence of R. Lowrance and R. A. Wagner, "An extension of the string-to-string correction problem", JACM 22 (1975), in
//! rows, as C. Zhao and S. Sahni, "String correction using the Damerau–Levenshtein distance", BMC Bioinformatics 20 (2019), show to
//! be enough: a swap is only worth it where one of its two sides is adjacent. Only the cells within `most` of the diagonal are
//! computed (E. Ukkonen, "Algorithms for approximate string matching", Information and Control 64, 1985): a path that leaves
//! them costs more. So the work is about (2·most + 1) × length.

use super::TooLong;
use super::characters::{Measure, Scratch, Symbol, Work, trim_common};

/// Cells that an exact distance without a bound may cost: about a second.
const CELLS_MOST: usize = 1 << 28;

/// Whether swaps count as one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edits {
    Levenshtein,
    Damerau,
}

/// The distance if it is at most `most`, otherwise `most + 1`.
pub fn within(edits: Edits, left: &str, right: &str, most: usize, scratch: &mut Scratch) -> usize {
    // Bytes are at least as many as characters, and a character has at most four of them.
    let too_long = |one: &str, other: &str| one.len() > other.len().saturating_add(most).saturating_mul(4);
    if too_long(left, right) || too_long(right, left) {
        return most + 1;
    }
    scratch.compare(left, right, Within { edits, most })
}

/// The distance, however large.
///
/// # Errors
/// Texts so long and so unlike that it would take more than [`CELLS_MOST`] steps.
pub fn distance(edits: Edits, left: &str, right: &str, scratch: &mut Scratch) -> Result<usize, TooLong> {
    scratch.compare(left, right, Whole { edits })
}

struct Within {
    edits: Edits,
    most: usize,
}

impl Measure for Within {
    type Answer = usize;

    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> usize {
        work.rows.within(self.edits, left, right, self.most)
    }
}

struct Whole {
    edits: Edits,
}

impl Measure for Whole {
    type Answer = Result<usize, TooLong>;

    /// Doubles the bound until it holds, so that texts that are alike are cheap.
    fn of<S: Symbol>(self, left: &[S], right: &[S], work: &mut Work) -> Self::Answer {
        let longest = left.len().max(right.len());
        let mut most = 15_usize;
        loop {
            let width = (2 * most + 1).min(longest);
            if width.saturating_mul(longest) > CELLS_MOST {
                let mend = "give the largest distance that matters";
                return Err(TooLong { left: left.len(), right: right.len(), mend });
            }
            let found = work.rows.within(self.edits, left, right, most);
            if found <= most {
                return Ok(found);
            }
            most = (2 * most + 1).min(longest);
        }
    }
}

/// Beyond every distance that is asked for, and far from overflow.
const FAR: u32 = u32::MAX / 4;

/// Rows of the table of distances between beginnings of the two texts.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Of the row before.
    above: Vec<u32>,
    /// Of two rows before, and while it is overwritten of this one.
    row: Vec<u32>,
    /// Per column, at the last row that matched it: the cell before the swap, and which row that was.
    before_swap: Vec<u32>,
    matched_at: Vec<u32>,
}

impl Rows {
    fn within<S: Symbol>(&mut self, edits: Edits, left: &[S], right: &[S], most: usize) -> usize {
        let (left, right) = trim_common(left, right);
        let most_useful = most.min(left.len().max(right.len()));
        let found = match left.len().abs_diff(right.len()) > most_useful {
            true => most_useful + 1,
            false if left.is_empty() || right.is_empty() => left.len() + right.len(),
            false if edits == Edits::Damerau => self.band::<S, true>(left, right, most_useful),
            false => self.band::<S, false>(left, right, most_useful),
        };
        found.min(most.saturating_add(1))
    }

    fn reset(&mut self, columns: usize, most: usize) {
        for row in [&mut self.above, &mut self.row, &mut self.before_swap, &mut self.matched_at] {
            row.clear();
            row.resize(columns + 1, FAR);
        }
        // Becomes the row above when the first row begins.
        self.row.iter_mut().take(most + 1).enumerate().for_each(|(column, cell)| *cell = column as u32);
    }

    fn band<S: Symbol, const SWAPS: bool>(&mut self, left: &[S], right: &[S], most: usize) -> usize {
        self.reset(right.len(), most);
        for (row, symbol) in (1..).zip(left) {
            std::mem::swap(&mut self.above, &mut self.row);
            let least = self.next_row::<S, SWAPS>(row, *symbol, right, most);
            if least as usize > most {
                return most + 1;
            }
        }
        (self.row[right.len()] as usize).min(most + 1)
    }

    /// Fills one row and answers its least cell; no later row has a smaller one.
    fn next_row<S: Symbol, const SWAPS: bool>(&mut self, row: usize, symbol: S, right: &[S], most: usize) -> u32 {
        let from = row.saturating_sub(most).max(1);
        let to = right.len().min(row + most);
        // Of two rows above, at the column before the last match in this row, and at the column before this one.
        let (mut at_match, mut two_above) = (FAR, self.row[from - 1]);
        let mut match_column = None;
        self.row[from - 1] = if from == 1 && row <= most { row as u32 } else { FAR };
        let mut least = self.row[from - 1];
        for column in from..=to {
            let other = right[column - 1];
            let is_equal = symbol == other;
            let change = self.above[column - 1] + u32::from(!is_equal);
            let mut cell = change.min(self.row[column - 1] + 1).min(self.above[column] + 1);
            if SWAPS && is_equal {
                match_column = Some(column);
                at_match = two_above;
                // Left of the band of the row above, cells are those of older rows.
                let inside = column >= 2 && column - 2 + most + 1 >= row;
                self.before_swap[column] = if inside { self.above[column - 2] } else { FAR };
                self.matched_at[column] = row as u32;
            } else if SWAPS && let Some(matched) = match_column {
                let rows_between = (row as u32).wrapping_sub(self.matched_at[column]);
                if matched + 1 == column {
                    cell = cell.min(self.before_swap[column].saturating_add(rows_between.min(FAR)));
                } else if rows_between == 1 {
                    cell = cell.min(at_match + (column - matched) as u32);
                }
            }
            two_above = self.row[column];
            self.row[column] = cell.min(FAR);
            least = least.min(self.row[column]);
        }
        least
    }
}
