//! The models by name, and the one entry point that runs them.

use super::series::Series;
use super::{Error, ets, naive, theta};

/// Forecasts `horizon` steps after the last element of `y`, one element per calendar step, `NaN` for a missing one.
///
/// `period` is the number of steps in a season (1: none). Intervals are central at [`super::LEVEL`].
///
/// # Errors
/// When no value is present, one is infinite, too many are missing at the end, or the arithmetic overflows.
pub fn forecast(y: &[f64], period: usize, horizon: usize, model: Model) -> Result<Forecast, Error> {
    let series = Series::new(y, period)?;
    if series.trailing_gap > TRAILING_GAP_MAX {
        return Err(Error::TrailingGap { steps: series.trailing_gap, most: TRAILING_GAP_MAX });
    }
    let steps = horizon.saturating_add(series.trailing_gap);
    let scaled = match series.constant() {
        Some(value) => naive::constant(value, steps),
        None => run(&series, steps, model),
    };
    let forecast = scaled.after(series.trailing_gap).scaled(series.scale);
    match forecast.is_finite() {
        true => Ok(Forecast { n_obs: series.n_obs, ..forecast }),
        false => Err(Error::TooLarge),
    }
}

/// Some variance formulas take time that grows with the square of the steps.
const TRAILING_GAP_MAX: usize = 10_000;

/// A forecasting model as the user names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    Naive,
    SeasonalNaive,
    Theta,
    AutoEts,
}

impl Model {
    pub const ALL: [Model; 4] = [Model::AutoEts, Model::Theta, Model::SeasonalNaive, Model::Naive];
    pub const DEFAULT: Model = Model::AutoEts;

    pub fn name(self) -> &'static str {
        match self {
            Model::Naive => "naive",
            Model::SeasonalNaive => "snaive",
            Model::Theta => "theta",
            Model::AutoEts => "auto_ets",
        }
    }

    /// The model of that name, in any letter case.
    pub fn from_name(name: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The model whose name is nearest to a misspelt one, if any is near.
    pub fn nearest(name: &str) -> Option<Model> {
        let name = name.trim().to_lowercase();
        let likeness = |model: &Model| strsim::jaro_winkler(model.name(), &name);
        let best = Model::ALL.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        best.filter(|model| likeness(model) > 0.7)
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
        let bound = |sign: f64| mean.iter().zip(deviation).map(|(m, d)| m + sign * super::interval::Z * d).collect();
        Forecast { lo: bound(-1.0), hi: bound(1.0), mean, spec: spec.into(), n_obs: 0 }
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

fn run(series: &Series, horizon: usize, model: Model) -> Forecast {
    match model {
        Model::Naive => naive::naive(&series.filled, horizon),
        Model::SeasonalNaive => naive::seasonal(&series.filled, series.period, horizon),
        Model::Theta => theta::forecast(&series.filled, series.period, horizon),
        Model::AutoEts => ets::forecast(&series.filled, series.period, horizon),
    }
}
