//! Features: what a series is like, in a few numbers.
//!
//! Hyndman, Wang & Laptev, Large-scale unusual time series detection (ICDM workshops, 2015), and Wang, Smith & Hyndman,
//! Characteristic-based clustering for time series data, Data Mining and Knowledge Discovery 13 (2006); intermittence after
//! Syntetos, Boylan & Croston, J. Operational Research Society 56 (2005).

#[cfg(test)]
mod tests;

use super::series::Series;
use super::statistics::{autocorrelation, mean, variance};
use super::stl::{Settings, stl, trend_alone};
use super::{Error, statistics};

/// Names and values, in their order; `NaN` where a series is too short or has no such thing.
pub type Features = Vec<(&'static str, f64)>;

/// The features of `y`, one element per step, `NaN` for a missing one.
///
/// # Errors
/// No value, or an infinite one.
pub fn features(y: &[f64], period: usize) -> Result<Features, Error> {
    let series = Series::new(y, period)?;
    let filled = &series.filled;
    let standard = standardised(filled);
    let differences: Vec<f64> = filled.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let correlation =
        |values: &[f64], lag: usize| if values.len() > lag { autocorrelation(values, lag) } else { f64::NAN };
    let mut all = vec![
        ("length", y.len() as f64),
        ("missing", (y.len() - series.n_obs) as f64),
        ("period", series.period as f64),
        ("mean", mean(filled) * series.scale),
        ("deviation", variance(filled).sqrt() * series.scale),
        ("median", statistics::median(filled) * series.scale),
        ("acf1", correlation(filled, 1)),
        ("acf10", (1..=10).map(|lag| correlation(filled, lag).powi(2)).sum()),
        ("diff_acf1", correlation(&differences, 1)),
        ("seasonal_acf", if series.period > 1 { correlation(filled, series.period) } else { f64::NAN }),
        ("entropy", entropy(&standard)),
        ("crossings", crossings(filled) as f64),
        ("flat", longest_flat(&standard) as f64),
        ("lumpiness", tiles(&standard, tile(series.period), variance).map_or(f64::NAN, |each| variance(&each))),
        ("stability", tiles(&standard, tile(series.period), mean).map_or(f64::NAN, |each| variance(&each))),
    ];
    all.extend(strengths(filled, series.period));
    all.extend(intermittence(y));
    Ok(all)
}

/// The mean taken off, then divided by the deviation; zeros for a constant.
fn standardised(y: &[f64]) -> Vec<f64> {
    let (centre, deviation) = (mean(y), variance(y).sqrt());
    y.iter().map(|value| if deviation > 0.0 { (value - centre) / deviation } else { 0.0 }).collect()
}

/// How much of what remains trend and season explain (Wang & others): one less the ratio of variances, not below zero.
fn strengths(y: &[f64], period: usize) -> Features {
    let parts = stl(y, &Settings::new(period, Some(13), false));
    let trend = parts.as_ref().map_or_else(|| trend_alone(y), |parts| parts.trend.clone());
    let season = parts.as_ref().map_or_else(|| vec![0.0; y.len()], |parts| parts.seasonal.clone());
    let rest: Vec<f64> = (0..y.len()).map(|t| y[t] - trend[t] - season[t]).collect();
    let strength = |part: &[f64]| {
        let with: Vec<f64> = part.iter().zip(&rest).map(|(part, rest)| part + rest).collect();
        let total = variance(&with);
        if total > 1e-20 { (1.0 - variance(&rest) / total).max(0.0) } else { 0.0 }
    };
    let (centre, spread) = (mean(&rest), variance(&rest));
    let spikes: Vec<f64> = rest.iter().map(|value| without(*value, centre, spread, rest.len() as f64)).collect();
    vec![
        ("trend_strength", strength(&trend)),
        ("seasonal_strength", if parts.is_some() { strength(&season) } else { f64::NAN }),
        ("spike", variance(&spikes)),
    ]
}

/// The variance of `n` values without one of them.
fn without(value: f64, centre: f64, variance: f64, n: f64) -> f64 {
    (variance * n - (value - centre).powi(2) * n / (n - 1.0)) / (n - 1.0)
}

/// Shannon's entropy of the periodogram, 0 (one wave) to 1 (noise).
fn entropy(standard: &[f64]) -> f64 {
    // A power per frequency costs a pass over the series.
    const FREQUENCIES_MAX: usize = 256;
    let n = standard.len();
    let count = (n / 2).min(FREQUENCIES_MAX);
    if count < 2 {
        return f64::NAN;
    }
    let power = |frequency: usize| {
        // Spread over all frequencies where there are more than are looked at.
        let turns = (frequency * (n / 2) / count) as f64;
        let angle = |t: usize| std::f64::consts::TAU * turns * t as f64 / n as f64;
        let sums = standard.iter().enumerate().map(|(t, value)| (value * angle(t).cos(), value * angle(t).sin()));
        let (re, im) = sums.fold((0.0, 0.0), |(re, im), (a, b)| (re + a, im + b));
        re * re + im * im
    };
    let powers: Vec<f64> = (1..=count).map(power).collect();
    let total: f64 = powers.iter().sum();
    let shares = powers.iter().map(|power| power / total).filter(|share| *share > 0.0);
    if total > 0.0 { -shares.map(|share| share * share.ln()).sum::<f64>() / (count as f64).ln() } else { f64::NAN }
}

/// How often the series crosses its median.
fn crossings(y: &[f64]) -> usize {
    let middle = statistics::median(y);
    y.windows(2).filter(|pair| (pair[0] <= middle) != (pair[1] <= middle)).count()
}

/// The longest run within one tenth of the range.
fn longest_flat(standard: &[f64]) -> usize {
    let low = standard.iter().copied().fold(f64::INFINITY, f64::min);
    let range = standard.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    let tenth = |value: f64| if range > 0.0 { (((value - low) / range * 10.0) as usize).min(9) } else { 0 };
    let (mut longest, mut run) = (1, 1);
    for pair in standard.windows(2) {
        run = if tenth(pair[0]) == tenth(pair[1]) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

fn tile(period: usize) -> usize {
    if period > 1 { period } else { 10 }
}

/// A statistic of each whole tile; `None` for fewer than two.
fn tiles(values: &[f64], length: usize, of: fn(&[f64]) -> f64) -> Option<Vec<f64>> {
    let each: Vec<f64> = values.chunks_exact(length).map(of).collect();
    (each.len() > 1).then_some(each)
}

/// The mean interval between demands, and the squared coefficient of variation of their sizes.
fn intermittence(y: &[f64]) -> Features {
    let present: Vec<f64> = y.iter().copied().filter(|value| !value.is_nan()).collect();
    let demands: Vec<f64> = present.iter().copied().filter(|value| *value != 0.0).collect();
    let variation = variance(&demands) / mean(&demands).powi(2);
    vec![
        ("zeros", 1.0 - demands.len() as f64 / present.len() as f64),
        ("interval", if demands.is_empty() { f64::NAN } else { present.len() as f64 / demands.len() as f64 }),
        ("variation", variation),
    ]
}
