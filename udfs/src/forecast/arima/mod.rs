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
use super::season::Adjusted;
use predict::Kept;
use select::Selected;

/// Longest cycle that is modelled; the cost of a likelihood grows with it.
pub const PERIOD_MAX: usize = 52;
/// Only the last observations are modelled: older ones cost time and tell little about the future.
const LENGTH_MAX: usize = 2_000;

/// An order with its coefficients; none when the series is too short for any.
pub type Fitted = Adjusted<Option<Kept>>;

/// Forecasts with the order chosen automatically; by the last value when the series is too short for any. `y` has no
/// gaps, a mean absolute value near one, and two cycles where `period` exceeds one. The season of a very long cycle is
/// taken off before and put back after.
pub fn automatic(y: &[f64], period: usize, horizon: usize) -> Forecast {
    fitted(y, period, None).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// Forecasts with that order; by the last value when the series is too short for it.
pub fn with_order(y: &[f64], period: usize, horizon: usize, order: Order) -> Forecast {
    fitted(y, period, Some(order)).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// The fit behind [`automatic`], or behind [`with_order`].
pub fn fitted(y: &[f64], period: usize, order: Option<Order>) -> Fitted {
    Adjusted::beyond(PERIOD_MAX, y, period, |y, period| {
        let from = y.len().saturating_sub(LENGTH_MAX.max(8 * period));
        let selected = match order {
            Some(order) => select::given(&y[from..], period, order),
            None => select::best(&y[from..], period),
        };
        selected.map(|Selected { fit, .. }| Kept::new(fit, period, from))
    })
}

/// The forecast of a fit after `y`, which may be longer than what it was fitted to: coefficients and mean stay, the filter runs
/// through all values from the first that was modelled, and the variance is that of all innovations.
pub fn ahead(fit: Option<&Kept>, y: &[f64], horizon: usize) -> Forecast {
    fit.and_then(|fit| fit.forecast(y, horizon)).unwrap_or_else(|| naive::naive(y, horizon))
}
