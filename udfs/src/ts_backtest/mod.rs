//! `ts_backtest(ts, y, horizon, folds [, model [, options]])`: what `ts_forecast` would have said before, beside what came.

mod asked;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::asked::Options;
use crate::forecast::backtest::{Fold, Plan, backtest};
use crate::forecast::{Error, Forecast};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::{Grid, grid};
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};
use crate::ts_forecast::asked::{model, read_horizon, read_model, read_whole, whole};
use crate::ts_forecast::count;

pub type TsBacktest = Aggregate<Backtests>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Backtests;

const HORIZON: usize = 0;
const FOLDS: usize = 1;
const MODEL: usize = 2;
const OPTIONS: usize = 3;

const FOLDS_ALLOWED: std::ops::RangeInclusive<i64> = 1..=1_000;
/// Rows of one series at most.
const ROWS_MAX: usize = 1_000_000;

impl Kind for Backtests {
    const NAME: &'static str = "ts_backtest";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::required("horizon", Role::Whole),
        Parameter::required("folds", Role::Whole),
        Parameter::optional("model", Role::Text),
        Parameter::optional("options", Role::Text),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[
        ("fold", Of::Count),
        ("cutoff", Of::Time),
        ("step", Of::Count),
        ("ts", Of::Time),
        ("y", Of::Number),
        ("yhat", Of::Number),
        ("lo", Of::Number),
        ("hi", Of::Number),
        ("scale", Of::Number),
        ("model", Of::Text),
        ("spec", Of::Text),
    ];

    fn read(constant: usize, text: Option<&str>) -> Result<Option<String>, String> {
        match constant {
            HORIZON => read_horizon(text),
            FOLDS => read_whole("folds", text, FOLDS_ALLOWED),
            MODEL => read_model(text),
            _ => text.map_or(Ok(Options::default()), Options::parse).map(Options::text),
        }
        .map(Some)
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let (horizon, folds) = (whole(rows, HORIZON, "horizon")?, whole(rows, FOLDS, "folds")?);
        if horizon.saturating_mul(folds) > ROWS_MAX {
            return Err(Error::Option(format!("{folds} folds of {horizon} steps are more than {ROWS_MAX} rows")));
        }
        let (model, options) = (model(rows, MODEL)?, Options::agreed(rows, OPTIONS)?);
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let period = options.of_model.period.unwrap_or_else(|| grid.calendar.period());
        let plan = Plan { horizon, folds, step: options.step.unwrap_or(horizon) };
        let mut table = Table::new(&grid, model.name().into_owned(), options.of_model.level);
        for (number, fold) in backtest(&grid.values, period, model, plan)?.into_iter().enumerate() {
            table.add(number + 1, fold);
        }
        Ok(table.columns())
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// The rows in the making.
struct Table<'a> {
    grid: &'a Grid,
    model: String,
    level: f64,
    fold: Vec<Option<i32>>,
    cutoff: Vec<Option<i64>>,
    step: Vec<Option<i32>>,
    ts: Vec<Option<i64>>,
    numbers: [Vec<f64>; 5],
    spec: Vec<Option<String>>,
    error: Vec<Option<String>>,
}

impl<'a> Table<'a> {
    fn new(grid: &'a Grid, model: String, level: f64) -> Self {
        let numbers = std::array::from_fn(|_| vec![]);
        let (fold, cutoff, step, ts, spec, error) = (vec![], vec![], vec![], vec![], vec![], vec![]);
        Table { grid, model, level, fold, cutoff, step, ts, numbers, spec, error }
    }

    /// A row per step, or the one that says why this fold has no forecast.
    fn add(&mut self, number: usize, fold: Fold) {
        let rows = match fold.forecast.and_then(|forecast| forecast.at_level(self.level)) {
            Ok(forecast) => self.add_steps(fold.known, fold.scale, &forecast),
            Err(error) => self.add_error(fold.scale, &error),
        };
        let cutoff = self.grid.times.get(fold.known.saturating_sub(1)).copied();
        self.fold.extend(vec![count(number); rows]);
        self.cutoff.extend(vec![cutoff; rows]);
    }

    fn add_steps(&mut self, known: usize, scale: f64, forecast: &Forecast) -> usize {
        for (h, yhat) in forecast.mean.iter().enumerate() {
            let y = self.grid.values.get(known + h).copied().unwrap_or(f64::NAN);
            self.push(
                count(h + 1),
                self.grid.times.get(known + h).copied(),
                [y, *yhat, forecast.lo[h], forecast.hi[h], scale],
            );
            self.spec.push(Some(forecast.spec.clone()));
            self.error.push(None);
        }
        forecast.mean.len()
    }

    fn add_error(&mut self, scale: f64, error: &Error) -> usize {
        self.push(None, None, [f64::NAN, f64::NAN, f64::NAN, f64::NAN, scale]);
        self.spec.push(None);
        self.error.push(Some(error.to_string()));
        1
    }

    fn push(&mut self, step: Option<i32>, ts: Option<i64>, numbers: [f64; 5]) {
        self.step.push(step);
        self.ts.push(ts);
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
    }

    fn columns(self) -> Vec<Out> {
        let model = Out::text(&self.model, self.fold.len());
        let mut all = vec![Out::Count(self.fold), Out::Time(self.cutoff), Out::Count(self.step), Out::Time(self.ts)];
        all.extend(self.numbers.map(Out::Number));
        all.extend([model, Out::Text(self.spec), Out::Text(self.error)]);
        all
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Forecasts the series of each group from earlier origins, each time fitted on what was known then, and returns one element per \
         fold and step: `fold`, counted in the order of time, its `cutoff`, the last time that was known, `step`, `ts`, the outcome \
         `y` (NULL where it is missing), `yhat`, `lo`, `hi`, and `scale`, the mean absolute error of the seasonal naive forecast \
         within what was known, by which MASE divides. The horizon of the last fold ends at the last value of the series. A short \
         series has fewer folds, one too short for any a row with `error`.",
        "ts_backtest(ts, y, horizon, folds [, model [, options]])",
    )
    .with_sql_example(
        "```sql\n\
         SELECT district, ts_accuracy(b.y, b.yhat, b.lo, b.hi, b.scale) AS score\n\
         FROM (SELECT district, unnest(ts_backtest(month, revenue, 3, 4, 'theta')) AS b FROM budget GROUP BY district)\n\
         GROUP BY district;\n\
         ```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid of months, days or shorter steps.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument("horizon", "Steps to forecast from each origin, 1 to 10000.")
    .with_argument("folds", "Origins at most, 1 to 1000.")
    .with_argument("model", "As of `ts_forecast`.")
    .with_argument(
        "options",
        "JSON object: `level` and `period` as of `ts_forecast`; `step`, the steps from one origin to the next: the horizon \
         unless given, so that no outcome is forecast twice.",
    )
    .build()
});
