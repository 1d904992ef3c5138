//! A series made ready for a model: checked, trimmed, gaps filled, brought to a scale near one.

use super::{Error, season};

/// What every model works on. `scale` times a value of `filled` is a value of the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// From the first to the last present value, without gaps; the mean of the absolute values is one.
    pub filled: Vec<f64>,
    pub scale: f64,
    /// At least 1; 1 when the series is shorter than two seasons.
    pub period: usize,
    pub n_obs: usize,
    /// Steps at the end whose value is missing: forecast, but not reported.
    pub trailing_gap: usize,
}

impl Series {
    /// # Errors
    /// When no value is present or one is infinite.
    pub fn new(y: &[f64], period: usize) -> Result<Self, Error> {
        Series::prepared(y, period, None)
    }

    /// The same with a period and a scale that were found before, such as for a part of this series.
    ///
    /// # Errors
    /// As [`Series::new`].
    pub fn at(y: &[f64], period: usize, scale: f64) -> Result<Self, Error> {
        Series::prepared(y, period, Some(scale))
    }

    fn prepared(y: &[f64], period: usize, known_scale: Option<f64>) -> Result<Self, Error> {
        if let Some(position) = y.iter().position(|value| value.is_infinite()) {
            return Err(Error::Infinite { position: position + 1 });
        }
        let first = y.iter().position(|value| !value.is_nan()).ok_or(Error::Empty)?;
        let end = y.iter().rposition(|value| !value.is_nan()).map_or(0, |last| last + 1);
        let present = &y[first..end];
        let period = if period > 1 && present.len() >= 2 * period { period } else { 1 };
        let n_obs = present.iter().filter(|value| !value.is_nan()).count();
        let scale = known_scale.unwrap_or_else(|| scale(present, n_obs));
        let scaled: Vec<f64> = present.iter().map(|value| value / scale).collect();
        Ok(Series { filled: fill(scaled, period), scale, period, n_obs, trailing_gap: y.len() - end })
    }

    /// # Errors
    /// When more values are missing at the end than can be bridged: some variance formulas take time that grows with the
    /// square of the steps.
    pub fn check_end(&self) -> Result<(), Error> {
        const TRAILING_GAP_MAX: usize = 10_000;
        match self.trailing_gap > TRAILING_GAP_MAX {
            true => Err(Error::TrailingGap { steps: self.trailing_gap, most: TRAILING_GAP_MAX }),
            false => Ok(()),
        }
    }

    /// The value of a series that never changes.
    pub fn constant(&self) -> Option<f64> {
        let first = *self.filled.first()?;
        self.filled.iter().all(|value| *value == first).then_some(first)
    }
}

/// The mean absolute value, so that a change of unit changes nothing but the unit of the forecast.
fn scale(present: &[f64], n_obs: usize) -> f64 {
    let mean: f64 = present.iter().filter(|v| !v.is_nan()).map(|v| v.abs() / n_obs as f64).sum();
    if mean.is_normal() { mean } else { 1.0 }
}

/// Gaps are interpolated on a straight line, where possible after taking the season off: a missing February
/// should look like a February. Each pass estimates the season from a better filled series.
fn fill(y: Vec<f64>, period: usize) -> Vec<f64> {
    const PASSES: usize = 4;
    if y.iter().all(|value| !value.is_nan()) {
        return y;
    }
    let passes = if period > 1 { PASSES } else { 0 };
    (0..passes).fold(interpolate(&y), |filled, _| {
        fill_in_season(&y, &season::indices(&filled, period, season::Kind::Additive))
    })
}

fn fill_in_season(y: &[f64], indices: &[f64]) -> Vec<f64> {
    let index = |t: usize| indices[t % indices.len()];
    let adjusted: Vec<f64> = y.iter().enumerate().map(|(t, value)| value - index(t)).collect();
    let restored = interpolate(&adjusted).into_iter().enumerate().map(|(t, value)| value + index(t));
    y.iter().zip(restored).map(|(value, filled)| if value.is_nan() { filled } else { *value }).collect()
}

/// Straight lines over the gaps of a series whose first and last values are present.
fn interpolate(y: &[f64]) -> Vec<f64> {
    let mut filled = y.to_vec();
    let mut last = 0;
    for (t, value) in y.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        let slope = (value - y[last]) / (t - last).max(1) as f64;
        for (steps, gap) in filled[last..t].iter_mut().enumerate() {
            *gap = y[last] + slope * steps as f64;
        }
        last = t;
    }
    filled
}
