//! What a row asks for besides the horizon: a model and options, which are written as one JSON object.

#[cfg(test)]
mod tests;

use datafusion_common::{Result, exec_err};
use serde_json::Value;

use super::arguments::parse_model;
use crate::forecast::{LEVEL, Model};

/// Ordered, so that the smallest and the largest tell whether all rows agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asked {
    pub model: Model,
    pub options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Options {
    /// Coverage of the intervals in millionths.
    level_millionths: u32,
    /// Steps in a season, where the one that follows from the timestamps is not wanted.
    pub period: Option<u32>,
}

const MILLION: f64 = 1_000_000.0;
const LEVELS: std::ops::RangeInclusive<f64> = 0.5..=0.999;
const PERIODS: std::ops::RangeInclusive<u64> = 1..=10_000;

impl Default for Options {
    fn default() -> Self {
        Options { level_millionths: (LEVEL * MILLION).round() as u32, period: None }
    }
}

impl Options {
    pub fn level(&self) -> f64 {
        f64::from(self.level_millionths) / MILLION
    }

    /// Reads `{"level": 0.9, "period": 7}`; both may be left out.
    pub fn parse(text: &str) -> Result<Self> {
        let Ok(Value::Object(entries)) = serde_json::from_str(text) else {
            return exec_err!("ts_forecast: `options` must be a JSON object such as {{\"level\": 0.9}}, got `{text}`");
        };
        let mut options = Options::default();
        for (name, value) in &entries {
            match (name.as_str(), value.as_f64(), value.as_u64()) {
                ("level", Some(level), _) if LEVELS.contains(&level) => {
                    options.level_millionths = (level * MILLION).round() as u32;
                }
                ("level", ..) => return exec_err!("ts_forecast: `level` must be from 0.5 to 0.999, got {value}"),
                ("period", _, Some(period)) if PERIODS.contains(&period) => options.period = Some(period as u32),
                ("period", ..) => return exec_err!("ts_forecast: `period` must be from 1 to 10000, got {value}"),
                _ => return exec_err!("ts_forecast: unknown option `{name}`; known are `level`, `period`"),
            }
        }
        Ok(options)
    }

    fn text(&self) -> String {
        let period = self.period.map(|period| format!(",\"period\":{period}")).unwrap_or_default();
        format!("{{\"level\":{}{period}}}", self.level())
    }
}

impl Asked {
    /// As it travels and as a conflict shows it: the model, followed by the options where they are not the usual ones.
    pub fn text(&self) -> String {
        match self.options == Options::default() {
            true => self.model.name().into_owned(),
            false => format!("{} {}", self.model.name(), self.options.text()),
        }
    }

    /// The reverse of [`Asked::text`].
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once(' ') {
            Some((model, options)) => Ok(Asked { model: parse_model(model)?, options: Options::parse(options)? }),
            None => Ok(Asked { model: parse_model(text)?, options: Options::default() }),
        }
    }
}
