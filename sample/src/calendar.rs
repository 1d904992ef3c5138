//! Days without a time zone: the city's clock is local civil time (UTC+8, no summer time since 1992).
//!
//! The conversion between days and dates follows the era arithmetic of the proleptic Gregorian calendar (400 years are
//! 146,097 days, a year begins in March).

use std::ops::Add;

use crate::rng::Rng;

/// A day, counted from 1970-01-01 (the count of Arrow's `Date32`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub i32);

/// The registers are as of the end of this day; nothing in the city happens later.
pub(crate) const AS_OF: Day = Day::of(2025, 12, 31);
/// Lives are simulated from the first day of this year; the founders bring their families with them.
pub(crate) const FIRST_YEAR: i32 = 1985;
pub(crate) const LAST_YEAR: i32 = 2025;

impl Day {
    pub const fn of(year: i32, month: i32, day: i32) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    pub const fn parts(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, doy - (153 * mp + 2) / 5 + 1)
    }

    pub const fn year(self) -> i32 {
        self.parts().0
    }

    /// Whole years from `self` to `later`.
    pub const fn age_at(self, later: Self) -> i32 {
        let (y0, m0, d0) = self.parts();
        let (y1, m1, d1) = later.parts();
        y1 - y0 - if m1 < m0 || (m1 == m0 && d1 < d0) { 1 } else { 0 }
    }

    /// `yyyymmdd` as a number.
    pub const fn compact(self) -> i32 {
        let (y, m, d) = self.parts();
        y * 10_000 + m * 100 + d
    }

    /// Any day of `year`.
    pub fn within(rng: &mut Rng, year: i32) -> Self {
        let first = Self::of(year, 1, 1);
        first + rng.small(0, Self::of(year + 1, 1, 1).0 - first.0 - 1)
    }

    /// A day of `year` later than `floor`, if one is left.
    pub fn within_after(rng: &mut Rng, year: i32, floor: Self) -> Option<Self> {
        let first = Self::of(year, 1, 1).max(floor + 1);
        let last = Self::of(year, 12, 31);
        (first <= last).then(|| first + rng.small(0, last.0 - first.0))
    }

    /// Monday is 0.
    pub const fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }
}

impl Add<i32> for Day {
    type Output = Self;

    fn add(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

#[cfg(test)]
mod tests;
