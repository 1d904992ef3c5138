//! Regression with the errors of the airline model.
//!
//! Box & Jenkins's (0,1,1)(0,1,1) describes what is left of most seasonal series: after one ordinary and one seasonal
//! difference, moving averages with parameters θ and Θ. Series and regressors pass through the same difference and inverse
//! moving average, started with zeros (conditional least squares), and are then fitted by ordinary least squares: generalised
//! least squares without a matrix of covariances. Without a season, (0,1,1).

use crate::forecast::linear::{Fit, least_squares};

/// The errors' model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Airline {
    /// 1: no season.
    pub period: usize,
    pub theta: f64,
    pub seasonal_theta: f64,
}

/// A regression with these errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    pub errors: Airline,
    pub fit: Fit,
    /// Corrected Akaike criterion of the differenced series.
    pub aicc: f64,
}

impl Airline {
    /// Values that the differences take.
    pub fn lost(period: usize) -> usize {
        1 + if period > 1 { period } else { 0 }
    }

    /// The innovations of a column: differenced, and freed of the moving averages.
    pub fn innovations(&self, column: &[f64]) -> Vec<f64> {
        self.filter(difference(column, self.period))
    }

    /// The adjoint of [`Airline::innovations`]: for any column, its product with this is the product of its innovations with
    /// `residuals`.
    pub fn sent_back(&self, residuals: &[f64]) -> Vec<f64> {
        let mut reversed = self.filter(residuals.iter().rev().copied().collect());
        reversed.reverse();
        let lost = Airline::lost(self.period);
        let mut all = vec![0.0; residuals.len() + lost];
        for (place, value) in reversed.iter().enumerate() {
            let now = place + lost;
            all[now] += value;
            all[now - 1] -= value;
            if self.period > 1 {
                all[now - self.period] -= value;
                all[now - self.period - 1] += value;
            }
        }
        all
    }

    fn filter(&self, mut w: Vec<f64>) -> Vec<f64> {
        let (theta, seasonal, period) = (self.theta, self.seasonal_theta, self.period);
        for t in 0..w.len() {
            let back = |steps: usize| if t >= steps { w[t - steps] } else { 0.0 };
            let season = if period > 1 { seasonal * (back(period) - theta * back(period + 1)) } else { 0.0 };
            w[t] += theta * back(1) + season;
        }
        w
    }
}

fn difference(column: &[f64], period: usize) -> Vec<f64> {
    let by = |column: &[f64], lag: usize| -> Vec<f64> {
        column.iter().zip(column.iter().skip(lag)).map(|(before, now)| now - before).collect()
    };
    let once = by(column, 1);
    if period > 1 { by(&once, period) } else { once }
}

/// Fits `y` by `columns`, with the θ and Θ of smallest sum of squares. `None` when too few values are left.
pub fn regress(y: &[f64], columns: &[Vec<f64>], period: usize) -> Option<Regression> {
    let count = y.len().saturating_sub(Airline::lost(period));
    if count < columns.len() + 8 {
        return None;
    }
    let all = differences(y, columns, period);
    Some(regression(&all, best(period, |errors| fit(&all, errors).rss)))
}

/// Fits with given errors: quick, to compare columns.
pub fn regress_given(y: &[f64], columns: &[Vec<f64>], errors: Airline) -> Option<Regression> {
    let count = y.len().saturating_sub(Airline::lost(errors.period));
    (count >= columns.len() + 8).then(|| regression(&differences(y, columns, errors.period), errors))
}

/// Fits with given errors, the innovations before the start unknown instead of zero: as the differences take the first of
/// them in, the regression gets a column for each. Where parameters are near one, zeros are never forgotten, and a column
/// that begins with the series would stand in for what they miss. Of a series that is too short for so many columns, or with
/// a long season, the start is zero as in [`regress_given`].
pub fn regress_open(y: &[f64], columns: &[Vec<f64>], errors: Airline) -> Option<Regression> {
    const LOST_MAX: usize = 25;
    let lost = Airline::lost(errors.period);
    let count = y.len().saturating_sub(lost);
    if lost > LOST_MAX || count < columns.len() + lost + 8 {
        return regress_given(y, columns, errors);
    }
    let mut all = differences(y, columns, errors.period);
    all.extend((0..lost).map(|place| (0..count).map(|t| f64::from(u8::from(t == place))).collect()));
    Some(regression(&all, errors))
}

/// The series and then the columns.
fn differences(y: &[f64], columns: &[Vec<f64>], period: usize) -> Vec<Vec<f64>> {
    std::iter::once(y).chain(columns.iter().map(Vec::as_slice)).map(|column| difference(column, period)).collect()
}

fn fit(all: &[Vec<f64>], errors: &Airline) -> Fit {
    let filtered: Vec<Vec<f64>> = all.iter().map(|column| errors.filter(column.clone())).collect();
    let x: Vec<&[f64]> = filtered[1..].iter().map(Vec::as_slice).collect();
    least_squares(&x, &filtered[0])
}

fn regression(all: &[Vec<f64>], errors: Airline) -> Regression {
    let fit = fit(all, &errors);
    let parameters = (all.len() + 1 + usize::from(errors.period > 1)) as f64;
    let n = fit.residuals.len() as f64;
    let aicc = n * (fit.rss / n).max(f64::MIN_POSITIVE).ln() + 2.0 * parameters * n / (n - parameters - 1.0).max(1.0);
    Regression { errors, fit, aicc }
}

/// By turns, each parameter on a grid around the best so far that gets finer. Near one a season would be fixed, and the
/// zeros that the filter starts with would never be forgotten.
fn best(period: usize, rss: impl Fn(&Airline) -> f64) -> Airline {
    const LIMIT: f64 = 0.95;
    const STEPS: [f64; 4] = [0.4, 0.2, 0.1, 0.05];
    let mut best = Airline { period, theta: 0.3, seasonal_theta: if period > 1 { 0.5 } else { 0.0 } };
    let mut least = rss(&best);
    for step in STEPS {
        for (theta, seasonal) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)].repeat(2) {
            let tried = Airline {
                period,
                theta: (best.theta + theta).clamp(-LIMIT, LIMIT),
                seasonal_theta: (best.seasonal_theta + seasonal).clamp(-LIMIT, LIMIT),
            };
            if (period == 1 && seasonal != 0.0) || tried == best {
                continue;
            }
            let found = rss(&tried);
            if found < least {
                (best, least) = (tried, found);
            }
        }
    }
    best
}
