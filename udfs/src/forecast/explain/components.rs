//! The parts of each step of a forecast.

use super::Asked;
use crate::forecast::Error;
use crate::forecast::adjust::outliers::Kind as OutlierKind;
use crate::forecast::model::{Forecast, forecast};
use crate::forecast::regression::Effects;
use crate::forecast::season::{Kind, indices};
use crate::forecast::series::Series;

/// One value per step of the horizon and part: amounts in the unit of the series, or, where `multiplicative`, the trend in
/// that unit and factors for the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Level and trend, and what no other part takes.
    pub trend: Vec<f64>,
    pub seasonal: Vec<f64>,
    /// All groups of calendar terms together.
    pub calendar: Vec<f64>,
    /// By name.
    pub regressors: Vec<(String, Vec<f64>)>,
    /// Shifts of level in the history, which last. Single outliers do not reach into the future.
    pub one_offs: Vec<f64>,
    pub multiplicative: bool,
}

impl Components {
    /// The sum or product of a step, which is the forecast.
    pub fn total(&self, step: usize) -> f64 {
        let parts = [self.seasonal[step], self.calendar[step], self.one_offs[step]];
        let parts = parts.into_iter().chain(self.regressors.iter().map(|(_, values)| values[step]));
        match self.multiplicative {
            true => parts.fold(self.trend[step], |total, part| total * part),
            false => parts.fold(self.trend[step], |total, part| total + part),
        }
    }
}

/// The parts, and the season's index of each place of the cycle, the first that of the first step; empty without a season.
///
/// # Errors
/// As for forecasts.
pub fn split(y: &[f64], asked: &Asked, rest: &Forecast, effects: &Effects) -> Result<(Components, Vec<f64>), Error> {
    let multiplicative = effects.multiplicative;
    let kind = if multiplicative { Kind::Multiplicative } else { Kind::Additive };
    let neutral = if multiplicative { 1.0 } else { 0.0 };
    let horizon = rest.mean.len();
    let season = season(&effects.remove(y), asked, rest, kind)?;
    let seasonal: Vec<f64> =
        (0..horizon).map(|h| season.get(h % season.len().max(1)).copied().unwrap_or(neutral)).collect();
    let shifts = effects.one_offs.iter().filter(|one_off| one_off.outlier.kind == OutlierKind::LevelShift);
    let shift = shifts.fold(neutral, |all, one_off| kind.restore(all, one_off.size));
    let trend =
        rest.mean.iter().zip(&seasonal).map(|(mean, season)| kind.remove(kind.remove(*mean, *season), shift)).collect();
    let future = |contribution: &[f64]| contribution[effects.history..].to_vec();
    let calendar = effects.calendar.iter().fold(vec![neutral; horizon], |mut all, term| {
        let future = future(&term.contribution);
        all.iter_mut().zip(future).for_each(|(sum, value)| *sum = kind.restore(*sum, value));
        all
    });
    let regressors = effects.given.iter().map(|given| (given.name.clone(), future(&given.contribution))).collect();
    let components =
        Components { trend, seasonal, calendar, regressors, one_offs: vec![shift; horizon], multiplicative };
    Ok((components, season))
}

/// The season of three cycles of the forecast; empty where there is none, or, of products, where the path is not positive.
fn season(rest_of_history: &[f64], asked: &Asked, rest: &Forecast, kind: Kind) -> Result<Vec<f64>, Error> {
    const CYCLES: usize = 3;
    /// Below this share of the level, a season is rounding.
    const ROUNDING: f64 = 1e-9;
    let period = Series::new(rest_of_history, asked.period)?.period;
    if period < 2 {
        return Ok(vec![]);
    }
    let steps = CYCLES.saturating_mul(period);
    // Further steps change nothing in the earlier ones, but for their intervals.
    let path = match rest.mean.get(..steps) {
        Some(path) => path.to_vec(),
        None => forecast(rest_of_history, asked.period, steps, asked.model)?.mean,
    };
    if kind == Kind::Multiplicative && path.iter().any(|value| *value <= 0.0) {
        return Ok(vec![]);
    }
    let season = indices(&path, period, kind);
    let size = match kind {
        Kind::Multiplicative => season.iter().map(|index| (index - 1.0).abs()).fold(0.0, f64::max),
        Kind::Additive => {
            let level = path.iter().map(|value| value.abs()).fold(f64::MIN_POSITIVE, f64::max);
            season.iter().map(|index| index.abs() / level).fold(0.0, f64::max)
        }
    };
    Ok(if size > ROUNDING && size.is_finite() { season } else { vec![] })
}
