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
use super::season::Season;
use fit::Fit;
pub use fit::Variant;

/// Forecasts with the dynamic variant that explains the series best for its number of parameters. `y` has no gaps and a mean
/// absolute value near one; a series of fewer than five values is continued by its last one.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    by(y, period, horizon, fit::best)
}

/// Forecasts with that variant, on the same terms.
pub fn with_variant(y: &[f64], period: usize, horizon: usize, variant: Variant) -> Forecast {
    by(y, period, horizon, |y| fit::given(y, variant))
}

fn by(y: &[f64], period: usize, horizon: usize, choose: impl Fn(&[f64]) -> Option<Fit>) -> Forecast {
    match Season::find(y, period) {
        Some(season) => season.restore(adjusted(&season.remove(y), horizon, choose), y.len()),
        None => adjusted(y, horizon, choose),
    }
}

fn adjusted(y: &[f64], horizon: usize, choose: impl Fn(&[f64]) -> Option<Fit>) -> Forecast {
    let Some(fit) = choose(y) else {
        return naive::naive(y, horizon);
    };
    let (mean, deviation) = predict::predict(&fit, y, horizon);
    Forecast::normal(mean, &deviation, fit.variant.name())
}
