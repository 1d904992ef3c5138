//! `ts_fit(ts, y [, model [, options]])`: the model of each group as a BINARY state, to be kept and predicted from.

pub mod state;
pub mod time;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::state::{Failure, Saved, State};
use self::time::Time;
use crate::forecast::fitted::Fitted;
use crate::forecast::series::Series;
use crate::forecast::{Error, Model};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::grid;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};
use crate::ts_forecast::asked::{self, Options};

pub type TsFit = Aggregate<Fits>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Fits;

const MODEL: usize = 0;
const OPTIONS: usize = 1;

impl Kind for Fits {
    const NAME: &'static str = "ts_fit";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::optional("model", Role::Text),
        Parameter::optional("options", Role::Text),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[("state", Of::Bytes)];
    const IS_SINGLE: bool = true;

    fn read(constant: usize, text: Option<&str>) -> Result<Option<String>, String> {
        match constant {
            MODEL => asked::read_model(text),
            _ => asked::read_options(text),
        }
        .map(Some)
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let (model, options) = (asked::model(rows, MODEL)?, asked::options(rows, OPTIONS)?);
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let period = options.period.unwrap_or_else(|| grid.calendar.period());
        let series = Series::new(&grid.values, period)?;
        series.check_end()?;
        let last = grid.times.last().copied().unwrap_or_default();
        let time = Time { data_type: clock.data_type.clone(), step: grid.calendar.step, last };
        let fitted = Fitted::to(&series, model);
        let saved = Saved { time, level: options.level, y: grid.values, fitted };
        Ok(vec![Out::Bytes(vec![State::Model(Box::new(saved)).write()])])
    }

    /// A state that says why it has no model.
    fn failed(rows: &Rows, error: &Error) -> Vec<Out> {
        let options = rows.some_constant(OPTIONS).map(Options::parse).and_then(Result::ok).unwrap_or_default();
        let model = rows.some_constant(MODEL).map_or_else(|| Model::DEFAULT.name().into_owned(), str::to_owned);
        let n_obs = rows.numbers(0).iter().filter(|value| !value.is_nan()).count();
        let failure = Failure { error: error.to_string(), model: Some(model), level: options.level, n_obs };
        vec![Out::Bytes(vec![State::Failed(failure).write()])]
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Fits a model to the series of each group and returns it as BINARY: model, options, what was chosen and estimated, and the \
         series itself. `ts_predict` forecasts from it what `ts_forecast` would, bit for bit; `ts_update` takes in later \
         observations without estimating again. A series that cannot be fitted yields a state that says why.",
        "ts_fit(ts, y [, model [, options]])",
    )
    .with_sql_example(
        "```sql\nCREATE TABLE models AS\nSELECT district, ts_fit(month, revenue, 'auto') AS model FROM budget GROUP BY district;\n```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid of months, days or shorter steps.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument("model", "As of `ts_forecast`.")
    .with_argument("options", "JSON object: `level` and `period`, one season, as of `ts_forecast`.")
    .build()
});
