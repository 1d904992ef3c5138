//! The level of the intervals and the variance formulas that several models share.

/// Coverage every interval aims at.
pub const LEVEL: f64 = 0.95;

/// The standard normal quantile of (1 + `LEVEL`) / 2.
pub const Z: f64 = 1.959_963_984_540_054;

/// Mean square of `errors`, with `lost` degrees of freedom taken off where enough remain.
pub fn variance(errors: impl Iterator<Item = f64>, lost: usize) -> f64 {
    let (sum, count) = errors.fold((0.0, 0_usize), |(sum, count), e| (sum + e * e, count + 1));
    sum / count.saturating_sub(lost).max(1) as f64
}
