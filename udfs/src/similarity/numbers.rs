//! How far two numbers are apart.

/// The difference, as a part of the larger of the two amounts: 0 for equal numbers (also for two zeros), at most 2. `NaN` for what is
/// not a number; two equal infinities are 0 apart, an infinity and anything else `NaN`.
pub fn relative_difference(left: f64, right: f64) -> f64 {
    if left == right {
        return 0.0;
    }
    let scale = left.abs().max(right.abs());
    // Halves, since a difference of huge numbers may be beyond the largest.
    2.0 * ((left / 2.0 - right / 2.0).abs() / scale)
}
