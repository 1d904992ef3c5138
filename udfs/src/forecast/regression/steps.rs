//! Which months or days the steps of a series are.

use chrono::{Days, Months, NaiveDate};

use crate::forecast::calendar::{Calendar, Future, Step};
use crate::forecast::holidays::Period;

/// The steps of the history and of the horizon.
#[derive(Debug, Clone, PartialEq)]
pub enum Steps {
    /// Of whole months; they need not have the same length, as January and February may be published as one.
    Months(Vec<Period>),
    Days(Vec<NaiveDate>),
}

impl Steps {
    /// Those of a grid and of the `horizon` after it; `None` where steps are neither days nor a whole part of a year in
    /// months, and at the end of the calendar.
    pub fn of(grid: &Calendar, horizon: usize) -> Option<Self> {
        let history = (0..grid.len()).map(|place| grid.at(place));
        let date = |at: Option<Future>| match at? {
            Future::Local(local) => Some(local.date()),
            Future::Universal(universal) => Some(universal.date()),
        };
        let dates = history.chain((1..=horizon).map(|step| grid.future(step))).map(date);
        match grid.step {
            Step::Months(count @ (1 | 2 | 3 | 4 | 6 | 12), _) => {
                let months = u32::try_from(count).ok()?;
                dates.map(|start| Some(Period { start: start?, months })).collect::<Option<_>>().map(Steps::Months)
            }
            Step::Days(1) => dates.collect::<Option<_>>().map(Steps::Days),
            Step::Months(..) | Step::Days(_) | Step::Span(_) => None,
        }
    }

    /// `count` steps of so many months each from the month of `first`; `None` beyond the calendar.
    pub fn months(first: NaiveDate, months: u32, count: usize) -> Option<Self> {
        let start = |step: usize| first.checked_add_months(Months::new(u32::try_from(step).ok()?.checked_mul(months)?));
        (0..count).map(|step| Some(Period { start: start(step)?, months })).collect::<Option<_>>().map(Steps::Months)
    }

    /// `count` days from `first`; `None` beyond the calendar.
    pub fn days(first: NaiveDate, count: usize) -> Option<Self> {
        let day = |step: usize| first.checked_add_days(Days::new(step as u64));
        (0..count).map(day).collect::<Option<_>>().map(Steps::Days)
    }

    pub fn len(&self) -> usize {
        match self {
            Steps::Months(periods) => periods.len(),
            Steps::Days(days) => days.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first day of a step.
    pub fn start(&self, place: usize) -> Option<NaiveDate> {
        match self {
            Steps::Months(periods) => periods.get(place).map(|period| period.start),
            Steps::Days(days) => days.get(place).copied(),
        }
    }
}
