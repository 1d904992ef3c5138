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
use super::season::Season;

/// Longest cycle that is modelled as states.
const PERIOD_MAX: usize = 168;

/// Forecasts with the form chosen automatically; by the last value when the series is too short for any. `y` has no
/// gaps, a mean absolute value near one, and two cycles where `period` exceeds one. The season of a very long cycle is
/// taken off before and put back after.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    if period <= PERIOD_MAX {
        return modelled(y, period, horizon);
    }
    match Season::find(y, period) {
        Some(season) => season.restore(modelled(&season.remove(y), 1, horizon), y.len()),
        None => modelled(y, 1, horizon),
    }
}

fn modelled(y: &[f64], period: usize, horizon: usize) -> Forecast {
    match fit::best(y, period) {
        Some(fit) => predict::predict(&fit, y, horizon),
        None => naive::naive(y, horizon),
    }
}
