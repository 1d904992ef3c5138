//! `ts_fill(ts, y [, method])`: every step of a series, with its gaps filled.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::fill::{Method, fill};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::grid;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsFill = Aggregate<Fill>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Fill;

const METHODS: [(&str, Method); 5] = [
    ("season", Method::Season),
    ("linear", Method::Linear),
    ("previous", Method::Previous),
    ("zero", Method::Zero),
    ("none", Method::None),
];

fn method(text: &str) -> Result<Method, String> {
    let found = METHODS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, method)| *method).ok_or_else(|| {
        format!("unknown method `{text}`; known are {}", METHODS.map(|(name, _)| format!("`{name}`")).join(", "))
    })
}

impl Kind for Fill {
    const NAME: &'static str = "ts_fill";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::optional("method", Role::Constant),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[("ts", Of::Time), ("y", Of::Number), ("is_filled", Of::Flag)];

    fn check(_constant: usize, text: &str) -> Result<(), String> {
        method(text).map(|_| ())
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let method = rows.constant(0, "method")?.map_or(Ok(Method::Season), method).map_err(Error::Option)?;
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let filled = fill(&grid.values, grid.calendar.period(), method)?;
        let new = grid.values.iter().zip(&filled).map(|(before, now)| Some(before.is_nan() && !now.is_nan())).collect();
        Ok(vec![Out::times(&grid.times), Out::Number(filled), Out::Flag(new)])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Returns one element per step from the first observation to the last, with missing steps and NULL values filled \
         (`is_filled`).",
        "ts_fill(ts, y [, method])",
    )
    .with_sql_example("```sql\nSELECT district, unnest(ts_fill(day, sales, 'zero')) FROM shops GROUP BY district;\n```")
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid.")
    .with_argument("y", "Value of each observation.")
    .with_argument(
        "method",
        "`season` (default: straight lines after taking the season off), `linear`, `previous`, `zero`, or `none`.",
    )
    .build()
});
