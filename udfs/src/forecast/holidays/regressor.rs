//! Regressors of moving holidays.
//!
//! Bell & Hillmer, Modeling time series with calendar variation, J. American Statistical Association 78 (1983): an effect
//! spreads evenly over a window of days around the holiday, so the regressor of a period is the share of the window that
//! falls in it. Taking off the mean of the same calendar period over all years leaves the part that moves (Findley & others,
//! 1998, section 2.4); the fixed part is season.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::lunar::{FIRST_YEAR, Holiday, LAST_YEAR};

/// Days relative to the holiday, both inclusive: `-7..=-1` is the week before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub holiday: Holiday,
    pub first: i64,
    pub last: i64,
}

/// Why there is no regressor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the dates of lunar holidays are known for {FIRST_YEAR} to {LAST_YEAR}, not for {0}")]
    Unknown(i32),
    #[error("holiday windows need periods of 1, 2, 3, 4, 6 or 12 months, not {0}")]
    Period(u32),
}

/// A span of whole months, from the month of its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: NaiveDate,
    pub months: u32,
}

impl Period {
    /// Periods of equal length.
    pub fn of(starts: &[NaiveDate], months: u32) -> Vec<Period> {
        starts.iter().map(|start| Period { start: *start, months }).collect()
    }
}

impl Window {
    /// Shares of the window in each period, centred on the mean of the same period of all years of the table.
    ///
    /// # Errors
    /// A year outside the table, or a period that is no part of a year.
    pub fn regressor(&self, periods: &[Period]) -> Result<Vec<f64>, Error> {
        // Of the last period that began in each month: its length and the mean.
        let mut means: [Option<(u32, f64)>; 12] = [None; 12];
        let mut values = Vec::with_capacity(periods.len());
        for Period { start, months } in periods.iter().copied() {
            if months == 0 || 12 % months != 0 {
                return Err(Error::Period(months));
            }
            let share = self.share(start, months).ok_or(Error::Unknown(start.year()))?;
            let known = &mut means[start.month0() as usize];
            let mean = match *known {
                Some((length, mean)) if length == months => mean,
                _ => self.mean(start.month(), months),
            };
            *known = Some((months, mean));
            values.push(share - mean);
        }
        Ok(values)
    }

    /// Share of the window in the `months` from the month of `start`; `None` for an unknown year.
    pub fn share(&self, start: NaiveDate, months: u32) -> Option<f64> {
        let start = start.with_day(1)?;
        let end = start.checked_add_months(Months::new(months))?;
        self.holiday.date(start.year())?;
        // A window may reach over the new year from either side, and a period over it too.
        let years = (start.year() - 1..=end.year() + 1).filter_map(|year| self.holiday.date(year));
        let days: i64 = years.map(|holiday| self.overlap(holiday, start, end)).sum();
        Some(days as f64 / (self.last - self.first + 1).max(1) as f64)
    }

    fn overlap(&self, holiday: NaiveDate, start: NaiveDate, end: NaiveDate) -> i64 {
        let from = (start - holiday).num_days().max(self.first);
        let to = ((end - holiday).num_days() - 1).min(self.last);
        (to - from + 1).max(0)
    }

    fn mean(&self, month: u32, months: u32) -> f64 {
        let starts = (FIRST_YEAR..=LAST_YEAR).filter_map(|year| NaiveDate::from_ymd_opt(year, month, 1));
        let shares: Vec<f64> = starts.filter_map(|start| self.share(start, months)).collect();
        shares.iter().sum::<f64>() / shares.len().max(1) as f64
    }
}

/// The first and the last day of a window, for whoever shows it.
pub fn days(window: &Window, year: i32) -> Option<(NaiveDate, NaiveDate)> {
    let holiday = window.holiday.date(year)?;
    let shifted = |by: i64| match u64::try_from(by) {
        Ok(days) => holiday.checked_add_days(Days::new(days)),
        Err(_) => holiday.checked_sub_days(Days::new(by.unsigned_abs())),
    };
    Some((shifted(window.first)?, shifted(window.last)?))
}
