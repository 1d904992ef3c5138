//! Noise for counts that is the same wherever the same people are counted.
//!
//! Each record has a random key that never changes; the keys of a cell's records are added up modulo 2^31 to the cell's key, and that
//! chooses the noise from the distribution for counts of that size (Fraser and Wooton, *A proposed method for confidentialising
//! tabular output to protect against differencing*, UNECE 2005; Thompson, Broadfoot and Elazar, *Methodology for the automatic
//! confidentialisation of statistical outputs from remote servers at the Australian Bureau of Statistics*, UNECE 2013). So the noise
//! cannot be averaged away by asking again, and a difference of two counts is noisy unless they count the same records.
//!
//! The distributions have the largest entropy of all with expectation 0, a given variance, at most `most` either way, no result
//! below 0 and none from 1 to `smallest` (Marley and Leaver, *A method for confidentialising user-defined tables: statistical
//! properties and a risk-utility analysis*, ISI 2011; Giessing, *Computational issues in the design of transition probabilities and
//! disclosure risk estimation for additive noise*, PSD 2016). An empty cell stays empty.
//!
//! What it does not do: noisy cells do not add up to their noisy totals, and whoever knows all but one record of a cell, and the
//! distribution, learns something of the last one.

mod entropy;

#[cfg(test)]
mod tests;

use super::table::Error;

/// Keys are from 0 to below this; 2^32 records' keys can be added up as BIGINT.
pub const KEYS: i64 = 1 << 31;
const MOST_MAX: u32 = 100;

/// The noise that counts get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// The largest change, D.
    pub most: u32,
    pub variance: f64,
    /// Counts from 1 to this never come out.
    pub smallest: u32,
}

impl Default for Noise {
    fn default() -> Self {
        Noise { most: 5, variance: 3.0, smallest: 2 }
    }
}

/// For each count: the changes that can be, and the probability of each or a smaller one.
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbation {
    /// By count from 1; larger counts have the last.
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub changes: Vec<i32>,
    pub probabilities: Vec<f64>,
}

impl Perturbation {
    /// # Errors
    /// A largest change of 0 or above 100, results left out up to it or beyond, a variance that is not above 0, or one that no such
    /// distribution has.
    pub fn new(noise: Noise) -> Result<Self, Error> {
        let Noise { most, variance, smallest } = noise;
        if most == 0 || most > MOST_MAX || smallest >= most {
            return Err(Error::Option(format!("max_noise is from 1 to {MOST_MAX}, and smallest is below it")));
        }
        let largest = f64::from(most * most);
        // NaN is refused too.
        if !(variance > 0.0 && variance < largest) {
            return Err(Error::Option(format!("the variance is above 0 and below {largest}")));
        }
        let rows = (1..=most + smallest + 1).map(|count| row(count, noise)).collect();
        Ok(Perturbation { rows })
    }

    /// The distribution for counts of that size; `None` for 0.
    pub fn row(&self, count: u64) -> Option<&Row> {
        let at = usize::try_from(count.checked_sub(1)?).unwrap_or(usize::MAX);
        self.rows.get(at).or(self.rows.last())
    }

    /// A count with noise. Keys may be sums of keys.
    pub fn perturb(&self, count: u64, key: i64) -> u64 {
        let Some(row) = self.row(count) else { return 0 };
        let (uniform, mut below) = (uniform(key), 0.0);
        for (change, probability) in row.changes.iter().zip(&row.probabilities) {
            below += probability;
            if uniform < below {
                return count.saturating_add_signed(i64::from(*change));
            }
        }
        count.saturating_add_signed(row.changes.last().copied().unwrap_or_default().into())
    }
}

/// The number in (0, 1) that a sum of keys stands for.
pub fn uniform(key: i64) -> f64 {
    // Below 2^31, which a double holds exactly.
    (key.rem_euclid(KEYS) as f64 + 0.5) / KEYS as f64
}

/// The variance is the nearest that is possible to the one asked for: near 0 the results that are left out can force a larger one.
fn row(count: u32, noise: Noise) -> Row {
    let (most, count) = (noise.most.cast_signed(), count.cast_signed());
    let left_out = 1..=noise.smallest.cast_signed();
    let can_be = |change: &i32| count + change >= 0 && !left_out.contains(&(count + change));
    let changes: Vec<i32> = (-most..=most).filter(can_be).collect();
    let probabilities = entropy::largest(&changes, noise.variance);
    Row { changes, probabilities }
}
