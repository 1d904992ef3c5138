//! What a forecast is made of, in numbers and in words.
//!
//! The parts of a step are what the forecast without season, calendar and regressors is (`trend`), and what each of these
//! adds; they add up to the forecast, or multiply to it. The season is that of the forecast itself, whatever its model: the
//! classical decomposition ([`super::season::indices`]) of a path of three cycles. The sentences say what was computed, in
//! English and in Chinese, and nothing else.

pub mod chinese;
pub mod components;
pub mod english;
pub mod facts;
pub mod numbers;
pub mod past;

#[cfg(test)]
mod tests;

pub use components::Components;
pub use facts::Facts;
pub use past::Past;

use super::regression::{Regressed, Regressors, Steps, forecast_with};
use super::{Error, Forecast, Model};

/// What is to be forecast and explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub period: usize,
    pub horizon: usize,
    pub model: Model,
    /// Coverage of the intervals.
    pub level: f64,
    pub regressors: Regressors,
    /// The months or days of history and horizon, by which the words name them; without, steps are counted.
    pub steps: Option<Steps>,
    /// From how many earlier origins, at most, coverage is measured: each costs a forecast.
    pub origins: usize,
}

/// A forecast with its parts and its words, one sentence each.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub forecast: Forecast,
    pub components: Components,
    pub facts: Facts,
    pub words_en: Vec<String>,
    pub words_zh: Vec<String>,
}

/// Forecasts as [`forecast_with`] does, and explains.
///
/// # Errors
/// Those of [`forecast_with`]; steps that are not those of history and horizon.
pub fn explain(y: &[f64], asked: &Asked) -> Result<Explanation, Error> {
    let length = y.len().saturating_add(asked.horizon);
    if let Some(steps) = asked.steps.as_ref().filter(|steps| steps.len() != length) {
        return Err(Error::Option(format!("the calendar has {} entries for {length} steps", steps.len())));
    }
    let Regressed { forecast, rest, effects } =
        forecast_with(y, asked.period, asked.horizon, asked.model, &asked.regressors)?;
    let forecast = forecast.at_level(asked.level)?;
    let (components, season) = components::split(y, asked, &rest, &effects)?;
    let past = past::coverage(y, asked);
    let facts = Facts::new(y, asked, &forecast, &rest.spec, &effects, &components, &season, past);
    let (words_en, words_zh) = (english::sentences(&facts), chinese::sentences(&facts));
    Ok(Explanation { forecast, components, facts, words_en, words_zh })
}
