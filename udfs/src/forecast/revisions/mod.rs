//! Revisions: how published figures changed after their first release.
//!
//! The measures of revision analysis (Di Fonzo, The OECD project on revisions analysis, 2005): mean revision, mean absolute
//! revision, and whether the mean differs from zero, with an error that allows for autocorrelation (Newey & West, A simple,
//! positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix, Econometrica 55 (1987)).

#[cfg(test)]
mod tests;

use super::statistics::{mean, t_tail};

/// Statistics of revisions, in the order of their periods; `NaN` where there are too few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    pub count: usize,
    pub mean: f64,
    pub mean_absolute: f64,
    /// Ratio of the mean to its error.
    pub t: f64,
    /// Two-sided probability of such a ratio if the mean were zero.
    pub p: f64,
}

/// `revisions`: later less earlier figure, finite.
pub fn statistics(revisions: &[f64]) -> Statistics {
    let count = revisions.len();
    let centre = mean(revisions);
    let sizes: Vec<f64> = revisions.iter().map(|revision| revision.abs()).collect();
    let error = if count > 2 { (long_run_variance(revisions) / count as f64).sqrt() } else { f64::NAN };
    // Revisions that never differ have no error: zero is no bias, anything else is certain.
    let t = if error == 0.0 && centre == 0.0 { 0.0 } else { centre / error };
    let p = if t.is_infinite() { 0.0 } else { t_tail(t, count.saturating_sub(1) as f64) };
    Statistics { count, mean: centre, mean_absolute: mean(&sizes), t, p }
}

/// With Bartlett's weights over the usual number of lags, the whole part of 4 (n / 100)^(2 / 9).
fn long_run_variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let centre = mean(values);
    let covariance = |lag: usize| {
        let pairs = values.iter().zip(values.iter().skip(lag));
        pairs.map(|(a, b)| (a - centre) * (b - centre)).sum::<f64>() / n
    };
    let lags = (4.0 * (n / 100.0).powf(2.0 / 9.0)) as usize;
    let lags = lags.min(values.len().saturating_sub(1));
    let weighted = (1..=lags).map(|lag| 2.0 * (1.0 - lag as f64 / (lags + 1) as f64) * covariance(lag));
    // Positive in theory, not to the last bit.
    (covariance(0) + weighted.sum::<f64>()).max(0.0)
}
