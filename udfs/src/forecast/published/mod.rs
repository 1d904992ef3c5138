//! From how Chinese statistics are published to values per period.
//!
//! Releases are sums since January, or their growth on the same months of the year before. Some have no figure for January:
//! the year starts with "January and February". What cannot be told from the published figures stays unknown.

#[cfg(test)]
mod tests;

use super::holidays::working;
use chrono::{Months, NaiveDate};

/// One period of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub year: i32,
    /// From 1: the month, quarter or half-year of the year.
    pub number: u32,
}

/// What becomes of January and February.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JanFeb {
    /// Where only their sum is known, half of it each.
    Split,
    /// Where only their sum is known, shared by working days.
    SplitByWorkingDays,
    /// In every year their sum, in February.
    Merge,
}

/// How a value came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The difference of two published sums, or the first of a year.
    Published,
    /// A share of the sum of January and February.
    Split,
    /// The sum of January and February.
    Merged,
    /// Unknown.
    Gap,
}

impl Note {
    pub fn name(self) -> &'static str {
        match self {
            Note::Published => "published",
            Note::Split => "split",
            Note::Merged => "merged",
            Note::Gap => "gap",
        }
    }
}

/// The value of each period from sums since the beginning of its year, `NaN` where none was published. `periods` follow each
/// other without gaps, `per_year` to a year.
pub fn decumulate(periods: &[Period], sums: &[f64], per_year: u32, jan_feb: JanFeb) -> Vec<(f64, Note)> {
    let known = |value: f64| if value.is_finite() { (value, Note::Published) } else { (f64::NAN, Note::Gap) };
    let mut values: Vec<(f64, Note)> = (0..periods.len())
        .map(|t| match (periods[t].number, t.checked_sub(1)) {
            (1, _) => known(sums[t]),
            (_, Some(before)) => known(sums[t] - sums[before]),
            (_, None) => (f64::NAN, Note::Gap),
        })
        .collect();
    if per_year == 12 {
        for february in (1..periods.len()).filter(|t| periods[*t].number == 2) {
            let pair = january_and_february(periods[february].year, [sums[february - 1], sums[february]], jan_feb);
            if let Some(pair) = pair {
                values[february - 1..=february].copy_from_slice(&pair);
            }
        }
        // A series that begins with February begins with the sum of two months.
        if let (Some(Period { number: 2, .. }), Some(sum)) = (periods.first(), sums.first()) {
            values[0] = if jan_feb == JanFeb::Merge && sum.is_finite() { (*sum, Note::Merged) } else { values[0] };
        }
    }
    values
}

fn january_and_february(year: i32, sums: [f64; 2], jan_feb: JanFeb) -> Option<[(f64, Note); 2]> {
    let both = sums[1];
    if !both.is_finite() {
        return None;
    }
    let share = match jan_feb {
        JanFeb::Merge => return Some([(f64::NAN, Note::Merged), (both, Note::Merged)]),
        _ if sums[0].is_finite() => return None,
        JanFeb::Split => 0.5,
        JanFeb::SplitByWorkingDays => january_share(year)?,
    };
    Some([(both * share, Note::Split), (both * (1.0 - share), Note::Split)])
}

/// January's share of the working days of January and February.
fn january_share(year: i32) -> Option<f64> {
    let january = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let february = january.checked_add_months(Months::new(1))?;
    let march = january.checked_add_months(Months::new(2))?;
    let [one, two] = [working::count(january, february), working::count(february, march)].map(|c| c.working_days);
    Some(one / (one + two))
}

/// Levels from growth rates in percent on the same period of the year before: from `base`, the level of that period, where it
/// is given, else from the level found a year earlier. `NaN` where neither is known.
pub fn levels(growth_percent: &[f64], base: &[f64], per_year: usize) -> Vec<f64> {
    let mut levels: Vec<f64> = vec![];
    for (t, growth) in growth_percent.iter().enumerate() {
        let given = base.get(t).copied().unwrap_or(f64::NAN);
        let earlier = t.checked_sub(per_year).map_or(f64::NAN, |before| levels[before]);
        let before = if given.is_nan() { earlier } else { given };
        levels.push(before * (1.0 + growth / 100.0));
    }
    levels
}
