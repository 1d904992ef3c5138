//! Exponential smoothing in state-space form, the form chosen by information criterion.
//!
//! Hyndman, Koehler, Snyder & Grose, A state space framework for automatic forecasting using exponential smoothing
//! methods, Int. J. Forecasting 18 (2002); Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing,
//! Springer (2008), below "the book".
//!
//! Differences from the book: β is held to a tenth of α (the reason is beside the bound, in `fit`); the likelihood is
//! maximised by a quasi-Newton search on its exact gradient; and the initial seasonal states of cycles above 24 steps
//! stay at their first estimates, as there are more of them than such series can determine.

pub mod admissible;
pub mod fit;
pub mod form;
pub mod initial;
pub mod likelihood;
pub mod predict;
pub mod select;
pub mod state;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use super::model::Forecast;
use super::naive;
use super::season::Season;
use form::Form;
use select::Selected;

/// Longest cycle that is modelled as states, an hourly week; the cost of a stability check grows with its square.
const PERIOD_MAX: usize = 168;

/// Forecasts with the form of the smallest corrected Akaike criterion; by the last value when the series is too
/// short for any form. `y` has no gaps, a mean absolute value near one, and two cycles where `period` exceeds one.
/// The season of a very long cycle is taken off before and put back after.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    by(y, period, horizon, select::best)
}

/// Forecasts with that form where the series allows it, else as [`forecast`] does.
pub fn with_form(y: &[f64], period: usize, horizon: usize, form: Form) -> Forecast {
    by(y, period, horizon, |y, period| select::given(y, period, form).or_else(|| select::best(y, period)))
}

fn by(
    y: &[f64],
    period: usize,
    horizon: usize,
    choose: impl for<'a> Fn(&'a [f64], usize) -> Option<Selected<'a>>,
) -> Forecast {
    let modelled = |y: &[f64], period: usize| match choose(y, period) {
        Some(selected) => predict::predict(&selected, horizon),
        None => naive::naive(y, horizon),
    };
    if period <= PERIOD_MAX {
        return modelled(y, period);
    }
    match Season::find(y, period) {
        Some(season) => season.restore(modelled(&season.remove(y), 1), y.len()),
        None => modelled(y, 1),
    }
}
