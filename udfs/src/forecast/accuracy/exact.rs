//! Sums without rounding until they are read.
//!
//! Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric predicates, Discrete & Computational
//! Geometry 18 (1997): a sum is kept as terms that do not overlap, so adding loses nothing; reading rounds once, to the
//! number nearest to the true sum. Any order of additions and merges gives the same bits.

/// An exact sum. Beyond the range of numbers it is infinite, and stays so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExactSum {
    /// Of rising size, not overlapping.
    terms: Vec<f64>,
    /// Added values that are not finite, and overflows.
    special: f64,
}

/// Values are scaled down by this power of two, so that sums of very large ones stay in range; what it loses at the small
/// end is below 1e-290.
const SCALE: f64 = 1.0 / 18_446_744_073_709_551_616.0;

impl ExactSum {
    pub fn add(&mut self, value: f64) {
        if value.is_finite() { self.add_scaled(value * SCALE) } else { self.special += value }
    }

    pub fn merge(&mut self, other: &ExactSum) {
        other.terms.iter().for_each(|term| self.add_scaled(*term));
        self.special += other.special;
    }

    fn add_scaled(&mut self, mut value: f64) {
        let mut kept = 0;
        for place in 0..self.terms.len() {
            let (large, small) = two_sum(value, self.terms[place]);
            if small != 0.0 {
                self.terms[kept] = small;
                kept += 1;
            }
            value = large;
        }
        self.terms.truncate(kept);
        if value != 0.0 {
            self.terms.push(value);
        }
    }

    /// The number nearest to the true sum.
    pub fn value(&self) -> f64 {
        if self.special != 0.0 || self.special.is_nan() {
            return self.special;
        }
        let mut terms = self.terms.iter().rev().copied();
        let Some(mut high) = terms.next() else { return 0.0 };
        let mut low = 0.0;
        for term in terms.by_ref() {
            (high, low) = two_sum(high, term);
            if low != 0.0 {
                break;
            }
        }
        // Half a unit exactly is rounded to even, unless what remains says in which direction the true sum lies.
        if let Some(next) = terms.next() {
            let twice = 2.0 * low;
            let raised = high + twice;
            if (low < 0.0) == (next < 0.0) && twice == raised - high {
                high = raised;
            }
        }
        high / SCALE
    }

    /// For a state that travels.
    pub fn parts(&self) -> (&[f64], f64) {
        (&self.terms, self.special)
    }

    /// From a state that travelled.
    pub fn from_parts(terms: &[f64], special: f64) -> Self {
        let mut sum = ExactSum { terms: vec![], special };
        terms.iter().filter(|term| term.is_finite()).for_each(|term| sum.add_scaled(*term));
        sum
    }
}

/// The rounded sum, and what rounding took away (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}
