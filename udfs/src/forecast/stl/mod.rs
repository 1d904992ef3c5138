//! Seasonal-trend decomposition by loess.
//!
//! Cleveland, Cleveland, McRae & Terpenning, STL: A seasonal-trend decomposition procedure based on loess, J. Official
//! Statistics 6 (1990), below "the paper"; without its robustness weights.

pub mod loess;

#[cfg(test)]
mod tests;

use loess::smooth;

/// `trend + season + remainder` is the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub trend: Vec<f64>,
    pub season: Vec<f64>,
    pub remainder: Vec<f64>,
}

/// Cycles over which a seasonal index is smoothed: lets a season change slowly.
const SEASONAL_WINDOW: usize = 11;
/// Passes of the paper's inner loop.
const PASSES: usize = 2;

/// The parts of `y`, which has no gaps and at least two cycles of `period` > 1 steps.
pub fn decompose(y: &[f64], period: usize) -> Parts {
    let mut trend = vec![0.0; y.len()];
    let mut season = vec![0.0; y.len()];
    let trend_window = odd((1.5 * period as f64 / (1.0 - 1.5 / SEASONAL_WINDOW as f64)).ceil() as usize);
    for _ in 0..PASSES {
        let detrended: Vec<f64> = y.iter().zip(&trend).map(|(y, trend)| y - trend).collect();
        let cycle = cycle_subseries(&detrended, period);
        let low = low_pass(&cycle, period);
        season = cycle[period..period + y.len()].iter().zip(&low).map(|(c, low)| c - low).collect();
        let adjusted: Vec<f64> = y.iter().zip(&season).map(|(y, season)| y - season).collect();
        trend = loess(&adjusted, trend_window, true);
    }
    let remainder = y.iter().zip(&trend).zip(&season).map(|((y, trend), season)| y - trend - season).collect();
    Parts { trend, season, remainder }
}

impl Parts {
    /// 1 − Var(remainder) / Var(season + remainder), from 0 to 1 (Wang, Smith & Hyndman, 2006).
    pub fn seasonal_strength(&self) -> f64 {
        let detrended: Vec<f64> = self.season.iter().zip(&self.remainder).map(|(s, r)| s + r).collect();
        let whole = variance(&detrended);
        if whole > 0.0 { (1.0 - variance(&self.remainder) / whole).max(0.0) } else { 0.0 }
    }
}

/// Each place of the cycle smoothed over the years and extended by one year at either end (the paper, section 3.4).
fn cycle_subseries(y: &[f64], period: usize) -> Vec<f64> {
    let mut extended = vec![0.0; y.len() + 2 * period];
    for place in 0..period {
        let years: Vec<f64> = y.iter().skip(place).step_by(period).copied().collect();
        for year in 0..years.len() + 2 {
            extended[place + year * period] = smooth(&years, None, SEASONAL_WINDOW, false, year as f64 - 1.0);
        }
    }
    extended
}

/// Moving averages of one cycle, one cycle, and three steps, then loess: what of a season is really trend.
fn low_pass(cycle: &[f64], period: usize) -> Vec<f64> {
    let averaged = moving_average(&moving_average(&moving_average(cycle, period), period), 3);
    loess(&averaged, odd(period), true)
}

fn moving_average(y: &[f64], width: usize) -> Vec<f64> {
    y.windows(width).map(|window| window.iter().sum::<f64>() / width as f64).collect()
}

fn loess(y: &[f64], window: usize, linear: bool) -> Vec<f64> {
    (0..y.len()).map(|at| smooth(y, None, window, linear, at as f64)).collect()
}

fn odd(n: usize) -> usize {
    n + usize::from(n.is_multiple_of(2))
}

fn variance(y: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    y.iter().map(|value| (value - mean) * (value - mean)).sum()
}
