//! The first days of the periods that a column's days lie in.
//!
//! A column has far fewer periods than days, so each period is found in the calendar once, and days among these by arithmetic.

use arrow::datatypes::Date32Type;
use chrono::NaiveDate;

/// Periods without a gap, as days since 1970-01-01.
#[derive(Debug)]
pub struct Periods {
    starts: Vec<i32>,
    /// Mean length in days.
    length: f64,
}

impl Periods {
    /// The periods from that of `low` to that of `high`, where `first` tells the first day of a day's period. `None` for more than `most`,
    /// or where the calendar ends before.
    pub fn between(low: i32, high: i32, most: usize, first: impl Fn(NaiveDate) -> NaiveDate) -> Option<Self> {
        let mut starts = vec![];
        let mut day = high;
        loop {
            let start = Date32Type::from_naive_date(first(Date32Type::to_naive_date_opt(day)?));
            starts.push(start);
            if start <= low {
                break;
            }
            if starts.len() >= most {
                return None;
            }
            day = start.checked_sub(1)?;
        }
        starts.reverse();
        let length = (f64::from(high) - f64::from(starts[0]) + 1.0) / starts.len() as f64;
        Some(Self { starts, length })
    }

    /// The first day of the period of a day between those two.
    pub fn first(&self, day: i32) -> i32 {
        let last = self.starts.len() - 1;
        // Periods are of nearly one length: the guess is next to the place.
        let mut place = ((f64::from(day) - f64::from(self.starts[0])) / self.length) as usize;
        place = place.min(last);
        while place > 0 && self.starts[place] > day {
            place -= 1;
        }
        while place < last && self.starts[place + 1] <= day {
            place += 1;
        }
        self.starts[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::masks;

    #[test]
    fn the_first_day_is_that_of_the_calendar() {
        for (low, high) in [(-30_000, 30_000), (0, 0), (364, 366), (-719_163, -718_000), (2_900_000, 2_932_896)] {
            let bands: [&dyn Fn(NaiveDate) -> NaiveDate; 4] =
                [&masks::month, &|day| masks::years(day, 1), &|day| masks::years(day, 5), &|day| {
                    masks::years(day, 100)
                }];
            for first in bands {
                let periods = Periods::between(low, high, usize::MAX, first).unwrap();
                for day in (low..=high).step_by(7).chain([low, high]) {
                    assert_eq!(
                        periods.first(day),
                        Date32Type::from_naive_date(first(Date32Type::to_naive_date_opt(day).unwrap())),
                        "{day}"
                    );
                }
            }
        }
    }

    #[test]
    fn too_many_periods_and_days_beyond_the_calendar_are_none() {
        assert!(Periods::between(0, 3650, 12, masks::month).is_none());
        assert!(Periods::between(0, 360, 12, masks::month).is_some());
        assert!(Periods::between(i32::MIN, 0, 10, masks::month).is_none());
        assert!(Periods::between(0, i32::MAX, 10, masks::month).is_none());
    }
}
