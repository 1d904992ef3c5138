//! The past of a series and what is known of its future, from its rows.

use super::asked::Options;
use super::{GIVEN, Y};
use crate::forecast::Error;
use crate::forecast::regression::columns::Column;
use crate::forecast::regression::{Regressors, Steps};
use crate::series::clock::Clock;
use crate::series::grid::{Grid, grid};
use crate::series::rows::Rows;
use crate::ts_forecast::chosen::steps;

pub struct History {
    /// Values until the last one that is known, if there are regressors; otherwise until the last time.
    pub y: Vec<f64>,
    pub period: usize,
    pub regressors: Regressors,
    /// For the words; `None` where steps are neither days nor months.
    pub steps: Option<Steps>,
    /// The times of the steps that are forecast.
    pub future: Vec<i64>,
}

impl History {
    pub fn of(rows: &Rows, clock: &Clock, options: &Options, horizon: usize) -> Result<Self, Error> {
        let grid = grid(&rows.times, rows.numbers(Y), clock)?;
        let width = width(rows.lists(GIVEN))?;
        let known = match width {
            0 => grid.values.len(),
            _ => grid.values.iter().rposition(|value| !value.is_nan()).map_or(0, |last| last + 1),
        };
        let given = (0..width).map(|place| column(rows, &grid, options, place, known + horizon));
        let regressors = Regressors {
            given: given.collect::<Result<_, _>>()?,
            calendar: options.of_forecast.calendar.then(|| steps(&grid, known, horizon)).transpose()?,
        };
        let future = (known..known + horizon).map(|place| time(&grid, clock, place)).collect::<Result<_, _>>()?;
        let named = steps(&grid, known, horizon).ok();
        let period = options.of_forecast.period(&grid)?;
        Ok(Self { y: grid.values[..known].to_vec(), period, regressors, steps: named, future })
    }
}

/// How many regressors every row has that has any.
fn width(lists: &[Vec<f64>]) -> Result<usize, Error> {
    let mut lengths = lists.iter().map(Vec::len).filter(|length| *length > 0);
    let Some(first) = lengths.next() else { return Ok(0) };
    match lengths.find(|length| *length != first) {
        Some(other) => Err(Error::Option(format!("`given` has {first} numbers in one row and {other} in another"))),
        None => Ok(first),
    }
}

/// One regressor on the grid.
fn column(rows: &Rows, grid: &Grid, options: &Options, place: usize, length: usize) -> Result<Column, Error> {
    let name = options.name(place);
    if grid.values.len() < length {
        let missing = length - grid.values.len();
        return Err(Error::Option(format!("`{name}` is not known for the last {missing} steps of the horizon")));
    }
    let mut values = vec![f64::NAN; grid.values.len()];
    for (list, at) in rows.lists(GIVEN).iter().zip(&grid.calendar.places) {
        values[*at] = list.get(place).copied().unwrap_or(f64::NAN);
    }
    values.truncate(length);
    Ok(Column { name, values })
}

/// The time of a place on the grid or after it.
fn time(grid: &Grid, clock: &Clock, place: usize) -> Result<i64, Error> {
    let step = (place + 1).saturating_sub(grid.values.len());
    let beyond = || grid.calendar.future(step).and_then(|future| clock.raw(future));
    grid.times.get(place).copied().or_else(beyond).ok_or(Error::HorizonRange { step })
}
