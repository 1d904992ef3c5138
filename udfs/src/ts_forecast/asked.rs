//! What a call asks for: a horizon, a model and options. Rows agree when they mean the same, however it is written.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use crate::forecast::{Error, LEVEL, Model};
use crate::series::options::Options as Json;
use crate::series::rows::Rows;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Coverage of the intervals.
    pub level: f64,
    /// Steps in a season, where the one that follows from the timestamps is not wanted.
    pub period: Option<usize>,
}

/// Names of the options that every model takes.
pub const OPTIONS: [&str; 2] = ["level", "period"];
/// Levels that can be asked for.
pub const LEVELS: RangeInclusive<f64> = 0.5..=0.999;
/// Horizons that can be asked for.
pub const HORIZONS: RangeInclusive<i64> = 1..=10_000;
const PERIODS: RangeInclusive<u64> = 1..=10_000;

/// The model that rows agree on, by the place of that argument among the constants.
///
/// # Errors
/// When rows differ. What is not valid was refused before, unless it comes from another version.
pub fn model(rows: &Rows, place: usize) -> Result<Model, Error> {
    rows.constant(place, "model")?.map_or(Ok(Model::DEFAULT), parse_model).map_err(Error::Option)
}

/// The options that rows agree on.
///
/// # Errors
/// As [`model`].
pub fn options(rows: &Rows, place: usize) -> Result<Options, Error> {
    rows.constant(place, "options")?.map_or(Ok(Options::default()), Options::parse).map_err(Error::Option)
}

/// A whole number that rows agree on, such as the horizon.
///
/// # Errors
/// As [`model`].
pub fn whole(rows: &Rows, place: usize, argument: &'static str) -> Result<usize, Error> {
    let text = rows.constant(place, argument)?.unwrap_or_default();
    text.parse().map_err(|_| Error::Option(format!("`{argument}` must be a whole number, got `{text}`")))
}

/// Reads a horizon.
pub fn read_horizon(text: Option<&str>) -> Result<String, String> {
    read_whole("horizon", text, HORIZONS)
}

/// Reads a whole number within a range.
pub fn read_whole(argument: &str, text: Option<&str>, range: RangeInclusive<i64>) -> Result<String, String> {
    let Some(text) = text else { return Err(format!("`{argument}` must not be NULL")) };
    match text.parse::<i64>() {
        Ok(number) if range.contains(&number) => Ok(number.to_string()),
        _ => Err(format!("`{argument}` must be from {} to {}, got {text}", range.start(), range.end())),
    }
}

/// Reads the name of a model.
pub fn read_model(text: Option<&str>) -> Result<String, String> {
    match text {
        Some(text) => Ok(parse_model(text)?.name().into_owned()),
        None => Err("`model` must not be NULL".to_owned()),
    }
}

/// Reads options; NULL is none.
pub fn read_options(text: Option<&str>) -> Result<String, String> {
    text.map_or(Ok(Options::default()), Options::parse).map(Options::text)
}

/// The model of that name.
pub fn parse_model(name: &str) -> Result<Model, String> {
    match (Model::from_name(name), Model::nearest(name)) {
        (Some(model), _) => Ok(model),
        (None, Some(near)) => Err(format!("unknown model `{name}`; did you mean `{}`?", near.name())),
        (None, None) => {
            let known: Vec<_> = Model::ALL.iter().map(|model| format!("`{}`", model.name())).collect();
            let known = known.join(", ");
            Err(format!("unknown model `{name}`; known are {known}, `ets:AAN` and other forms, `arima:(p,d,q)(P,D,Q)`"))
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { level: LEVEL, period: None }
    }
}

impl Options {
    /// Reads `{"level": 0.9, "period": 7}`; both may be left out.
    pub fn parse(text: &str) -> Result<Self, String> {
        Options::of(&Json::parse(text, &OPTIONS)?)
    }

    /// The options of that name among others.
    pub fn of(json: &Json) -> Result<Self, String> {
        /// Levels nearer to each other than this are the same.
        const PARTS: f64 = 1_000_000.0;
        let level = json.number("level", LEVELS)?.map_or(LEVEL, |level| (level * PARTS).round() / PARTS);
        Ok(Options { level, period: json.count("period", PERIODS)? })
    }

    /// The reverse of [`Options::parse`]; what is as usual is left out.
    pub fn text(self) -> String {
        self.text_with(None)
    }

    /// The same with options of another function, each written as JSON.
    pub fn text_with(self, others: impl IntoIterator<Item = String>) -> String {
        let level = (self.level != LEVEL).then(|| format!("\"level\":{}", self.level));
        let period = self.period.map(|period| format!("\"period\":{period}"));
        format!("{{{}}}", level.into_iter().chain(period).chain(others).collect::<Vec<_>>().join(","))
    }
}
