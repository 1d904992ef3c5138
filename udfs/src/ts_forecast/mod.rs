//! `ts_forecast(ts, y, horizon [, model [, options]])`: one forecast per group, as a list of rows to unnest.
//!
//! The shell around [`crate::forecast`]: the model and its options are read from SQL, the rows of one series are put on their
//! grid and forecast. What is wrong with the query (an unknown model, a horizon out of range) fails the query.

pub mod asked;
pub mod chosen;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::chosen::Chosen;
use crate::forecast::regression::{Regressors, forecast_with};
use crate::forecast::why::why;
use crate::forecast::{Error, Forecast, Model, forecast_seasons};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::{Grid, grid};
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsForecast = Aggregate<Forecasts>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Forecasts;

/// What a forecast looks like in SQL.
pub const SHAPE: &[(&str, Of)] = &[
    ("step", Of::Count),
    ("ts", Of::Time),
    ("yhat", Of::Number),
    ("lo", Of::Number),
    ("hi", Of::Number),
    ("level", Of::Number),
    ("model", Of::Text),
    ("spec", Of::Text),
    ("n_obs", Of::Count),
    ("why", Of::Text),
];

const HORIZON: usize = 0;
const MODEL: usize = 1;
const OPTIONS: usize = 2;

impl Kind for Forecasts {
    const NAME: &'static str = "ts_forecast";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::required("horizon", Role::Whole),
        Parameter::optional("model", Role::Text),
        Parameter::optional("options", Role::Text),
    ];
    const SHAPE: &'static [(&'static str, Of)] = SHAPE;

    fn read(constant: usize, text: Option<&str>) -> Result<Option<String>, String> {
        match constant {
            HORIZON => asked::read_horizon(text),
            MODEL => asked::read_model(text),
            _ => text.map_or(Ok(Chosen::default()), Chosen::parse).map(|chosen| chosen.text()),
        }
        .map(Some)
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let horizon = asked::whole(rows, HORIZON, "horizon")?;
        let (model, chosen) = (asked::model(rows, MODEL)?, chosen(rows)?);
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let level = chosen.of_model.level;
        let forecast = solved(&grid, horizon, model, &chosen)?.at_level(level)?;
        let raw = |step: usize| grid.calendar.future(step).and_then(|future| clock.raw(future));
        let times = (1..=horizon).map(|step| raw(step).ok_or(Error::HorizonRange { step }));
        Ok(columns(forecast, &times.collect::<Result<Vec<_>, _>>()?, level, model))
    }

    fn failed(rows: &Rows, _error: &Error) -> Vec<Out> {
        let chosen = rows.some_constant(OPTIONS).map(Chosen::parse).and_then(Result::ok).unwrap_or_default();
        let default = Model::DEFAULT.name();
        let model = rows.some_constant(MODEL).unwrap_or(&default);
        let present = rows.numbers(0).iter().filter(|value| !value.is_nan()).count();
        // Without rows nobody asked for anything.
        let model = rows.some_constant(HORIZON).map(|_| model);
        nothing(chosen.of_model.level, model, present)
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// The options that rows agree on.
fn chosen(rows: &Rows) -> Result<Chosen, Error> {
    rows.constant(OPTIONS, "options")?.map_or(Ok(Chosen::default()), Chosen::parse).map_err(Error::Option)
}

fn solved(grid: &Grid, horizon: usize, model: Model, chosen: &Chosen) -> Result<Forecast, Error> {
    if !chosen.calendar {
        return forecast_seasons(&grid.values, &chosen.periods(grid), horizon, model);
    }
    let calendar = Some(chosen::steps(grid, grid.values.len(), horizon)?);
    let regressors = Regressors { given: Vec::new(), calendar };
    Ok(forecast_with(&grid.values, chosen.period(grid)?, horizon, model, &regressors)?.forecast)
}

/// A forecast as columns of [`SHAPE`].
pub fn columns(forecast: Forecast, times: &[i64], level: f64, model: Model) -> Vec<Out> {
    let steps = times.len();
    let why = why(model, &forecast.spec).en;
    vec![
        Out::Count((1..=steps).map(count).collect()),
        Out::times(times),
        Out::Number(forecast.mean),
        Out::Number(forecast.lo),
        Out::Number(forecast.hi),
        Out::Number(vec![level; steps]),
        Out::text(&model.name(), steps),
        Out::text(&forecast.spec, steps),
        Out::Count(vec![count(forecast.n_obs); steps]),
        Out::text(&why, steps),
    ]
}

/// The row of a series that has no forecast.
pub fn nothing(level: f64, model: Option<&str>, n_obs: usize) -> Vec<Out> {
    let mut columns: Vec<Out> = SHAPE.iter().map(|(_, of)| of.null()).collect();
    columns[5] = Out::Number(vec![level]);
    columns[6] = Out::Text(vec![model.map(str::to_owned)]);
    columns[8] = Out::Count(vec![count(n_obs)]);
    columns
}

pub fn count(n: usize) -> Option<i32> {
    Some(i32::try_from(n).unwrap_or(i32::MAX))
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Forecasts the series of each group and returns one element per future step: `step`, `ts`, `yhat`, a central \
         interval `lo` to `hi` at `level` (0.95 unless asked for), the `model` asked for, the `spec` that was fitted, `n_obs`, the \
         values used, and `why` this was fitted. The step is found from the timestamps; missing steps and NULL or NaN values are gaps and are \
         bridged. The forecast starts after the last timestamp, even if its value is missing. A series that cannot be \
         forecast yields one element with `error`. Rows may come in any order.",
        "ts_forecast(ts, y, horizon [, model [, options]])",
    )
    .with_sql_example(
        "```sql\n\
         SELECT district, f.ts, f.yhat, f.lo, f.hi\n\
         FROM (SELECT district, unnest(ts_forecast(month, revenue, 12)) AS f FROM budget GROUP BY district);\n\
         ```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid of months, days or shorter steps.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument("horizon", "Steps to forecast, 1 to 10000, the same for all rows of a series.")
    .with_argument("model", "`auto` (default, the median of several), `auto_ets`, `auto_arima`, `ces`, `theta`, `otm`, `dot`, `stlf`, `ses`, \
         `holt`, `damped`, `ets:AAN` and other forms, `arima:(p,d,q)(P,D,Q)`, `croston`, `sba`, `tsb`, `drift`, \
         `snaive` or `naive`; the same for all rows of a series.",
    )
    .with_argument(
        "options",
        "JSON object: `level`, the coverage of the interval, 0.5 to 0.999; `period`, the steps in a season, where the one that \
         follows from the timestamps is not wanted, or for `mstl` a list of several; `calendar`, `CN` for effects of Spring Festival, \
         other holidays and working days, as far as the series shows any. The same for all rows of a series.",
    )
    .build()
});
