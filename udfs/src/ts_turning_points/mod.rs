//! `ts_turning_points(ts, y)`: peaks and troughs of each series.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::series::Series;
use crate::forecast::turning::{Kind as TurnKind, Rule, turns};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::grid;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsTurningPoints = Aggregate<TurningPoints>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct TurningPoints;

impl Kind for TurningPoints {
    const NAME: &'static str = "ts_turning_points";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("ts", Role::Time), Parameter::required("y", Role::Number)];
    const SHAPE: &'static [(&'static str, Of)] =
        &[("ts", Of::Time), ("kind", Of::Text), ("y", Of::Number), ("duration", Of::Count), ("amplitude", Of::Number)];

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let series = Series::new(&grid.values, 1)?;
        let first = grid.values.len() - series.trailing_gap - series.filled.len();
        let found = turns(&series.filled, &Rule::of_period(grid.calendar.period()));
        let before = |place: usize| place.checked_sub(1).and_then(|before| found.get(before));
        let name = |kind: TurnKind| if kind == TurnKind::Peak { "peak" } else { "trough" };
        let places = || found.iter().enumerate();
        let duration = |(place, turn): (usize, &crate::forecast::turning::Turn)| {
            before(place).and_then(|before| i32::try_from(turn.place - before.place).ok())
        };
        let amplitude = |(place, turn): (usize, &crate::forecast::turning::Turn)| {
            before(place).map_or(f64::NAN, |before| (turn.value - before.value) * series.scale)
        };
        Ok(vec![
            Out::Time(found.iter().map(|turn| grid.times.get(first + turn.place).copied()).collect()),
            Out::Text(found.iter().map(|turn| Some(name(turn.kind).to_owned())).collect()),
            Out::Number(found.iter().map(|turn| turn.value * series.scale).collect()),
            Out::Count(places().map(duration).collect()),
            Out::Number(places().map(amplitude).collect()),
        ])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Dates the peaks and troughs of the series of each group by the rules of Bry and Boschan: `ts`, `kind` (`peak`, \
         `trough`), the value `y`, and `duration` in steps and `amplitude` since the turn before. Pass a seasonally adjusted \
         series, such as `adjusted` or `trend` of `ts_decompose`. A series without a turn yields an empty list.",
        "ts_turning_points(ts, y)",
    )
    .with_sql_example("```sql\nSELECT district, unnest(ts_turning_points(month, adjusted)) FROM adjusted GROUP BY district;\n```")
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid.")
    .with_argument("y", "Value of each observation.")
    .build()
});
