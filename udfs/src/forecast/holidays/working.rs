//! Working days of a span of days.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::rest_days::RestDays;

/// Counts of the days from `from` to before `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    pub days: u32,
    /// Working days of the week, before any holiday.
    pub weekdays: f64,
    /// Working days; where `rest_days_known` is false only weekends are taken off.
    pub working_days: f64,
    /// Whether the arrangement of holidays of every year in the span is in the table.
    pub rest_days_known: bool,
}

/// The week was of six working days until February 1994 (half of Saturdays off from March 1994 by the State Council's
/// order 146: a 44-hour week, counted here as half a day each) and of five from May 1995 (order 174).
pub fn count(from: NaiveDate, to: NaiveDate) -> Count {
    let mut all = Count { days: 0, weekdays: 0.0, working_days: 0.0, rest_days_known: true };
    let mut day = from;
    while day < to {
        let weekday = share_of_week(day);
        all.days += 1;
        all.weekdays += weekday;
        match RestDays::of(day.year()) {
            Some(rest_days) => all.working_days += arranged(rest_days, day, weekday),
            None => {
                all.working_days += weekday;
                all.rest_days_known = false;
            }
        }
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
    }
    all
}

fn share_of_week(day: NaiveDate) -> f64 {
    match day.weekday() {
        Weekday::Sun => 0.0,
        Weekday::Sat => match (day.year(), day.month()) {
            (..=1993, _) | (1994, ..=2) => 1.0,
            (1994, _) | (1995, ..=4) => 0.5,
            _ => 0.0,
        },
        _ => 1.0,
    }
}

fn arranged(rest_days: &RestDays, day: NaiveDate, weekday: f64) -> f64 {
    let number = (day.month() * 100 + day.day()) as u16;
    if rest_days.off.contains(&number) {
        0.0
    } else if rest_days.worked.contains(&number) {
        1.0
    } else {
        weekday
    }
}

/// Mondays to Fridays from `from` to before `to`.
pub fn five_day_weekdays(from: NaiveDate, to: NaiveDate) -> f64 {
    let days = (to - from).num_days().max(0);
    let (weeks, rest) = (days / 7, days % 7);
    let first = i64::from(from.weekday().num_days_from_monday());
    let extra = (first..first + rest).filter(|day| day % 7 < 5).count();
    (weeks * 5) as f64 + extra as f64
}
