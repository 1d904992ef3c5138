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
use super::season::Adjusted;
use fit::Fit;
use form::{Form, Kind};
use select::Selected;

/// Longest cycle that is modelled as states, an hourly week; the cost of a stability check grows with its square.
const PERIOD_MAX: usize = 168;

/// A form with its parameters; none when the series is too short for any.
pub type Fitted = Adjusted<Option<Fit>>;

/// Forecasts with the form of the smallest corrected Akaike criterion; by the last value when the series is too
/// short for any form. `y` has no gaps, a mean absolute value near one, and two cycles where `period` exceeds one.
/// The season of a very long cycle is taken off before and put back after.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    fitted(y, period, None).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// Forecasts with that form where the series allows it, else as [`forecast`] does.
pub fn with_form(y: &[f64], period: usize, horizon: usize, form: Form) -> Forecast {
    fitted(y, period, Some(form)).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// The fit behind [`forecast`], or behind [`with_form`].
pub fn fitted(y: &[f64], period: usize, form: Option<Form>) -> Fitted {
    Adjusted::beyond(PERIOD_MAX, y, period, |y, period| {
        let given = form.and_then(|form| select::given(y, period, form));
        given.or_else(|| select::best(y, period)).map(|selected| selected.fit)
    })
}

/// The forecast of a fit after `y`, which may be longer than what it was fitted to: its parameters and first states stay, the
/// states run through all values, and the variance is that of all errors.
pub fn ahead(fit: Option<&Fit>, y: &[f64], horizon: usize) -> Forecast {
    let Some(fit) = fit else { return naive::naive(y, horizon) };
    let period = fit.start.season.len().max(1);
    predict::predict(&Selected { fit: fit.clone(), y, period, aicc: f64::NAN }, horizon)
}

impl Fitted {
    /// Whether the form can run through `y`: a multiplicative one through positive values alone.
    pub fn suits(&self, y: &[f64]) -> bool {
        let Some(form) = self.fit.as_ref().map(|fit| fit.form) else { return true };
        let positive_only = form.error == Kind::Multiplicative || form.season == Some(Kind::Multiplicative);
        let is_positive = |y: &[f64]| y.iter().all(|value| *value > 0.0);
        !positive_only || self.season.as_ref().map_or_else(|| is_positive(y), |season| is_positive(&season.remove(y)))
    }
}
