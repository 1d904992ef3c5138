//! Outliers: single values and shifts of level, found one after the other.
//!
//! Chang, Tiao & Chen, Estimation of time series parameters in the presence of outliers, Technometrics 30 (1988), with a
//! robust standard error as in X-12-ARIMA (Findley & others, 1998, section 3.3).

use super::airline::{Airline, Regression, regress};
use crate::forecast::linear::dot;
use crate::forecast::statistics::median;

/// Something that happened at one place of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlier {
    pub place: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One value.
    Additive,
    /// All values from there on.
    LevelShift,
}

impl Outlier {
    pub fn column(&self, length: usize) -> Vec<f64> {
        let is_on = |t: usize| match self.kind {
            Kind::Additive => t == self.place,
            Kind::LevelShift => t >= self.place,
        };
        (0..length).map(|t| f64::from(u8::from(is_on(t)))).collect()
    }
}

/// Students' ratio an outlier must have: the default of X-12-ARIMA for ten to thirty years of months is 3.9 to 4.1.
const CRITICAL: f64 = 4.0;

/// Each outlier costs a regression with one more column.
const OUTLIERS_MAX: usize = 24;

/// Adds outliers to the regression of `y` on `columns` while one is significant, at most one in twenty values.
pub fn find(y: &[f64], columns: &[Vec<f64>], period: usize) -> Option<(Vec<Outlier>, Regression)> {
    let mut found: Vec<Outlier> = vec![];
    let mut regression = regress(y, columns, period)?;
    while found.len() < (y.len() / 20).min(OUTLIERS_MAX) {
        let Some(next) = strongest(y.len(), &regression, &found) else { break };
        found.push(next);
        let Some(better) = regress(y, &with(columns, &found, y.len()), period) else {
            found.pop();
            break;
        };
        regression = better;
    }
    // What was only significant next to what came later goes again.
    while let Some(weakest) = weakest(&regression, columns.len()) {
        found.remove(weakest);
        regression = regress(y, &with(columns, &found, y.len()), period)?;
    }
    Some((found, regression))
}

/// The columns of a regression with outliers.
pub fn with(columns: &[Vec<f64>], outliers: &[Outlier], length: usize) -> Vec<Vec<f64>> {
    columns.iter().cloned().chain(outliers.iter().map(|outlier| outlier.column(length))).collect()
}

/// The place and kind of largest ratio above the critical one. The product of an effect with the residuals is that of the
/// outlier itself with the residuals sent back through filter and difference, so all places cost one pass.
fn strongest(length: usize, regression: &Regression, found: &[Outlier]) -> Option<Outlier> {
    let (errors, residuals) = (&regression.errors, &regression.fit.residuals);
    let sigma = 1.4826 * median(&residuals.iter().map(|value| value.abs()).collect::<Vec<_>>());
    let of_values = errors.sent_back(residuals);
    let mut of_shifts = of_values.clone();
    (1..length).rev().for_each(|place| of_shifts[place - 1] += of_shifts[place]);
    let mut best = (CRITICAL, None);
    for (kind, products) in [(Kind::Additive, of_values), (Kind::LevelShift, of_shifts)] {
        let sizes = sizes(length, errors, kind);
        for place in 1..length {
            let outlier = Outlier { place, kind };
            let error = sizes[place].sqrt() * sigma;
            let ratio = if error > 0.0 { (products[place] / error).abs() } else { 0.0 };
            if ratio > best.0 && !found.contains(&outlier) {
                best = (ratio, Some(outlier));
            }
        }
    }
    best.1
}

/// The sum of squares of the effect of an outlier at each place. Behind the values that the differences take, the effect is
/// the same, moved.
fn sizes(length: usize, errors: &Airline, kind: Kind) -> Vec<f64> {
    let lost = Airline::lost(errors.period);
    let effect = |place: usize| errors.innovations(&Outlier { place, kind }.column(length));
    let first = effect(lost);
    let mut running = 0.0;
    let sums: Vec<f64> = first
        .iter()
        .map(|value| {
            running += value * value;
            running
        })
        .collect();
    let size = |place: usize| match place.checked_sub(lost) {
        Some(behind) => sums.get(sums.len().wrapping_sub(1 + behind)).copied().unwrap_or(0.0),
        None => dot(&effect(place), &effect(place)),
    };
    (0..length).map(size).collect()
}

/// The outlier of smallest ratio, if that is not significant.
fn weakest(regression: &Regression, first: usize) -> Option<usize> {
    let ratios = regression.fit.t.iter().skip(first).map(|t| t.abs()).enumerate();
    ratios.filter(|(_, t)| *t < CRITICAL).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}
