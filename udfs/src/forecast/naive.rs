//! The benchmarks every other model has to beat: the last value, or the value one season ago.
//!
//! Variances: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., table 5.2.

use super::interval::variance;
use super::model::Forecast;

/// A random walk: the last value, with variance growing by the step.
pub fn naive(y: &[f64], horizon: usize) -> Forecast {
    named(y, 1, horizon, "naive")
}

/// The value of the same season in the last cycle; the last value when there is no season.
pub fn seasonal(y: &[f64], period: usize, horizon: usize) -> Forecast {
    let spec = if period > 1 { format!("snaive({period})") } else { "naive".to_owned() };
    named(y, period, horizon, &spec)
}

/// The last value and the mean change per step, whose uncertainty adds to that of the steps.
pub fn drift(y: &[f64], horizon: usize) -> Forecast {
    drift_by(y, mean_change(y), horizon)
}

/// The mean change per step; zero for a single value.
pub fn mean_change(y: &[f64]) -> f64 {
    let [first, .., last] = y else { return 0.0 };
    (last - first) / (y.len() - 1) as f64
}

/// The same with a mean change that is known.
pub fn drift_by(y: &[f64], slope: f64, horizon: usize) -> Forecast {
    let [_, .., last] = y else { return naive(y, horizon) };
    let changes = (y.len() - 1) as f64;
    let sigma2 = variance(y.windows(2).map(|pair| pair[1] - pair[0] - slope), 1);
    let steps = || (1..=horizon).map(|h| h as f64);
    let deviation: Vec<f64> = steps().map(|h| (sigma2 * h * (1.0 + h / changes)).sqrt()).collect();
    Forecast::normal(steps().map(|h| last + h * slope).collect(), &deviation, "drift")
}

/// A series that never changed is expected not to change; its errors were all zero.
pub fn constant(value: f64, horizon: usize) -> Forecast {
    Forecast::normal(vec![value; horizon], &vec![0.0; horizon], "constant")
}

fn named(y: &[f64], period: usize, horizon: usize, spec: &str) -> Forecast {
    let cycle = &y[y.len().saturating_sub(period)..];
    let mean = (0..horizon).map(|h| cycle[h % cycle.len()]).collect();
    let errors = y.iter().zip(y.iter().skip(period)).map(|(before, now)| now - before);
    let sigma2 = variance(errors, 0);
    let deviation: Vec<f64> = (0..horizon).map(|h| (sigma2 * (h / period + 1) as f64).sqrt()).collect();
    Forecast::normal(mean, &deviation, spec)
}
