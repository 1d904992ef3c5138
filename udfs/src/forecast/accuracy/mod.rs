//! How good forecasts were.
//!
//! Measures as in Hyndman & Koehler, Another look at measures of forecast accuracy, Int. J. Forecasting 22 (2006), and
//! Makridakis, Spiliotis & Assimakopoulos, The M4 competition, ibid. 36 (2020). Sums are exact, so that the result does not
//! depend on the order in which forecasts come or on how they are divided among machines.

pub mod exact;

#[cfg(test)]
mod tests;

use exact::ExactSum;

/// A forecast and what came of it; `NaN` for what is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub y: f64,
    pub yhat: f64,
    pub lo: f64,
    pub hi: f64,
    /// Error of a naive forecast within the sample, such as the mean absolute seasonal difference.
    pub scale: f64,
}

/// Sums over pairs; they can be added in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    pub exact: [ExactSum; Sums::EXACT],
    pub counts: [i64; Sums::COUNTS],
}

/// The measures; `NaN` where there is nothing to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Pairs of which both are known.
    pub n: i64,
    pub mae: f64,
    pub rmse: f64,
    /// Percent: mean of 200 |e| / (|y| + |ŷ|), zero where both are zero.
    pub smape: f64,
    /// Mean of |e| / scale.
    pub mase: f64,
    /// Root mean square of e / scale.
    pub rmsse: f64,
    /// Sum of |e| by the sum of |y|.
    pub wape: f64,
    /// Mean of ŷ − y: positive when forecasts were too high.
    pub bias: f64,
    /// Share of outcomes within their interval.
    pub coverage: f64,
    /// Mean scaled interval score (Gneiting & Raftery, 2007) of central intervals at `level`.
    pub msis: f64,
}

const ABSOLUTE: usize = 0;
const SQUARE: usize = 1;
const SYMMETRIC: usize = 2;
const SCALED: usize = 3;
const SCALED_SQUARE: usize = 4;
const SIZE: usize = 5;
const ERROR: usize = 6;
const SCALED_WIDTH: usize = 7;
const SCALED_MISS: usize = 8;

const PAIRS: usize = 0;
const SCALES: usize = 1;
const INTERVALS: usize = 2;
const WITHIN: usize = 3;
const SCORES: usize = 4;

impl Sums {
    pub const EXACT: usize = 9;
    pub const COUNTS: usize = 5;

    /// Adds a pair; one without outcome or forecast, or with an infinite one, is not counted.
    pub fn add(&mut self, pair: &Pair) {
        let error = pair.yhat - pair.y;
        if !error.is_finite() {
            return;
        }
        let size = error.abs();
        let both = pair.y.abs() + pair.yhat.abs();
        self.counts[PAIRS] += 1;
        self.exact[ABSOLUTE].add(size);
        self.exact[SQUARE].add(size * size);
        self.exact[SYMMETRIC].add(if both > 0.0 { size / both } else { 0.0 });
        self.exact[SIZE].add(pair.y.abs());
        self.exact[ERROR].add(error);
        let scale = Some(pair.scale).filter(|scale| *scale > 0.0 && scale.is_finite());
        if let Some(scale) = scale {
            let scaled = size / scale;
            self.counts[SCALES] += 1;
            self.exact[SCALED].add(scaled);
            self.exact[SCALED_SQUARE].add(scaled * scaled);
        }
        self.add_interval(pair, scale);
    }

    fn add_interval(&mut self, pair: &Pair, scale: Option<f64>) {
        if pair.lo.is_nan() || pair.hi.is_nan() {
            return;
        }
        let miss = (pair.lo - pair.y).max(pair.y - pair.hi).max(0.0);
        self.counts[INTERVALS] += 1;
        self.counts[WITHIN] += i64::from(miss == 0.0);
        if let Some(scale) = scale.filter(|_| (pair.hi - pair.lo).is_finite()) {
            self.counts[SCORES] += 1;
            self.exact[SCALED_WIDTH].add((pair.hi - pair.lo) / scale);
            self.exact[SCALED_MISS].add(miss / scale);
        }
    }

    pub fn merge(&mut self, other: &Sums) {
        self.exact.iter_mut().zip(&other.exact).for_each(|(sum, other)| sum.merge(other));
        self.counts.iter_mut().zip(other.counts).for_each(|(count, other)| *count += other);
    }

    /// `level`: coverage that the intervals aimed at, between 0 and 1.
    pub fn measures(&self, level: f64) -> Measures {
        let mean = |sum: usize, count: usize| self.exact[sum].value() / self.counts[count] as f64;
        Measures {
            n: self.counts[PAIRS],
            mae: mean(ABSOLUTE, PAIRS),
            rmse: mean(SQUARE, PAIRS).sqrt(),
            smape: 200.0 * mean(SYMMETRIC, PAIRS),
            mase: mean(SCALED, SCALES),
            rmsse: mean(SCALED_SQUARE, SCALES).sqrt(),
            wape: self.exact[ABSOLUTE].value() / self.exact[SIZE].value(),
            bias: mean(ERROR, PAIRS),
            coverage: self.counts[WITHIN] as f64 / self.counts[INTERVALS] as f64,
            msis: mean(SCALED_WIDTH, SCORES) + 2.0 / (1.0 - level) * mean(SCALED_MISS, SCORES),
        }
    }
}
