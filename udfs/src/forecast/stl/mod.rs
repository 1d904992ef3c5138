//! STL: trend, season and remainder by local regression.
//!
//! Cleveland, Cleveland, McRae & Terpenning, STL: A seasonal-trend decomposition procedure based on loess, J. Official
//! Statistics 6 (1990), below "the paper". Every point is smoothed; nothing is interpolated between.

pub mod loess;
pub mod mstl;

#[cfg(test)]
mod tests;

pub use loess::Loess;
pub use mstl::mstl;

/// How to decompose. Windows are odd numbers of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Values in a season, at least 2.
    pub period: usize,
    /// Cycles over which the season may change (at least 7 in the paper); `None`: the same in every cycle.
    pub seasonal: Option<usize>,
    /// Degree of the lines by which the season is smoothed over the cycles, 0 or 1.
    pub seasonal_degree: usize,
    /// Values over which the trend is smoothed.
    pub trend: usize,
    /// Whether outliers are kept out of trend and season.
    pub robust: bool,
}

/// `y` = trend + seasonal + remainder.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub trend: Vec<f64>,
    pub seasonal: Vec<f64>,
    pub remainder: Vec<f64>,
}

impl Settings {
    /// With the smallest trend window that keeps the season out of the trend (the paper, section 3.4).
    pub fn new(period: usize, seasonal: Option<usize>, robust: bool) -> Self {
        let inflation = seasonal.map_or(1.0, |window| 1.0 - 1.5 / window.max(2) as f64);
        Settings { period, seasonal, seasonal_degree: 1, trend: next_odd(1.5 * period as f64 / inflation), robust }
    }
}

/// Decomposes a series without gaps; `None` when it is shorter than two periods or the period below 2.
pub fn stl(y: &[f64], settings: &Settings) -> Option<Parts> {
    let period = settings.period;
    if period < 2 || y.len() < period.checked_mul(2)? || y.iter().any(|value| !value.is_finite()) {
        return None;
    }
    // The paper, section 2.3: two passes of the inner loop, or one in each of a few robust rounds. A season that is a mean
    // over all cycles needs more, since its first pass sees the whole trend.
    let (rounds, passes) = match (settings.robust, settings.seasonal) {
        (true, _) => (ROBUST_ROUNDS, 1),
        (false, Some(_)) => (1, 2),
        (false, None) => (1, 6),
    };
    let mut weights = vec![];
    let mut trend = vec![0.0; y.len()];
    let mut seasonal = vec![0.0; y.len()];
    for round in 0..rounds {
        for _ in 0..passes {
            (trend, seasonal) = pass(y, &trend, &weights, settings);
        }
        if round + 1 < rounds {
            weights = bisquare(&remainder(y, &trend, &seasonal));
        }
    }
    let remainder = remainder(y, &trend, &seasonal);
    Some(Parts { trend, seasonal, remainder })
}

/// The parts of a series whose season changes slowly and has no trend of its own; not robust.
pub fn of_season(y: &[f64], period: usize) -> Option<Parts> {
    /// Cycles over which the season may change.
    const SEASONAL: usize = 11;
    stl(y, &Settings { seasonal_degree: 0, ..Settings::new(period, Some(SEASONAL), false) })
}

impl Parts {
    /// 1 − Var(remainder) / Var(seasonal + remainder), from 0 to 1 (Wang, Smith & Hyndman, 2006).
    pub fn seasonal_strength(&self) -> f64 {
        let detrended: Vec<f64> = self.seasonal.iter().zip(&self.remainder).map(|(s, r)| s + r).collect();
        let whole = squares(&detrended);
        if whole > 0.0 { (1.0 - squares(&self.remainder) / whole).max(0.0) } else { 0.0 }
    }
}

/// The sum of squares about the mean.
fn squares(y: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    y.iter().map(|value| (value - mean) * (value - mean)).sum()
}

/// "Ten or fifteen" in the paper, section 3.3.
const ROBUST_ROUNDS: usize = 15;

/// The trend of a series without season: robust local regression over a third of its values, from 7 to 301.
pub fn trend_alone(y: &[f64]) -> Vec<f64> {
    let loess = Loess { window: next_odd(y.len() as f64 / 3.0).clamp(7, 301), degree: 1 };
    let mut weights = vec![];
    for _ in 0..ROBUST_ROUNDS {
        let smooth = loess.smooth(y, &weights);
        weights = bisquare(&y.iter().zip(&smooth).map(|(y, smooth)| y - smooth).collect::<Vec<_>>());
    }
    loess.smooth(y, &weights)
}

/// One pass of the inner loop (the paper, section 2.2): trend and season from the last trend.
fn pass(y: &[f64], trend: &[f64], weights: &[f64], settings: &Settings) -> (Vec<f64>, Vec<f64>) {
    let (n, period) = (y.len(), settings.period);
    let detrended: Vec<f64> = y.iter().zip(trend).map(|(y, trend)| y - trend).collect();
    let cycles = smooth_cycles(&detrended, weights, settings);
    let low = moving_average(&moving_average(&moving_average(&cycles, period), period), 3);
    let low = Loess { window: next_odd(period as f64), degree: 1 }.smooth(&low, &[]);
    let seasonal: Vec<f64> = cycles[period..period + n].iter().zip(&low).map(|(cycle, low)| cycle - low).collect();
    let adjusted: Vec<f64> = y.iter().zip(&seasonal).map(|(y, seasonal)| y - seasonal).collect();
    let trend = Loess { window: settings.trend.max(3), degree: 1 }.smooth(&adjusted, weights);
    (trend, seasonal)
}

/// Each place of the cycle smoothed over the cycles, with one cycle more at either end.
fn smooth_cycles(detrended: &[f64], weights: &[f64], settings: &Settings) -> Vec<f64> {
    let (n, period) = (detrended.len(), settings.period);
    let loess = match settings.seasonal {
        Some(window) => Loess { window: window.max(3), degree: settings.seasonal_degree },
        // So wide that all cycles weigh the same.
        None => Loess { window: n.saturating_mul(1000), degree: 0 },
    };
    let mut cycles = vec![0.0; n + 2 * period];
    for place in 0..period {
        let pick = |from: &[f64]| from.iter().skip(place).step_by(period).copied().collect::<Vec<_>>();
        let (values, weights) = (pick(detrended), pick(weights));
        for cycle in 0..values.len() + 2 {
            cycles[place + cycle * period] = loess.at(cycle as f64 - 1.0, &values, &weights);
        }
    }
    cycles
}

fn moving_average(y: &[f64], length: usize) -> Vec<f64> {
    y.windows(length).map(|window| window.iter().sum::<f64>() / length as f64).collect()
}

/// Weights that fall to nothing at six medians of the absolute remainder (the paper, section 2.4).
pub fn bisquare(remainder: &[f64]) -> Vec<f64> {
    let mut sizes: Vec<f64> = remainder.iter().map(|value| value.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let limit = 6.0 * crate::forecast::statistics::median_of_sorted(&sizes);
    let weight = |value: &f64| match value.abs() / limit {
        ratio if ratio < 1.0 => (1.0 - ratio * ratio).powi(2),
        // Zero over zero: where most remainders vanish, those that do not are outliers.
        _ if *value == 0.0 => 1.0,
        _ => 0.0,
    };
    remainder.iter().map(weight).collect()
}

fn remainder(y: &[f64], trend: &[f64], seasonal: &[f64]) -> Vec<f64> {
    y.iter().zip(trend).zip(seasonal).map(|((y, trend), seasonal)| y - trend - seasonal).collect()
}

/// The smallest odd whole number not below `x`.
pub fn next_odd(x: f64) -> usize {
    let up = x.ceil().max(1.0) as usize;
    up + usize::from(up.is_multiple_of(2))
}
