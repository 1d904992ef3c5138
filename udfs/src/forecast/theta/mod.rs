//! The Theta method: a seasonally adjusted series is the mean of its trend line and a smoothed curve of amplified
//! curvature.
//!
//! Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, Models for optimising the theta method and their relationship
//! to state space models, Int. J. Forecasting 32 (2016), below "the paper". Four variants: the trend line of the whole
//! series (static) or of the values so far (dynamic); θ fixed at 2 (standard) or estimated (optimised). Season: classical
//! decomposition, when the test finds one. A dynamic variant is chosen by Akaike's criterion; a static one is used where it is
//! asked for.

pub mod fit;
pub mod predict;
pub mod trend;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use super::model::Forecast;
use super::naive;
use super::season::Adjusted;
use fit::Fit;
pub use fit::Variant;

/// A variant with its parameters; none when the series is too short for any.
pub type Fitted = Adjusted<Option<Fit>>;

/// Forecasts with the dynamic variant that explains the series best for its number of parameters. `y` has no gaps and a mean
/// absolute value near one; a series of fewer than five values is continued by its last one.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    fitted(y, period, None).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// Forecasts with that variant, on the same terms.
pub fn with_variant(y: &[f64], period: usize, horizon: usize, variant: Variant) -> Forecast {
    fitted(y, period, Some(variant)).forecast(y, |fit, y| ahead(fit.as_ref(), y, horizon))
}

/// The fit behind [`forecast`], or behind [`with_variant`].
pub fn fitted(y: &[f64], period: usize, variant: Option<Variant>) -> Fitted {
    // No season is modelled: one that is found is always taken off.
    Adjusted::beyond(0, y, period, |y, _| match variant {
        Some(variant) => fit::given(y, variant),
        None => fit::best(y),
    })
}

/// The forecast of a fit after `y`, which may be longer than what it was fitted to: parameters, first level and a static trend
/// line stay, level and dynamic line run through all values, and the variance is that of all errors.
pub fn ahead(fit: Option<&Fit>, y: &[f64], horizon: usize) -> Forecast {
    let Some(fit) = fit else { return naive::naive(y, horizon) };
    let (mean, deviation) = predict::predict(fit, y, horizon);
    Forecast::normal(mean, &deviation, fit.variant.name())
}
