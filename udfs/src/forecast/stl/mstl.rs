//! MSTL: several seasons at once.
//!
//! Bandara, Hyndman & Bergmeir, MSTL: A seasonal-trend decomposition algorithm for time series with multiple seasonal
//! patterns (2021), algorithm 1: STL by turns for each period, from the shortest, on the series without the other seasons.

use super::{Settings, stl, trend_alone};

/// `y` = trend + all of the seasons + remainder.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub trend: Vec<f64>,
    /// Period and season, from the shortest; periods that do not fit twice into the series are left out.
    pub seasonals: Vec<(usize, Vec<f64>)>,
    pub remainder: Vec<f64>,
}

/// Twice by turns, with a window of 7 cycles for the shortest season and 4 more for each that follows (section 2 there).
pub fn mstl(y: &[f64], periods: &[usize], robust: bool) -> Parts {
    const TURNS: usize = 2;
    let mut periods: Vec<usize> =
        periods.iter().copied().filter(|p| *p > 1 && p.saturating_mul(2) <= y.len()).collect();
    periods.sort_unstable();
    periods.dedup();
    let mut seasonals: Vec<(usize, Vec<f64>)> = periods.iter().map(|period| (*period, vec![0.0; y.len()])).collect();
    let mut adjusted = y.to_vec();
    let mut trend = None;
    for _ in 0..TURNS {
        for (place, (period, seasonal)) in seasonals.iter_mut().enumerate() {
            adjusted.iter_mut().zip(&*seasonal).for_each(|(adjusted, season)| *adjusted += season);
            let Some(parts) = stl(&adjusted, &Settings::new(*period, Some(7 + 4 * place), robust)) else { continue };
            adjusted.iter_mut().zip(&parts.seasonal).for_each(|(adjusted, season)| *adjusted -= season);
            (*seasonal, trend) = (parts.seasonal, Some(parts.trend));
        }
    }
    let trend = trend.unwrap_or_else(|| trend_alone(y));
    let remainder = (0..y.len()).map(|t| y[t] - trend[t] - seasonals.iter().map(|(_, season)| season[t]).sum::<f64>());
    Parts { remainder: remainder.collect(), trend, seasonals }
}
