//! Seasonally adjusted by STL, forecast by exponential smoothing, and the season of the last cycle added again
//! (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.7).

use super::model::Forecast;
use super::{ets, stl};

/// A season with the exponential smoothing of what is left; without a season the latter alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub season: Option<Cycles>,
    pub adjusted: ets::Fitted,
}

/// A season that changes from cycle to cycle, and repeats the last one after its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycles {
    pub period: usize,
    /// One for each value that was fitted, at least a cycle.
    pub values: Vec<f64>,
}

/// Without a season this is exponential smoothing. The intervals leave the season's own uncertainty out.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    ahead(&fitted(y, period), y, horizon)
}

/// The fit behind [`forecast`].
pub fn fitted(y: &[f64], period: usize) -> Fitted {
    let season = stl::of_season(y, period).map(|parts| Cycles { period, values: parts.seasonal });
    let adjusted = season.as_ref().map_or_else(|| y.to_vec(), |season| season.remove(y));
    Fitted { season, adjusted: ets::fitted(&adjusted, 1, None) }
}

/// The forecast of a fit after `y`, which may be longer than what it was fitted to: the season and the parameters stay.
pub fn ahead(fit: &Fitted, y: &[f64], horizon: usize) -> Forecast {
    let of_adjusted = |y: &[f64]| fit.adjusted.forecast(y, |fit, y| ets::ahead(fit.as_ref(), y, horizon));
    let Some(season) = &fit.season else { return of_adjusted(y) };
    let mut forecast = of_adjusted(&season.remove(y));
    for values in [&mut forecast.mean, &mut forecast.lo, &mut forecast.hi] {
        values.iter_mut().enumerate().for_each(|(h, value)| *value += season.at(y.len() + h));
    }
    forecast.spec = format!("STL + {}", forecast.spec);
    forecast
}

impl Fitted {
    /// Whether the fit can run through `y`.
    pub fn suits(&self, y: &[f64]) -> bool {
        self.season.as_ref().map_or_else(|| self.adjusted.suits(y), |season| self.adjusted.suits(&season.remove(y)))
    }
}

impl Cycles {
    fn remove(&self, y: &[f64]) -> Vec<f64> {
        y.iter().enumerate().map(|(t, y)| y - self.at(t)).collect()
    }

    fn at(&self, t: usize) -> f64 {
        let (n, period) = (self.values.len(), self.period);
        self.values[if t < n { t } else { n - period + (t - n) % period }]
    }
}
