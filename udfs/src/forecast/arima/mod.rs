//! Seasonal ARIMA with exact maximum likelihood, the order chosen automatically or given.
//!
//! Box & Jenkins, Time Series Analysis (1970); Hyndman & Khandakar, Automatic time series forecasting: the forecast
//! package for R, J. Statistical Software 27 (2008), for the automatic choice. Coefficients are searched as partial
//! autocorrelations, so that every point of the search is stationary and invertible.
//!
//! Differences from Hyndman & Khandakar: at most one difference over a step, and the order with near roots is refused
//! at a modulus of 1.01.

pub mod difference;
pub mod fit;
pub mod likelihood;
pub mod order;
pub mod polynomial;
pub mod predict;
pub mod select;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use order::Order;

use super::model::Forecast;
use super::naive;
use super::season::Season;
use select::Selected;

/// Longest cycle that is modelled; the cost of a likelihood grows with it.
const PERIOD_MAX: usize = 52;
/// Only the last observations are modelled: older ones cost time and tell little about the future.
const LENGTH_MAX: usize = 2_000;

/// Forecasts with the order chosen automatically; by the last value when the series is too short for any. `y` has no
/// gaps, a mean absolute value near one, and two cycles where `period` exceeds one. The season of a very long cycle is
/// taken off before and put back after.
pub fn automatic(y: &[f64], period: usize, horizon: usize) -> Forecast {
    by(y, period, horizon, select::best)
}

/// Forecasts with that order; by the last value when the series is too short for it.
pub fn with_order(y: &[f64], period: usize, horizon: usize, order: Order) -> Forecast {
    by(y, period, horizon, |y, period| select::given(y, period, order))
}

fn by(y: &[f64], period: usize, horizon: usize, choose: impl Fn(&[f64], usize) -> Option<Selected>) -> Forecast {
    let modelled = |y: &[f64], period: usize| {
        let recent = &y[y.len().saturating_sub(LENGTH_MAX.max(8 * period))..];
        let selected = choose(recent, period);
        selected
            .and_then(|selected| predict::predict(&selected, recent, period, horizon))
            .unwrap_or_else(|| naive::naive(y, horizon))
    };
    if period <= PERIOD_MAX {
        return modelled(y, period);
    }
    match Season::find(y, period) {
        Some(season) => season.restore(modelled(&season.remove(y), 1), y.len()),
        None => modelled(y, 1),
    }
}
