//! Several seasons at once: taken off by MSTL, the rest forecast by exponential smoothing, and the last cycle of each season
//! put on again.
//!
//! Bandara, Hyndman & Bergmeir, MSTL: A seasonal-trend decomposition algorithm for time series with multiple seasonal
//! patterns (2021); Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 12.1.

#[cfg(test)]
mod tests;

use super::model::Forecast;
use super::{ets, stl, stlf};

/// With one period that fits twice into `y`, or none, this is [`stlf::forecast`]. `y` has no gaps and a mean absolute value
/// near one. The intervals leave the seasons' own uncertainty out.
pub fn forecast(y: &[f64], periods: &[usize], horizon: usize) -> Forecast {
    let periods = fitting(periods, y.len());
    if let [] | [_] = periods[..] {
        return stlf::forecast(y, periods.first().copied().unwrap_or(1), horizon);
    }
    let parts = stl::mstl(y, &periods, false);
    let adjusted: Vec<f64> = parts.trend.iter().zip(&parts.remainder).map(|(trend, rest)| trend + rest).collect();
    let mut forecast = ets::forecast(&adjusted, 1, horizon);
    for (period, season) in &parts.seasonals {
        let last = &season[y.len() - period..];
        for values in [&mut forecast.mean, &mut forecast.lo, &mut forecast.hi] {
            values.iter_mut().enumerate().for_each(|(h, value)| *value += last[h % period]);
        }
    }
    let names: Vec<String> = parts.seasonals.iter().map(|(period, _)| period.to_string()).collect();
    forecast.spec = format!("MSTL({}) + {}", names.join(","), forecast.spec);
    forecast
}

/// Each period once, in ascending order, that fits twice into a series of `n` values.
pub fn fitting(periods: &[usize], n: usize) -> Vec<usize> {
    let mut periods: Vec<usize> =
        periods.iter().copied().filter(|period| *period > 1 && period.saturating_mul(2) <= n).collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}
