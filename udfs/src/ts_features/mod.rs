//! `ts_features(ts, y)`: what each series is like.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::features::features;
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::grid;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsFeatures = Aggregate<Features>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Features;

impl Kind for Features {
    const NAME: &'static str = "ts_features";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("ts", Role::Time), Parameter::required("y", Role::Number)];
    const SHAPE: &'static [(&'static str, Of)] = &[("ts", Of::Time), ("feature", Of::Text), ("value", Of::Number)];

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let (names, values): (Vec<&str>, Vec<f64>) =
            features(&grid.values, grid.calendar.period())?.into_iter().unzip();
        let last = grid.times.last().copied();
        let names = names.into_iter().map(|name| Some(name.to_owned())).collect();
        Ok(vec![Out::Time(vec![last; values.len()]), Out::Text(names), Out::Number(values)])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Describes the series of each group by features, one element each: `feature`, `value`, and `ts`, the last time. Length \
         and gaps, moments, autocorrelations, strength of trend and season (0 to 1), entropy (0: regular, 1: noise), stability \
         and lumpiness, crossings of the median, longest flat run, and intermittence.",
        "ts_features(ts, y)",
    )
    .with_sql_example("```sql\nSELECT sector, unnest(ts_features(month, value)) FROM macro.indicator GROUP BY sector;\n```")
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid.")
    .with_argument("y", "Value of each observation.")
    .build()
});
