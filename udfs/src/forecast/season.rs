//! Is there a season, and how large is each part of it: autocorrelation test and classical decomposition.

#[cfg(test)]
mod tests;

use super::model::Forecast;

/// A season that was found significant, to be taken off a series and put back on its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    pub kind: Kind,
    /// One for each place of the cycle; that of `t % period` belongs to step `t`.
    pub indices: Vec<f64>,
}

impl Season {
    /// The season of `y`, if it passes the test: multiplicative where the data and all indices are positive, else additive.
    pub fn find(y: &[f64], period: usize) -> Option<Self> {
        const SMALLEST_INDEX: f64 = 0.01;
        if !is_seasonal(y, period) {
            return None;
        }
        if y.iter().all(|value| *value > 0.0) {
            let indices = indices(y, period, Kind::Multiplicative);
            if indices.iter().all(|index| *index >= SMALLEST_INDEX) {
                return Some(Season { kind: Kind::Multiplicative, indices });
            }
        }
        Some(Season { kind: Kind::Additive, indices: indices(y, period, Kind::Additive) })
    }

    /// The seasonally adjusted series.
    pub fn remove(&self, y: &[f64]) -> Vec<f64> {
        y.iter().enumerate().map(|(t, value)| self.kind.remove(*value, self.index(t))).collect()
    }

    /// The forecast of the series, given that of the adjusted one, which starts at step `next`.
    pub fn restore(&self, mut forecast: Forecast, next: usize) -> Forecast {
        for values in [&mut forecast.mean, &mut forecast.lo, &mut forecast.hi] {
            for (h, value) in values.iter_mut().enumerate() {
                *value = self.kind.restore(*value, self.index(next + h));
            }
        }
        forecast.spec.push_str(match self.kind {
            Kind::Additive => ", additive season",
            Kind::Multiplicative => ", multiplicative season",
        });
        forecast
    }

    fn index(&self, t: usize) -> f64 {
        self.indices[t % self.indices.len()]
    }
}

/// The fit of a series whose season was taken off before, where there was a reason to.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted<F> {
    pub season: Option<Season>,
    pub fit: F,
}

impl<F> Adjusted<F> {
    /// Fits a model of seasons up to `longest` steps; a longer one is taken off and the rest fitted without a season.
    pub fn beyond(longest: usize, y: &[f64], period: usize, fit: impl FnOnce(&[f64], usize) -> F) -> Self {
        if period <= longest {
            return Adjusted { season: None, fit: fit(y, period) };
        }
        match Season::find(y, period) {
            Some(season) => Adjusted { fit: fit(&season.remove(y), 1), season: Some(season) },
            None => Adjusted { season: None, fit: fit(y, 1) },
        }
    }

    /// The forecast of `y`, given how to forecast what was fitted.
    pub fn forecast(&self, y: &[f64], forecast: impl FnOnce(&F, &[f64]) -> Forecast) -> Forecast {
        match &self.season {
            Some(season) => season.restore(forecast(&self.fit, &season.remove(y)), y.len()),
            None => forecast(&self.fit, y),
        }
    }
}

/// How a season combines with the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Additive,
    Multiplicative,
}

/// The seasonal index of each of the `period` places of a cycle, the first belonging to `y[0]`.
///
/// Classical decomposition: a centred moving average over one cycle is the trend; the mean departure from it in each
/// place, normalised to sum to zero (additive) or to `period` (multiplicative), is the season.
/// `y` must hold at least two cycles.
pub fn indices(y: &[f64], period: usize, kind: Kind) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; period], vec![0_usize; period]);
    for (t, trend) in centred_average(y, period) {
        sums[t % period] += kind.remove(y[t], trend);
        counts[t % period] += 1;
    }
    let means: Vec<f64> = sums.iter().zip(&counts).map(|(sum, n)| sum / (*n).max(1) as f64).collect();
    let mean = means.iter().sum::<f64>() / period as f64;
    means.into_iter().map(|value| kind.remove(value, mean)).collect()
}

impl Kind {
    pub fn remove(self, value: f64, part: f64) -> f64 {
        match self {
            Kind::Additive => value - part,
            Kind::Multiplicative => value / part,
        }
    }

    pub fn restore(self, value: f64, part: f64) -> f64 {
        match self {
            Kind::Additive => value + part,
            Kind::Multiplicative => value * part,
        }
    }
}

/// Whether the autocorrelation at the seasonal lag is significant at 90 %, against Bartlett's standard error under
/// the shorter lags (the pre-test of the Theta method: Fiorucci et al., 2016, section 4).
pub fn is_seasonal(y: &[f64], period: usize) -> bool {
    const Z_90: f64 = 1.644_853_626_951_472_2;
    if period < 2 || y.len() < 2 * period {
        return false;
    }
    let r = autocorrelations(y, period);
    let shorter: f64 = r[..period - 1].iter().map(|r| r * r).sum();
    let error = ((1.0 + 2.0 * shorter) / y.len() as f64).sqrt();
    r[period - 1].abs() > Z_90 * error
}

/// Autocorrelations at lags 1 to `lags`.
fn autocorrelations(y: &[f64], lags: usize) -> Vec<f64> {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let centred: Vec<f64> = y.iter().map(|value| value - mean).collect();
    let product = |lag: usize| -> f64 { centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum() };
    let variance = product(0);
    (1..=lags).map(|lag| if variance > 0.0 { product(lag) / variance } else { 0.0 }).collect()
}

/// (place, centred moving average over `period`) wherever the window fits; for an even period the two outermost
/// values count half.
fn centred_average(y: &[f64], period: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
    let half = period / 2;
    let even = period.is_multiple_of(2);
    (half..y.len().saturating_sub(half)).map(move |t| {
        let window = &y[t - half..=t + half];
        let ends = if even { (window[0] + window[2 * half]) / 2.0 } else { 0.0 };
        (t, (window.iter().sum::<f64>() - ends) / period as f64)
    })
}
