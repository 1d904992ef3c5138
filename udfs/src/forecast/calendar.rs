//! From timestamps to equal steps and back: which step a series has, which places are missing, what comes next.
//!
//! Steps of whole months and days are counted on the local calendar, shorter ones in elapsed time, so that neither
//! months of unequal length nor the change to summer time break a series.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::Error;

/// One timestamp, on the local clock and on the universal one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub local: NaiveDateTime,
    pub universal: NaiveDateTime,
}

/// A timestamp on the clock its step is counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Future {
    Local(NaiveDateTime),
    Universal(NaiveDateTime),
}

/// The regular grid a series lies on.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    pub step: Step,
    /// The place of each timestamp, the first at 0, strictly rising.
    pub places: Vec<usize>,
    last: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Months(i64, MonthDay),
    Days(i64),
    Span(TimeDelta),
}

/// Which day of its month a monthly timestamp falls on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthDay {
    /// That day, or the last one of a shorter month.
    Day(u32),
    Last,
}

impl Calendar {
    /// The grid of `moments`, which must be in ascending order.
    ///
    /// The step is the most frequent distance; every distance must be a multiple of it, and at least a quarter of
    /// the places must be present.
    ///
    /// # Errors
    /// Fewer than two timestamps, a repeated one, one off the grid (named), or too many gaps.
    pub fn infer(moments: &[Moment]) -> Result<Self, Error> {
        let Some(last) = moments.last().copied().filter(|_| moments.len() > 1) else {
            return Err(Error::NoStep);
        };
        if let Some(pair) = moments.windows(2).find(|pair| pair[0].universal == pair[1].universal) {
            return Err(Error::Duplicate { at: show(pair[1].local) });
        }
        let families: Vec<Family> = [months, days, span].into_iter().filter_map(|family| family(moments)).collect();
        let best = families.into_iter().min_by_key(|family| family.misfits().count()).ok_or(Error::NoStep)?;
        if let Some(at) = best.misfits().next() {
            let [after, at] = [at, at + 1].map(|place| show(moments[place].local));
            return Err(Error::Irregular { at, after, step: best.step.to_string() });
        }
        let places = best.places();
        check_density(moments, &places, best.step)?;
        Ok(Calendar { step: best.step, places, last })
    }

    /// The grid of `len` places, at least one, that ends at `last`.
    pub fn ending(step: Step, len: usize, last: Moment) -> Self {
        Calendar { step, places: (0..len).collect(), last }
    }

    /// Places from the first timestamp to the last.
    pub fn len(&self) -> usize {
        self.places.last().map_or(0, |place| place + 1)
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Steps in a season: a year of months, quarters or weeks, a week of days, a day of anything shorter.
    pub fn period(&self) -> usize {
        const SECONDS_PER_DAY: i64 = 86_400;
        const SHORTEST: i64 = 60;
        let whole = |of: i64, step: i64| if of % step == 0 { (of / step) as usize } else { 1 };
        match self.step {
            Step::Months(count, _) => whole(12, count),
            Step::Days(1) => 7,
            Step::Days(7) => 52,
            Step::Days(_) => 1,
            Step::Span(span) => match span.num_seconds() {
                seconds if seconds >= SHORTEST && span.subsec_nanos() == 0 => whole(SECONDS_PER_DAY, seconds),
                _ => 1,
            },
        }
    }

    /// The timestamp `steps` after the last one; `None` beyond the end of the calendar.
    pub fn future(&self, steps: usize) -> Option<Future> {
        self.shifted(i64::try_from(steps).ok()?)
    }

    /// The timestamp of a place, whether there was an observation or not.
    pub fn at(&self, place: usize) -> Option<Future> {
        self.shifted(i64::try_from(place).ok()?.checked_sub(i64::try_from(self.len()).ok()? - 1)?)
    }

    fn shifted(&self, steps: i64) -> Option<Future> {
        match self.step {
            Step::Months(count, day) => add_months(self.last.local, count.checked_mul(steps)?, day).map(Future::Local),
            Step::Days(count) => {
                let days = TimeDelta::try_days(count.checked_mul(steps)?)?;
                self.last.local.checked_add_signed(days).map(Future::Local)
            }
            Step::Span(span) => {
                let span = span.checked_mul(i32::try_from(steps).ok()?)?;
                self.last.universal.checked_add_signed(span).map(Future::Universal)
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: i64| if count == 1 { "" } else { "s" };
        match self {
            Step::Months(count, _) => write!(f, "{count} month{}", plural(*count)),
            Step::Days(count) => write!(f, "{count} day{}", plural(*count)),
            Step::Span(span) => match (span.num_seconds(), span.subsec_nanos()) {
                (seconds, 0) => write!(f, "{seconds} second{}", plural(seconds)),
                (seconds, nanos) => write!(f, "{seconds}.{nanos:09} seconds"),
            },
        }
    }
}

/// One way to read the distances.
struct Family {
    step: Step,
    /// Steps between neighbours; `None` where the distance does not fit.
    steps: Vec<Option<usize>>,
}

impl Family {
    /// Neighbours that are whole units apart (`None`: not even that), counted in their most frequent distance.
    fn new(units: &[Option<i64>], step: impl Fn(i64) -> Step) -> Option<Self> {
        let unit = most_frequent(units.iter().flatten().copied().filter(|unit| *unit > 0))?;
        let fits = |distance: &i64| *distance > 0 && distance % unit == 0;
        let steps = units.iter().map(|units| units.filter(fits).map(|units| (units / unit) as usize)).collect();
        Some(Family { step: step(unit), steps })
    }

    fn misfits(&self) -> impl Iterator<Item = usize> + '_ {
        self.steps.iter().enumerate().filter(|(_, steps)| steps.is_none()).map(|(place, _)| place)
    }

    fn places(&self) -> Vec<usize> {
        let mut place = 0_usize;
        let after = self.steps.iter().flatten().map(|steps| {
            place = place.saturating_add(*steps);
            place
        });
        std::iter::once(0).chain(after).collect()
    }
}

fn months(moments: &[Moment]) -> Option<Family> {
    let day = month_day(moments)?;
    let time = most_frequent(moments.iter().map(|moment| moment.local.time()))?;
    let fits =
        |moment: &Moment| day.of_month(moment.local.date()) == Some(moment.local.date()) && moment.local.time() == time;
    let distance = |pair: &[Moment]| {
        let count = month_number(pair[1].local.date()) - month_number(pair[0].local.date());
        (fits(&pair[0]) && fits(&pair[1])).then_some(count)
    };
    let units: Vec<Option<i64>> = moments.windows(2).map(distance).collect();
    Family::new(&units, |count| Step::Months(count, day))
}

fn days(moments: &[Moment]) -> Option<Family> {
    let distance = |pair: &[Moment]| {
        let span = pair[1].local - pair[0].local;
        (span == TimeDelta::days(span.num_days())).then_some(span.num_days())
    };
    let units: Vec<Option<i64>> = moments.windows(2).map(distance).collect();
    Family::new(&units, Step::Days)
}

/// Distances in nanoseconds; beyond their range (292 years) a step is not shorter than a day.
fn span(moments: &[Moment]) -> Option<Family> {
    let distance = |pair: &[Moment]| (pair[1].universal - pair[0].universal).num_nanoseconds();
    let units: Vec<Option<i64>> = moments.windows(2).map(distance).collect();
    Family::new(&units, |nanos| Step::Span(TimeDelta::nanoseconds(nanos)))
}

/// The last day when every timestamp is the last of its month; else the day that months too short for it cut off.
fn month_day(moments: &[Moment]) -> Option<MonthDay> {
    let dates = || moments.iter().map(|moment| moment.local.date());
    if dates().all(|date| MonthDay::Last.of_month(date) == Some(date)) {
        return Some(MonthDay::Last);
    }
    let highest = MonthDay::Day(dates().map(|date| date.day()).max()?);
    if dates().all(|date| highest.of_month(date) == Some(date)) {
        return Some(highest);
    }
    most_frequent(dates().map(|date| date.day())).map(MonthDay::Day)
}

impl MonthDay {
    /// That day in the month of `date`.
    fn of_month(self, date: NaiveDate) -> Option<NaiveDate> {
        let days = u32::from(date.num_days_in_month());
        date.with_day(match self {
            MonthDay::Day(day) => day.min(days),
            MonthDay::Last => days,
        })
    }
}

fn add_months(from: NaiveDateTime, months: i64, day: MonthDay) -> Option<NaiveDateTime> {
    let number = month_number(from.date()).checked_add(months)?;
    let year = i32::try_from(number.div_euclid(12)).ok()?;
    let month = u32::try_from(number.rem_euclid(12) + 1).ok()?;
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(day.of_month(first)?.and_time(from.time()))
}

fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The most frequent item, of equally frequent ones the smallest.
fn most_frequent<T: Ord + Copy>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(item, _)| item)
}

/// Interpolating most of a series would forecast the interpolation.
fn check_density(moments: &[Moment], places: &[usize], step: Step) -> Result<(), Error> {
    const PLACES_PER_VALUE_MAX: usize = 4;
    let count = places.last().map_or(0, |place| place.saturating_add(1));
    if count <= moments.len() * PLACES_PER_VALUE_MAX {
        return Ok(());
    }
    let gaps = places.windows(2).map(|pair| pair[1] - pair[0]).enumerate();
    let widest = gaps.max_by_key(|(place, gap)| (*gap, usize::MAX - place)).map_or(0, |(place, _)| place);
    Err(Error::Sparse {
        present: moments.len(),
        places: count,
        step: step.to_string(),
        after: show(moments[widest].local),
    })
}

/// A timestamp as its owner would write it: without a time of day at midnight.
pub fn show(at: NaiveDateTime) -> String {
    match at.time() == NaiveTime::MIN {
        true => at.date().to_string(),
        false => at.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
    }
}
