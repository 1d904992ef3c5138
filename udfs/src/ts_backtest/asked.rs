//! The options of a backtest: those of the model, and how far apart origins are.

use crate::forecast::Error;
use crate::series::options::Options as Json;
use crate::series::rows::Rows;
use crate::ts_forecast::asked;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Options {
    pub of_model: asked::Options,
    /// Steps from one origin to the next; `None`: the horizon.
    pub step: Option<usize>,
}

const STEPS: std::ops::RangeInclusive<u64> = 1..=10_000;

impl Options {
    /// Reads `{"step": 1, "level": 0.9}`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let [level, period] = asked::OPTIONS;
        let json = Json::parse(text, &[level, period, "step"])?;
        Ok(Options { of_model: asked::Options::of(&json)?, step: json.count("step", STEPS)? })
    }

    /// The options that rows agree on, by the place of that argument among the constants.
    ///
    /// # Errors
    /// When rows differ.
    pub fn agreed(rows: &Rows, place: usize) -> Result<Self, Error> {
        rows.constant(place, "options")?.map_or(Ok(Options::default()), Options::parse).map_err(Error::Option)
    }

    /// The reverse of [`Options::parse`].
    pub fn text(self) -> String {
        self.of_model.text_with(self.step.map(|step| format!("\"step\":{step}")))
    }
}
