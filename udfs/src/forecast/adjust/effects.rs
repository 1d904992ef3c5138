//! Which calendar effects a series has.

use chrono::NaiveDate;

use super::airline::{regress, regress_open};
use crate::forecast::holidays::regressor::Error;
use crate::forecast::holidays::{Holiday, Period, Window, working};

/// Calendar effects that were found to matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    pub columns: Vec<Vec<f64>>,
    /// What each column is.
    pub names: Vec<String>,
}

/// Lengths in days of the windows before and after Spring Festival and its week that are tried. The Reserve Bank of
/// Australia's study of Chinese series (Roberts & White, RDP 2015-13) found up to three weeks on either side.
const LENGTHS: [i64; 3] = [7, 14, 21];

/// The effects of the smallest corrected Akaike criterion, next to columns that are `fixed`: first the windows of Spring
/// Festival and how much their effects change with the years, with at most `knots` (1: not at all), then, one by one,
/// Dragon Boat, Mid-Autumn and the number of weekdays. There may be more `periods` than values of `y`: the columns then
/// reach into the future.
///
/// # Errors
/// Years without known dates.
pub fn choose(
    y: &[f64],
    fixed: &[Vec<f64>],
    periods: &[Period],
    period: usize,
    knots: usize,
) -> Result<Effects, Error> {
    let usual = spring_festival(periods, 7, 14)?;
    let seen = |effects: &Effects| -> Vec<Vec<f64>> {
        fixed.iter().chain(&effects.columns).map(|column| column[..y.len()].to_vec()).collect()
    };
    let Some(errors) = regress(y, &seen(&usual), period).map(|found| found.errors) else {
        return Ok(Effects::default());
    };
    let criterion =
        |effects: &Effects| regress_open(y, &seen(effects), errors).map_or(f64::INFINITY, |found| found.aicc);
    let mut best = Effects::default();
    let mut least = criterion(&best);
    let mut offer = |tried: Effects, best: &mut Effects| {
        let found = criterion(&tried);
        if found < least {
            (*best, least) = (tried, found);
        }
    };
    for (before, after) in LENGTHS.iter().flat_map(|before| LENGTHS.map(|after| (*before, after))) {
        let windows = spring_festival(periods, before, after)?;
        for knots in 1..=knots {
            offer(windows.evolving(knots), &mut best);
        }
    }
    for (column, name) in lesser(periods)? {
        let mut tried = best.clone();
        tried.push(column, name);
        offer(tried, &mut best);
    }
    Ok(best)
}

/// One knot in six years: fewer festivals would be a knot's alone.
pub fn knots_max(periods: &[Period]) -> usize {
    const YEARS_PER_KNOT: usize = 6;
    const KNOTS_MAX: usize = 6;
    (years(periods) / YEARS_PER_KNOT).clamp(1, KNOTS_MAX)
}

/// Whole years that periods make up.
pub fn years(periods: &[Period]) -> usize {
    periods.iter().map(|period| period.months as usize).sum::<usize>() / 12
}

/// The three windows around Spring Festival.
///
/// # Errors
/// Years without known dates.
pub fn spring_festival(periods: &[Period], before: i64, after: i64) -> Result<Effects, Error> {
    let mut effects = Effects::default();
    for (first, last) in [(-before, -1), (0, 6), (7, 6 + after)] {
        let window = Window { holiday: Holiday::SpringFestival, first, last };
        effects.push(window.regressor(periods)?, format!("spring_festival[{first},{last}]"));
    }
    Ok(effects)
}

fn lesser(periods: &[Period]) -> Result<Vec<(Vec<f64>, String)>, Error> {
    let mut all = vec![];
    for holiday in [Holiday::DragonBoat, Holiday::MidAutumn] {
        let window = Window { holiday, first: -1, last: 1 };
        all.push((window.regressor(periods)?, format!("{}[-1,1]", holiday.name())));
    }
    all.push((weekdays(periods), "weekdays".to_owned()));
    Ok(all)
}

/// Weekdays of each period less their mean over the 28 years after which the civil calendar repeats itself (within the
/// years 1901 to 2099), which is season. The five-day week throughout.
fn weekdays(periods: &[Period]) -> Vec<f64> {
    const YEARS: std::ops::Range<i32> = 2000..2028;
    use chrono::Datelike;
    let count = |Period { start, months }: Period| match start.checked_add_months(chrono::Months::new(months)) {
        Some(end) => working::five_day_weekdays(start, end),
        None => 0.0,
    };
    let mut means: [Option<f64>; 12] = [None; 12];
    let centred = |period: &Period| {
        let mean = *means[period.start.month0() as usize].get_or_insert_with(|| {
            let same = YEARS.filter_map(|year| NaiveDate::from_ymd_opt(year, period.start.month(), 1));
            let counts = same.map(|start| count(Period { start, months: period.months }));
            counts.sum::<f64>() / YEARS.len() as f64
        });
        count(*period) - mean
    };
    periods.iter().map(centred).collect()
}

impl Effects {
    /// The same effects, each of which changes with time along straight lines between `knots` evenly spread ones. Customs
    /// change: what the festival did to trade in the eighties it did not do after the entry into the WTO.
    fn evolving(&self, knots: usize) -> Effects {
        if knots < 2 {
            return self.clone();
        }
        let mut effects = Effects::default();
        for (column, name) in self.columns.iter().zip(&self.names) {
            let spacing = (column.len() - 1).max(1) as f64 / (knots - 1) as f64;
            for knot in 0..knots {
                let weight = |t: usize| (1.0 - (t as f64 / spacing - knot as f64).abs()).max(0.0);
                let part = column.iter().enumerate().map(|(t, value)| value * weight(t)).collect();
                effects.push(part, format!("{name} {}/{knots}", knot + 1));
            }
        }
        effects
    }

    fn push(&mut self, column: Vec<f64>, name: String) {
        // A quarter that always holds the whole window knows no effect.
        if column.iter().any(|value| value.abs() > 1e-9) {
            self.columns.push(column);
            self.names.push(name);
        }
    }
}
