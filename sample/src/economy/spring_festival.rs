//! The first day of the lunar year, a calendar fact (dates of the holiday notices of the State Council and the
//! Purple Mountain Observatory's almanac; GB/T 33661-2017 defines the calendar), and how much of the festival a month holds.

use crate::calendar::Day;

/// (year, month, day) of the new year.
const NEW_YEAR: [(i32, i32, i32); 20] = [
    (2008, 2, 7),
    (2009, 1, 26),
    (2010, 2, 14),
    (2011, 2, 3),
    (2012, 1, 23),
    (2013, 2, 10),
    (2014, 1, 31),
    (2015, 2, 19),
    (2016, 2, 8),
    (2017, 1, 28),
    (2018, 2, 16),
    (2019, 2, 5),
    (2020, 1, 25),
    (2021, 2, 12),
    (2022, 2, 1),
    (2023, 1, 22),
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
];

/// From a week before the new year to two weeks after, when factories stand still.
const BEFORE: i32 = 6;
const DAYS: i32 = 20;

/// The share, 0 to 1, of the festival's days that fall in a month.
pub(super) fn share(year: i32, month: i32) -> f64 {
    let Some(&(_, m, d)) = NEW_YEAR.iter().find(|n| n.0 == year) else { return 0.0 };
    let first = Day::of(year, m, d).0 - BEFORE;
    let days = (first..first + DAYS).filter(|&day| Day(day).parts().1 == month).count();
    days as f64 / f64::from(DAYS)
}

#[cfg(test)]
mod tests;
