//! Terms of the Chinese calendar, in groups that stay or go together.

use std::ops::Range;

use super::columns::{LeftOut, Reason};
use super::steps::Steps;
use super::{days, months};
use crate::forecast::Error;
use crate::forecast::adjust::airline::{Airline, regress, regress_open};
use crate::forecast::holidays::Holiday;
use crate::forecast::statistics::f_tail;

/// What a group of terms is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Holiday(Holiday),
    /// The number of Mondays to Fridays in a month or quarter.
    Weekdays,
    /// Days off during the week, and weekend days worked.
    RestDays,
}

impl Group {
    pub const HOLIDAYS: [Group; 3] = [
        Group::Holiday(Holiday::SpringFestival),
        Group::Holiday(Holiday::DragonBoat),
        Group::Holiday(Holiday::MidAutumn),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::HOLIDAYS.into_iter().chain([Group::Weekdays, Group::RestDays]).find(|group| group.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Group::Holiday(holiday) => holiday.name(),
            Group::Weekdays => "weekdays",
            Group::RestDays => "rest_days",
        }
    }
}

/// The columns of a group over history and horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    pub group: Group,
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
    /// Tail probability of the F-test that the group explains nothing beside the rest.
    pub p: f64,
}

/// A group stays below this tail probability. Windows are tried by the dozen, so the usual 5 % would keep what is chance.
const SIGNIFICANT: f64 = 0.001;

/// The groups that explain `z`, the values of the places `history`, beside the `fixed` columns, and those that do not.
///
/// # Errors
/// Steps in years whose holidays are not known.
pub fn find(
    z: &[f64],
    fixed: &[Vec<f64>],
    steps: &Steps,
    history: &Range<usize>,
    period: usize,
) -> Result<(Vec<Terms>, Vec<LeftOut>), Error> {
    let (mut kept, mut left_out) = match steps {
        Steps::Months(periods) => months::offered(z, fixed, &periods[history.start..], period)?,
        Steps::Days(days) => days::offered(&days[history.start..], z.len())?,
    };
    while let Some((weakest, p)) = test(z, fixed, &mut kept, period) {
        let name = kept.remove(weakest).group.name().to_owned();
        left_out.push(LeftOut { name, reason: Reason::NotSignificant { p } });
    }
    Ok((kept, left_out))
}

/// Puts the tail probabilities into the groups; the least significant group, if it is to go.
fn test(z: &[f64], fixed: &[Vec<f64>], groups: &mut [Terms], period: usize) -> Option<(usize, f64)> {
    let without = |leave: Option<usize>| -> Vec<Vec<f64>> {
        let kept = groups.iter().enumerate().filter(|(place, _)| Some(*place) != leave);
        let columns = fixed.iter().chain(kept.flat_map(|(_, group)| &group.columns));
        columns.map(|column| column[..z.len()].to_vec()).collect()
    };
    let tail = |errors: Airline, leave: usize| {
        let (with, without) =
            (regress_open(z, &without(None), errors)?.fit, regress_open(z, &without(Some(leave)), errors)?.fit);
        let more = (without.freedom - with.freedom) as f64;
        let f = (without.rss - with.rss) / more / (with.rss / with.freedom as f64);
        Some(f_tail(f, more, with.freedom as f64))
    };
    let errors = regress(z, &without(None), period).map(|regression| regression.errors);
    let tails: Vec<f64> = (0..groups.len())
        .map(|place| errors.and_then(|errors| tail(errors, place)).filter(|p| !p.is_nan()).unwrap_or(1.0))
        .collect();
    groups.iter_mut().zip(&tails).for_each(|(group, p)| group.p = *p);
    let weakest = tails.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    weakest.filter(|(_, p)| *p >= SIGNIFICANT)
}

/// Adds a column to its group.
pub fn push(all: &mut Vec<Terms>, group: Group, column: Vec<f64>, name: String) {
    match all.iter_mut().find(|terms| terms.group == group) {
        Some(terms) => {
            terms.columns.push(column);
            terms.names.push(name);
        }
        None => all.push(Terms { group, names: vec![name], columns: vec![column], p: f64::NAN }),
    }
}

/// The groups that are not among those, each with a reason.
pub fn missing(wanted: &[Group], found: &[Terms], reason: Reason) -> Vec<LeftOut> {
    let missing = wanted.iter().filter(|group| !found.iter().any(|terms| terms.group == **group));
    missing.map(|group| LeftOut { name: group.name().to_owned(), reason }).collect()
}
