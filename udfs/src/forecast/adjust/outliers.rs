//! Outliers: single values and shifts of level, found one after the other.
//!
//! Chang, Tiao & Chen, Estimation of time series parameters in the presence of outliers, Technometrics 30 (1988), with a
//! robust standard error as in X-12-ARIMA (Findley & others, 1998, section 3.3).

use super::airline::{Airline, Regression, ratio, regress};
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

/// Adds outliers to the regression of `y` on `columns` while one is significant, at most one in twenty values.
pub fn find(y: &[f64], columns: &[Vec<f64>], period: usize) -> Option<(Vec<Outlier>, Regression)> {
    let mut found: Vec<Outlier> = vec![];
    let mut regression = regress(y, columns, period)?;
    while found.len() < y.len() / 20 {
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

fn strongest(length: usize, regression: &Regression, found: &[Outlier]) -> Option<Outlier> {
    let residuals = &regression.fit.residuals;
    let sigma = 1.4826 * median(&residuals.iter().map(|value| value.abs()).collect::<Vec<_>>());
    let lost = Airline::lost(regression.errors.period);
    let mut best = (CRITICAL, None);
    for kind in [Kind::Additive, Kind::LevelShift] {
        // The response to an outlier at any place is the same, moved.
        let impulse = Outlier { place: lost, kind }.column(length + lost);
        let response = regression.errors.innovations(&impulse);
        for place in 1..length {
            let effect: Vec<f64> = match place.checked_sub(lost) {
                Some(behind) => {
                    std::iter::repeat_n(0.0, behind).chain(response.iter().copied()).take(residuals.len()).collect()
                }
                None => regression.errors.innovations(&Outlier { place, kind }.column(length)),
            };
            let outlier = Outlier { place, kind };
            let strength = ratio(&effect, residuals, sigma).abs();
            if strength > best.0 && !found.contains(&outlier) {
                best = (strength, Some(outlier));
            }
        }
    }
    best.1
}

/// The outlier of smallest ratio, if that is not significant.
fn weakest(regression: &Regression, first: usize) -> Option<usize> {
    let ratios = regression.fit.t.iter().skip(first).map(|t| t.abs()).enumerate();
    ratios.filter(|(_, t)| *t < CRITICAL).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}
