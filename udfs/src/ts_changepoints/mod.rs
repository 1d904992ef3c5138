//! `ts_changepoints(ts, y [, options])`: where the level of each series changes.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::changepoints::segments;
use crate::forecast::season::is_seasonal;
use crate::forecast::series::Series;
use crate::forecast::stl::{Settings, stl};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::grid;
use crate::series::options::Options;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsChangepoints = Aggregate<Changepoints>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Changepoints;

const KNOWN: [&str; 3] = ["penalty", "min_length", "adjust"];

struct Chosen {
    penalty: f64,
    least: usize,
    adjust: bool,
}

impl Chosen {
    fn of(options: &Options) -> Result<Self, String> {
        Ok(Chosen {
            penalty: options.positive("penalty")?.unwrap_or(1.0),
            least: options.count("min_length", 1..=100_000)?.unwrap_or(2),
            adjust: options.flag("adjust", true)?,
        })
    }
}

impl Kind for Changepoints {
    const NAME: &'static str = "ts_changepoints";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::optional("options", Role::Constant),
    ];
    const SHAPE: &'static [(&'static str, Of)] =
        &[("ts", Of::Time), ("mean_before", Of::Number), ("mean_after", Of::Number), ("change", Of::Number)];

    fn check(_constant: usize, text: &str) -> Result<(), String> {
        Chosen::of(&Options::parse(text, &KNOWN)?).map(|_| ())
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let chosen = Chosen::of(&Options::of(rows.constant(0, "options")?, &KNOWN)?).map_err(Error::Option)?;
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let series = Series::new(&grid.values, grid.calendar.period())?;
        if series.filled.len() > STEPS_MAX {
            let steps = series.filled.len();
            return Err(Error::Option(format!("{steps} steps are too many; at most {STEPS_MAX} can be searched")));
        }
        let first = grid.values.len() - series.trailing_gap - series.filled.len();
        let adjusted = if chosen.adjust { adjusted(&series) } else { series.filled.clone() };
        let found = segments(&adjusted, chosen.least, chosen.penalty);
        let pairs = || found.windows(2).map(|pair| (&pair[0], &pair[1]));
        Ok(vec![
            Out::Time(pairs().map(|(_, after)| grid.times.get(first + after.start).copied()).collect()),
            Out::Number(pairs().map(|(before, _)| before.mean * series.scale).collect()),
            Out::Number(pairs().map(|(_, after)| after.mean * series.scale).collect()),
            Out::Number(pairs().map(|(before, after)| (after.mean - before.mean) * series.scale).collect()),
        ])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// Where there are few changes, work grows with the square of the steps.
const STEPS_MAX: usize = 50_000;

/// Without its season, if it has one: a season would pass for noise, or each quarter for a change.
fn adjusted(series: &Series) -> Vec<f64> {
    let y = &series.filled;
    let parts = is_seasonal(y, series.period).then(|| stl(y, &Settings::new(series.period, None, true))).flatten();
    match parts {
        Some(parts) => y.iter().zip(&parts.seasonal).map(|(y, season)| y - season).collect(),
        None => y.clone(),
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Finds where the mean of the series of each group changes, one element per change: `ts`, the first time of the new \
         level, `mean_before`, `mean_after` and `change`. A season is taken off before. A trend is not: difference such a \
         series, or pass growth rates. A series without a change yields an empty list.",
        "ts_changepoints(ts, y [, options])",
    )
    .with_sql_example("```sql\nSELECT sector, unnest(ts_changepoints(month, growth)) FROM growth GROUP BY sector;\n```")
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid.")
    .with_argument("y", "Value of each observation.")
    .with_argument(
        "options",
        "JSON: `penalty` (1; more for fewer changes), `min_length` of a level in steps (2), `adjust` for season (true).",
    )
    .build()
});
