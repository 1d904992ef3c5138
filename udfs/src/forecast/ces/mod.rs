//! Complex Exponential Smoothing: the level and what it does not tell are smoothed together as one complex number.
//!
//! Svetunkov, Kourentzes & Ord, Complex exponential smoothing, Naval Research Logistics 69 (2022), below "the paper".
//! Four forms: without a season, and with a simple, partial or full one; the form is the one of the smallest corrected
//! Akaike criterion. There is no separate trend: the smoothing parameters tell whether the level grows.

pub mod fit;
pub mod form;
pub mod predict;
pub mod state;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use super::model::Forecast;
use super::naive;
use super::season::Adjusted;
use fit::Fit;

/// Longest cycle that is modelled as states.
const PERIOD_MAX: usize = 168;

/// A form with its parameters; none when the series is too short for any.
pub type Fitted = Adjusted<Option<Fit>>;

/// Forecasts with the form chosen automatically; by the last value when the series is too short for any. `y` has no
/// gaps, a mean absolute value near one, and two cycles where `period` exceeds one. The season of a very long cycle is
/// taken off before and put back after.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    fitted(y, period).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// The fit behind [`forecast`].
pub fn fitted(y: &[f64], period: usize) -> Fitted {
    Adjusted::beyond(PERIOD_MAX, y, period, fit::best)
}

/// The forecast of a fit after `y`, which may be longer than what it was fitted to: parameters and first states stay, the states
/// run through all values, and the variance is that of all errors.
pub fn ahead(fit: Option<&Fit>, y: &[f64], horizon: usize) -> Forecast {
    match fit {
        Some(fit) => predict::predict(&fit.through(y), y, horizon),
        None => naive::naive(y, horizon),
    }
}
