//! From the collected rows of a series to its forecast.

use super::asked::Asked;
use super::observations::{Call, Observations};
use crate::forecast::calendar::{Calendar, Moment};
use crate::forecast::{Error, Forecast, forecast};
use crate::series::clock::Clock;

/// A forecast with its timestamps, in the unit of the clock.
#[derive(Debug)]
pub struct Solved {
    pub forecast: Forecast,
    pub timestamps: Vec<i64>,
}

/// Sorts the rows, puts them on their grid, and runs the model.
pub fn solve(rows: &mut Observations, call: Call, clock: &Clock) -> Result<Solved, Error> {
    if rows.null_timestamps > 0 {
        return Err(Error::NullTimestamp { count: rows.null_timestamps as usize });
    }
    rows.sort();
    let moments = rows.timestamps.iter().map(|raw| moment(clock, *raw));
    let calendar = Calendar::infer(&moments.collect::<Result<Vec<_>, _>>()?)?;
    let horizon = call.horizon as usize;
    let y = spread(&rows.values, &calendar);
    let Asked { model, options } = call.asked;
    let period = options.period.map_or_else(|| calendar.period(), |period| period as usize);
    let forecast = forecast(&y, period, horizon, model)?.at_level(options.level())?;
    let raw = |step: usize| calendar.future(step).and_then(|future| clock.raw(future));
    let timestamps = (1..=horizon).map(|step| raw(step).ok_or(Error::HorizonRange { step }));
    Ok(Solved { timestamps: timestamps.collect::<Result<_, _>>()?, forecast })
}

/// One value per place of the grid, `NaN` where there is none.
fn spread(values: &[f64], calendar: &Calendar) -> Vec<f64> {
    let mut y = vec![f64::NAN; calendar.len()];
    for (value, place) in values.iter().zip(&calendar.places) {
        y[*place] = *value;
    }
    y
}

fn moment(clock: &Clock, raw: i64) -> Result<Moment, Error> {
    let outside = || Error::TimestampRange { at: format!("{raw} ({})", clock.data_type) };
    clock.moment(raw).ok_or_else(outside)
}
