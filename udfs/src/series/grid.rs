//! From the rows of a series to one value per step.

use super::clock::Clock;
use crate::forecast::Error;
use crate::forecast::calendar::{Calendar, Moment};

/// A series on its regular grid.
#[derive(Debug)]
pub struct Grid {
    pub calendar: Calendar,
    /// One value per place, `NaN` where there is none.
    pub values: Vec<f64>,
    /// The time of each place, in the unit of the clock.
    pub times: Vec<i64>,
    /// The time of each place on the calendar.
    pub moments: Vec<Moment>,
}

/// Puts sorted rows on their grid.
///
/// # Errors
/// No step, repeated or irregular times, too many gaps.
pub fn grid(times: &[i64], values: &[f64], clock: &Clock) -> Result<Grid, Error> {
    let given = times.iter().map(|raw| moment(clock, *raw)).collect::<Result<Vec<_>, _>>()?;
    let calendar = Calendar::infer(&given)?;
    let mut spread = vec![f64::NAN; calendar.len()];
    let mut known: Vec<Option<i64>> = vec![None; calendar.len()];
    for ((value, time), place) in values.iter().zip(times).zip(&calendar.places) {
        spread[*place] = *value;
        known[*place] = Some(*time);
    }
    let times = known.iter().enumerate().map(|(place, time)| match time {
        Some(time) => Ok(*time),
        None => calendar.at(place).and_then(|at| clock.raw(at)).ok_or(Error::HorizonRange { step: place }),
    });
    let times = times.collect::<Result<Vec<_>, _>>()?;
    let moments = times.iter().map(|raw| moment(clock, *raw)).collect::<Result<Vec<_>, _>>()?;
    Ok(Grid { calendar, values: spread, times, moments })
}

/// The moment of a timestamp in the unit of the clock.
///
/// # Errors
/// Outside the calendar.
pub fn moment(clock: &Clock, raw: i64) -> Result<Moment, Error> {
    let outside = || Error::TimestampRange { at: format!("{raw} ({})", clock.data_type) };
    clock.moment(raw).ok_or_else(outside)
}
