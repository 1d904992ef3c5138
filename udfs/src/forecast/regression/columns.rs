//! Columns as they are given, and as a regression can use them.

use std::fmt;
use std::ops::Range;

use crate::forecast::Error;
use crate::forecast::adjust::airline::Airline;
use crate::forecast::linear::least_squares;
use crate::forecast::statistics::median;

/// A regressor: one value per step of the history and of the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub values: Vec<f64>,
}

/// A regressor that is not in the model.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    pub name: String,
    pub reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// It has one value in the whole history.
    Constant,
    /// Level, trend and season explain it: they cannot be told apart.
    Absorbed,
    /// Regressors before it explain it.
    Dependent,
    /// Its terms do not lower Akaike's corrected criterion.
    Refused,
    /// Tail probability of the F-test that it explains nothing.
    NotSignificant { p: f64 },
    /// The history is too short to tell its effect from the season.
    TooShort,
    /// The arrangement of rest days is not known for every day.
    Unknown,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Constant => f.write_str("does not vary in the history"),
            Reason::Absorbed => f.write_str("cannot be told from level, trend and season"),
            Reason::Dependent => f.write_str("is explained by the regressors before it"),
            Reason::Refused => f.write_str("does not lower the information criterion"),
            Reason::NotSignificant { p } => write!(f, "explains nothing that chance would not (F-test, p = {p:.3})"),
            Reason::TooShort => f.write_str("cannot be told from the season in so short a history"),
            Reason::Unknown => f.write_str("is not known for every day"),
        }
    }
}

/// A column brought to a range near one: value = `centre` + `scale` · entry of `values`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub name: String,
    pub values: Vec<f64>,
    /// The median of the history: what the effect is measured from. Of a column that is mostly zero, zero.
    pub centre: f64,
    pub scale: f64,
}

/// The columns that can be estimated on the places `history`, in order, and those that cannot. Level, trend and season are
/// what differences over a step and over `period` take away.
///
/// # Errors
/// A column whose length is not `length`, or with a value that is not finite behind the start of the history.
pub fn prepare(
    columns: &[Column],
    length: usize,
    history: &Range<usize>,
    period: usize,
) -> Result<(Vec<Prepared>, Vec<LeftOut>), Error> {
    let (mut usable, mut left_out): (Vec<Prepared>, Vec<LeftOut>) = (vec![], vec![]);
    // Of the usable columns, differenced.
    let mut changes: Vec<Vec<f64>> = vec![];
    for column in columns {
        check(column, length, history.start)?;
        let found = prepared(column, history).and_then(|prepared| {
            let change = change(&prepared.values[history.clone()], period)?;
            if is_dependent(&changes, &change) { Err(Reason::Dependent) } else { Ok((prepared, change)) }
        });
        match found {
            Ok((prepared, change)) => {
                usable.push(prepared);
                changes.push(change);
            }
            Err(reason) => left_out.push(LeftOut { name: column.name.clone(), reason }),
        }
    }
    Ok((usable, left_out))
}

fn check(column: &Column, length: usize, first: usize) -> Result<(), Error> {
    let Column { name, values } = column;
    if values.len() != length {
        let found = values.len();
        return Err(Error::Option(format!("regressor `{name}` has {found} values for {length} steps")));
    }
    match values.iter().skip(first).position(|value| !value.is_finite()) {
        Some(place) => {
            Err(Error::Option(format!("regressor `{name}` has no finite value at step {}", first + place + 1)))
        }
        None => Ok(()),
    }
}

fn prepared(column: &Column, history: &Range<usize>) -> Result<Prepared, Reason> {
    let seen = &column.values[history.clone()];
    let low = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let high = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halves, so that the distance of the largest numbers is one too.
    let scale = high / 2.0 - low / 2.0;
    if !scale.is_normal() {
        return Err(Reason::Constant);
    }
    let centre = median(seen);
    let values = column.values.iter().map(|value| value / scale - centre / scale).collect();
    Ok(Prepared { name: column.name.clone(), values, centre, scale })
}

/// The differenced column, if more than rounding is left of it.
fn change(values: &[f64], period: usize) -> Result<Vec<f64>, Reason> {
    const ROUNDING: f64 = 1e-9;
    let change = Airline { period, theta: 0.0, seasonal_theta: 0.0 }.innovations(values);
    let largest = change.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest > ROUNDING { Ok(change) } else { Err(Reason::Absorbed) }
}

/// Whether a regression on the columns before leaves nothing but rounding.
fn is_dependent(before: &[Vec<f64>], column: &[f64]) -> bool {
    const ROUNDING: f64 = 1e-9;
    let x: Vec<&[f64]> = before.iter().map(Vec::as_slice).collect();
    let squares: f64 = column.iter().map(|value| value * value).sum();
    !before.is_empty() && least_squares(&x, column).rss <= ROUNDING * squares
}
