//! The one entry point that runs the models.

use super::fitted::Fitted;
pub use super::name::Model;
use super::series::Series;
use super::{Error, conformal, interval, mstl, naive};

/// Forecasts `horizon` steps after the last element of `y`, one element per calendar step, `NaN` for a missing one.
///
/// `period` is the number of steps in a season (1: none). Intervals are central at [`super::LEVEL`]: those of automatic
/// models are calibrated on the series' own past, those of named forms are what the textbook says.
///
/// # Errors
/// When no value is present, one is infinite, too many are missing at the end, or the arithmetic overflows.
pub fn forecast(y: &[f64], period: usize, horizon: usize, model: Model) -> Result<Forecast, Error> {
    let series = Series::new(y, period)?;
    series.check_end()?;
    Fitted::to(&series, model).ahead(&series, horizon)
}

/// Forecasts a series with several seasons, such as days and weeks of hours (`[24, 168]`): [`Model::Mstl`] takes all that fit
/// twice into `y`, the other models one. With one period this is [`forecast`].
///
/// # Errors
/// Those of [`forecast`], and several periods for a model of one season.
pub fn forecast_seasons(y: &[f64], periods: &[usize], horizon: usize, model: Model) -> Result<Forecast, Error> {
    let asked = mstl::fitting(periods, usize::MAX);
    match (&asked[..], model) {
        ([], _) => forecast(y, 1, horizon, model),
        ([period], _) => forecast(y, *period, horizon, model),
        (_, Model::Mstl) => {
            // Gaps are filled, and past misses measured, with the longest season there is.
            let longest = mstl::fitting(&asked, y.len()).last().copied().unwrap_or(1);
            let series = Series::new(y, longest)?;
            series.check_end()?;
            shared(&series, horizon, model, |y, steps| Ok(mstl::forecast(y, &asked, steps)))
        }
        _ => Err(Error::Option(format!("model `{}` knows one season; `mstl` takes several", model.name()))),
    }
}

/// What all models share: a constant series stays constant, missing values at the end are forecast too, intervals of automatic
/// models are calibrated, and the unit is that of the user. `run` runs the model itself.
///
/// # Errors
/// When the arithmetic overflows, and those of `run`.
pub fn shared(
    series: &Series,
    horizon: usize,
    model: Model,
    run: impl FnOnce(&[f64], usize) -> Result<Forecast, Error>,
) -> Result<Forecast, Error> {
    let steps = horizon.saturating_add(series.trailing_gap);
    let scaled = match series.constant() {
        Some(value) => naive::constant(value, steps),
        None if model.is_automatic() => {
            conformal::calibrated(&series.filled, series.period, run(&series.filled, steps)?)
        }
        None => run(&series.filled, steps)?,
    };
    let forecast = scaled.after(series.trailing_gap).scaled(series.scale);
    match forecast.is_finite() {
        true => Ok(Forecast { n_obs: series.n_obs, ..forecast }),
        false => Err(Error::TooLarge),
    }
}

/// Point forecasts with a central interval for each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub mean: Vec<f64>,
    pub lo: Vec<f64>,
    pub hi: Vec<f64>,
    /// The model that was fitted, such as `ETS(M,Ad,M)`.
    pub spec: String,
    /// The observations that were present.
    pub n_obs: usize,
}

impl Forecast {
    /// From means and standard deviations of normal forecast errors.
    pub fn normal(mean: Vec<f64>, deviation: &[f64], spec: impl Into<String>) -> Self {
        let bound = |sign: f64| mean.iter().zip(deviation).map(|(m, d)| m + sign * interval::Z * d).collect();
        Forecast { lo: bound(-1.0), hi: bound(1.0), mean, spec: spec.into(), n_obs: 0 }
    }

    /// With intervals of that coverage instead of [`super::LEVEL`]: distances from the mean in the ratio of normal quantiles.
    ///
    /// # Errors
    /// When a bound exceeds the range of numbers.
    pub fn at_level(mut self, level: f64) -> Result<Self, Error> {
        if level == super::LEVEL {
            return Ok(self);
        }
        let ratio = interval::quantile((1.0 + level) / 2.0) / interval::Z;
        for bounds in [&mut self.lo, &mut self.hi] {
            bounds.iter_mut().zip(&self.mean).for_each(|(bound, mean)| *bound = mean + ratio * (*bound - mean));
        }
        if self.is_finite() { Ok(self) } else { Err(Error::TooLarge) }
    }

    fn after(mut self, steps: usize) -> Self {
        for values in self.columns() {
            values.drain(..steps.min(values.len()));
        }
        self
    }

    fn scaled(mut self, scale: f64) -> Self {
        for values in self.columns() {
            values.iter_mut().for_each(|value| *value *= scale);
        }
        self
    }

    fn is_finite(&self) -> bool {
        [&self.mean, &self.lo, &self.hi].into_iter().flatten().all(|value| value.is_finite())
    }

    fn columns(&mut self) -> [&mut Vec<f64>; 3] {
        [&mut self.mean, &mut self.lo, &mut self.hi]
    }
}
