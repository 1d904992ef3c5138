//! The rows of the calendar.

use chrono::{Datelike, Months, NaiveDate};

use crate::forecast::holidays::regressor::Error;
use crate::forecast::holidays::{Holiday, Period, Window, working};
use crate::series::frame::{Of, Out};

pub const SHAPE: [(&str, Of); 13] = [
    ("ts", Of::Time),
    ("days", Of::Count),
    ("weekdays", Of::Number),
    ("working_days", Of::Number),
    ("rest_days_known", Of::Flag),
    ("spring_festival", Of::Time),
    ("dragon_boat", Of::Time),
    ("mid_autumn", Of::Time),
    ("spring_before", Of::Number),
    ("spring_during", Of::Number),
    ("spring_after", Of::Number),
    ("dragon_boat_share", Of::Number),
    ("mid_autumn_share", Of::Number),
];

/// The windows of the regressors: a week before Spring Festival, its week, two weeks after, and three days of the others.
const WINDOWS: [Window; 5] = [
    Window { holiday: Holiday::SpringFestival, first: -7, last: -1 },
    Window { holiday: Holiday::SpringFestival, first: 0, last: 6 },
    Window { holiday: Holiday::SpringFestival, first: 7, last: 20 },
    Window { holiday: Holiday::DragonBoat, first: -1, last: 1 },
    Window { holiday: Holiday::MidAutumn, first: -1, last: 1 },
];

/// The months from that of `from` to that of `to`; none when they are the other way round.
///
/// # Errors
/// A month outside the known years.
pub fn rows(from: NaiveDate, to: NaiveDate) -> Result<Vec<Out>, Error> {
    let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
    for year in [from.year(), to.year()] {
        Holiday::SpringFestival.date(year).ok_or(Error::Unknown(year))?;
    }
    let first = from - chrono::TimeDelta::days(i64::from(from.day0()));
    let count = u32::try_from(months(to) - months(from) + 1).unwrap_or(0);
    let starts: Vec<NaiveDate> = (0..count).filter_map(|by| first.checked_add_months(Months::new(by))).collect();
    let counts: Vec<working::Count> =
        starts.iter().map(|start| working::count(*start, *start + Months::new(1))).collect();
    let mut columns = vec![
        Out::Time(starts.iter().map(|start| Some(number(*start))).collect()),
        Out::Count(counts.iter().map(|count| i32::try_from(count.days).ok()).collect()),
        Out::Number(counts.iter().map(|count| count.weekdays).collect()),
        Out::Number(counts.iter().map(|count| count.working_days).collect()),
        Out::Flag(counts.iter().map(|count| Some(count.rest_days_known)).collect()),
    ];
    columns.extend(Holiday::ALL.map(|holiday| Out::Time(starts.iter().map(|start| within(holiday, *start)).collect())));
    let periods = Period::of(&starts, 1);
    for window in WINDOWS {
        columns.push(Out::Number(window.regressor(&periods)?));
    }
    Ok(columns)
}

/// The rows of no months.
pub fn none() -> Vec<Out> {
    let empty = |of: &Of| match of {
        Of::Time => Out::Time(vec![]),
        Of::Count => Out::Count(vec![]),
        Of::Flag => Out::Flag(vec![]),
        _ => Out::Number(vec![]),
    };
    SHAPE.iter().map(|(_, of)| empty(of)).collect()
}

/// The holiday's day if it is in the month.
fn within(holiday: Holiday, start: NaiveDate) -> Option<i64> {
    holiday.date(start.year()).filter(|day| day.month() == start.month()).map(number)
}

fn number(date: NaiveDate) -> i64 {
    i64::from(arrow::datatypes::Date32Type::from_naive_date(date))
}
