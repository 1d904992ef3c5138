//! Forecasts from earlier origins, to be compared with what came: evaluation on a rolling origin.
//!
//! Tashman, Out-of-sample tests of forecasting accuracy: an analysis and review, Int. J. Forecasting 16 (2000). Each fold
//! fits again, on what was known at its cutoff and nothing else.

#[cfg(test)]
mod tests;

use super::model::{Forecast, Model, forecast};
use super::{Error, statistics};

/// Which origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub horizon: usize,
    /// At most; a short series has fewer.
    pub folds: usize,
    /// Steps from one origin to the next, at least 1.
    pub step: usize,
}

/// A forecast from one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    /// So many elements of the series were known; the first step is the element at that place.
    pub known: usize,
    pub forecast: Result<Forecast, Error>,
    /// See [`naive_error`], of what was known.
    pub scale: f64,
}

/// The folds of `y` in the order of time, one element per calendar step, `NaN` for a missing one. The horizon of the last fold ends
/// at the last value that is present.
///
/// # Errors
/// When the series is too short for a single fold: two elements from the first value on must be known.
pub fn backtest(y: &[f64], period: usize, model: Model, plan: Plan) -> Result<Vec<Fold>, Error> {
    let origins = origins(y, plan)?;
    Ok(origins.into_iter().map(|known| fold(&y[..known], period, model, plan.horizon)).collect())
}

fn fold(y: &[f64], period: usize, model: Model, horizon: usize) -> Fold {
    Fold { known: y.len(), forecast: forecast(y, period, horizon, model), scale: naive_error(y, period) }
}

/// How much is known at each cutoff.
fn origins(y: &[f64], plan: Plan) -> Result<Vec<usize>, Error> {
    /// Two show the step; the forecast of a single one would have none.
    const KNOWN_MIN: usize = 2;
    let present = || y.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(|(place, _)| place);
    let (Some(first), Some(last)) = (present().next(), present().next_back()) else { return Err(Error::Empty) };
    let least = first + KNOWN_MIN;
    let latest = (last + 1).checked_sub(plan.horizon).filter(|known| *known >= least);
    let Some(latest) = latest else {
        return Err(Error::TooShort { present: present().count(), least: plan.horizon.saturating_add(KNOWN_MIN) });
    };
    let back = |fold: usize| latest.checked_sub(fold.checked_mul(plan.step)?).filter(|known| *known >= least);
    let mut origins: Vec<usize> = (0..plan.folds).map_while(back).collect();
    origins.reverse();
    Ok(origins)
}

/// The mean absolute error of the seasonal naive forecast one season ahead within the sample, by which errors are scaled (Hyndman &
/// Koehler, Another look at measures of forecast accuracy, Int. J. Forecasting 22, 2006). Of the naive forecast where the series
/// is shorter than two seasons; `NaN` where no two values are a season apart.
pub fn naive_error(y: &[f64], period: usize) -> f64 {
    let first = y.iter().position(|value| !value.is_nan()).unwrap_or(y.len());
    let end = y.iter().rposition(|value| !value.is_nan()).map_or(first, |last| last + 1);
    let known = &y[first..end];
    let lag = if period > 1 && known.len() >= 2 * period { period } else { 1 };
    let errors = known.iter().zip(known.iter().skip(lag)).map(|(before, now)| (now - before).abs());
    statistics::mean(&errors.filter(|error| !error.is_nan()).collect::<Vec<_>>())
}
