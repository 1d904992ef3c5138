//! The options of a forecast: those of its model, and what it is told besides the series.

use chrono::NaiveDate;
use serde_json::json;

use super::asked::Options;
use crate::forecast::Error;
use crate::forecast::regression::Steps;
use crate::series::grid::Grid;
use crate::series::options::Options as Json;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chosen {
    pub of_model: Options,
    /// Several seasons, as `mstl` takes them; empty for the one of the model's options.
    pub seasons: Vec<usize>,
    /// Whether effects of the Chinese calendar are looked for.
    pub calendar: bool,
}

pub const KNOWN: [&str; 3] = ["level", "period", "calendar"];
/// Seasons at most.
const SEASONS_MAX: usize = 8;

impl Chosen {
    /// Reads `{"level": 0.9, "period": [24, 168], "calendar": "CN"}`, of which all may be left out.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::of(Json::parse(text, &KNOWN)?)
    }

    /// The options of those names among others.
    pub fn of(mut json: Json) -> Result<Self, String> {
        let seasons = json.take_counts("period", 1..=10_000, SEASONS_MAX)?;
        let calendar = json.choice("calendar", &["none", "CN"])? == "CN";
        Ok(Self { of_model: Options::of(&json)?, seasons, calendar })
    }

    /// The reverse of [`Chosen::parse`]; what is as usual is left out.
    pub fn text(&self) -> String {
        self.text_with(Vec::new())
    }

    /// The same with options of another function, each written as JSON.
    pub fn text_with(&self, others: Vec<String>) -> String {
        let seasons = (!self.seasons.is_empty()).then(|| format!("\"period\":{}", json!(self.seasons)));
        let calendar = self.calendar.then(|| "\"calendar\":\"CN\"".to_owned());
        self.of_model.text_with(seasons.into_iter().chain(calendar).chain(others))
    }

    /// The seasons of a series on that grid.
    pub fn periods(&self, grid: &Grid) -> Vec<usize> {
        match self.seasons.is_empty() {
            true => vec![self.of_model.period.unwrap_or_else(|| grid.calendar.period())],
            false => self.seasons.clone(),
        }
    }

    /// The one season of a series whose forecast knows the calendar or regressors.
    ///
    /// # Errors
    /// When several are asked for.
    pub fn period(&self, grid: &Grid) -> Result<usize, Error> {
        match self.periods(grid)[..] {
            [period] => Ok(period),
            _ => Err(Error::Option("a forecast with a calendar or regressors knows one season".to_owned())),
        }
    }
}

/// The months or days of the first `known` places of a grid and of the `horizon` after them, for the calendar.
///
/// # Errors
/// Where the steps are neither.
pub fn steps(grid: &Grid, known: usize, horizon: usize) -> Result<Steps, Error> {
    let beyond = (known + horizon).saturating_sub(grid.values.len());
    let none = || Error::Option("`calendar` is for steps of a day, of months or of parts of a year".to_owned());
    let mut steps = Steps::of(&grid.calendar, beyond).ok_or_else(none)?;
    match &mut steps {
        Steps::Months(periods) => periods.truncate(known + horizon),
        Steps::Days(days) => Vec::<NaiveDate>::truncate(days, known + horizon),
    }
    Ok(steps)
}
