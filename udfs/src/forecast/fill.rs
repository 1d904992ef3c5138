//! Filling gaps.

#[cfg(test)]
mod tests;

use super::Error;
use super::series::Series;

/// How gaps are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Straight lines on the series without its season.
    Season,
    /// Straight lines.
    Linear,
    /// The last value before.
    Previous,
    Zero,
    /// Not at all: only the steps are made complete.
    None,
}

/// Fills the `NaN` of a series, one element per step. Lines reach from the first value to the last, the value before to the
/// end, zero everywhere.
///
/// # Errors
/// No value or an infinite one, where a line is asked for.
pub fn fill(y: &[f64], period: usize, method: Method) -> Result<Vec<f64>, Error> {
    match method {
        Method::Season => lines(y, period),
        Method::Linear => lines(y, 1),
        Method::Previous => Ok(previous(y)),
        Method::Zero => Ok(y.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect()),
        Method::None => Ok(y.to_vec()),
    }
}

fn lines(y: &[f64], period: usize) -> Result<Vec<f64>, Error> {
    let series = Series::new(y, period)?;
    let first = y.len() - series.trailing_gap - series.filled.len();
    let filled = |t: usize| t.checked_sub(first).and_then(|place| series.filled.get(place)).map(|v| v * series.scale);
    // What was there is kept to the last bit.
    let value = |(t, value): (usize, &f64)| if value.is_nan() { filled(t).unwrap_or(f64::NAN) } else { *value };
    Ok(y.iter().enumerate().map(value).collect())
}

fn previous(y: &[f64]) -> Vec<f64> {
    let mut last = f64::NAN;
    let next = |value: &f64| {
        last = if value.is_nan() { last } else { *value };
        last
    };
    y.iter().map(next).collect()
}
