//! Calendar terms of steps that are days.

use chrono::{Datelike, NaiveDate, Weekday};

use super::columns::{LeftOut, Reason};
use super::groups::{Group, Terms, missing, push};
use crate::forecast::Error;
use crate::forecast::holidays::Holiday;
use crate::forecast::holidays::regressor;
use crate::forecast::holidays::rest_days::RestDays;

/// The weeks before, of and after Spring Festival, and the days around the other two holidays.
const WINDOWS: [(Holiday, i64, i64); 5] = [
    (Holiday::SpringFestival, -7, -1),
    (Holiday::SpringFestival, 0, 6),
    (Holiday::SpringFestival, 7, 14),
    (Holiday::DragonBoat, -1, 1),
    (Holiday::MidAutumn, -1, 1),
];

/// The effect of an occasion that came once cannot be told from chance.
const OCCASIONS_MIN: usize = 2;

/// Columns that are one on the days of a window and zero elsewhere, for windows that came twice in the first `history` days.
///
/// # Errors
/// Years without known dates.
pub fn offered(days: &[NaiveDate], history: usize) -> Result<(Vec<Terms>, Vec<LeftOut>), Error> {
    if let Some(day) = days.iter().find(|day| Holiday::SpringFestival.date(day.year()).is_none()) {
        return Err(Error::Option(regressor::Error::Unknown(day.year()).to_string()));
    }
    let mut found: Vec<Terms> = vec![];
    let mut offer = |group: Group, column: Vec<f64>, name: String| {
        if occasions(&column[..history]) >= OCCASIONS_MIN {
            push(&mut found, group, column, name);
        }
    };
    for (holiday, first, last) in WINDOWS {
        let column = days.iter().map(|day| flag(is_within(*day, holiday, first, last))).collect();
        offer(Group::Holiday(holiday), column, format!("{}[{first},{last}]", holiday.name()));
    }
    let arranged = rest_days(days);
    let reason = if arranged.is_some() { Reason::TooShort } else { Reason::Unknown };
    for (column, name) in arranged.into_iter().flatten().zip(["weekday_off", "weekend_worked"]) {
        offer(Group::RestDays, column, name.to_owned());
    }
    let mut left_out = missing(&Group::HOLIDAYS, &found, Reason::TooShort);
    left_out.extend(missing(&[Group::RestDays], &found, reason));
    Ok((found, left_out))
}

/// Runs of days that are on.
fn occasions(column: &[f64]) -> usize {
    let starts = column.windows(2).filter(|pair| pair[0] == 0.0 && pair[1] != 0.0).count();
    starts + usize::from(column.first().is_some_and(|first| *first != 0.0))
}

/// No window of the table reaches over a new year.
fn is_within(day: NaiveDate, holiday: Holiday, first: i64, last: i64) -> bool {
    holiday.date(day.year()).is_some_and(|date| (first..=last).contains(&(day - date).num_days()))
}

/// Mondays to Fridays off, and weekend days worked; `None` with a day in a year whose arrangement is not known.
fn rest_days(days: &[NaiveDate]) -> Option<[Vec<f64>; 2]> {
    let (mut off, mut worked) = (vec![], vec![]);
    for day in days {
        let arranged = RestDays::of(day.year())?;
        let number = (day.month() * 100 + day.day()) as u16;
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        off.push(flag(!weekend && arranged.off.contains(&number)));
        worked.push(flag(weekend && arranged.worked.contains(&number)));
    }
    Some([off, worked])
}

fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}
