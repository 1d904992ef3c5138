//! Forecast means and standard deviations of a fitted variant.
//!
//! Beyond the first step the mean takes the place of the unknown value. The variance follows from the same linear
//! recursion: the covariance of (level, mean, slope) is carried along, which is exact for normal errors and equals
//! σ²·(1 + (h − 1)·α²) for the static variants (the paper, section 3.2).

use super::fit::Fit;
use super::trend::{Line, Scope, drift};
use crate::forecast::interval::variance;

pub fn predict(fit: &Fit, y: &[f64], horizon: usize) -> (Vec<f64>, Vec<f64>) {
    let mut state = State { level: fit.level, line: fit.line, power: 1.0, steps: 0 };
    let errors: Vec<f64> = y.iter().map(|value| value - state.step(fit, Some(*value))).collect();
    let sigma2 = variance(errors.into_iter().skip(y.len().min(3)), fit.parameters);
    let mut spread = Spread::default();
    let mut next = || {
        let deviation = (sigma2 * spread.step(fit, &state)).sqrt();
        (state.step(fit, None), deviation)
    };
    (0..horizon).map(|_| next()).unzip()
}

struct State {
    level: f64,
    line: Line,
    power: f64,
    steps: usize,
}

impl State {
    /// Forecasts one step, then takes in the value or, without one, the forecast.
    fn step(&mut self, fit: &Fit, value: Option<f64>) -> f64 {
        let mean = self.level + fit.weight * drift(&self.line, fit.alpha, self.power);
        let value = value.unwrap_or(mean);
        self.level += fit.alpha * (value - self.level);
        self.power *= 1.0 - fit.alpha;
        self.steps += 1;
        if fit.variant.scope == Scope::Dynamic {
            self.line = self.line.with(value);
        }
        mean
    }
}

/// Covariance of the states, in units of the error variance.
#[derive(Default)]
struct Spread([[f64; 3]; 3]);

impl Spread {
    /// The variance of the next value given the states, then the covariance after it has been taken in.
    fn step(&mut self, fit: &Fit, at: &State) -> f64 {
        let dynamic = fit.variant.scope == Scope::Dynamic;
        let t = (at.steps + 1) as f64;
        let slope_effect = (1.0 - at.power * (1.0 - fit.alpha)) / fit.alpha - at.power * t / 2.0;
        let loading = match dynamic {
            true => [1.0, fit.weight * at.power, fit.weight * slope_effect],
            false => [1.0, 0.0, 0.0],
        };
        let own = quadratic(&self.0, &loading, &loading);
        // Rows: how the new states depend on the old ones through the value y = loading·state + error.
        let gain = [fit.alpha, 1.0 / t, 6.0 / (t * (t + 1.0))];
        let keep = [[1.0 - fit.alpha, 0.0, 0.0], [0.0, (t - 1.0) / t, 0.0], [0.0, -gain[2], (t - 2.0) / (t + 1.0)]];
        let row = |i: usize| [0, 1, 2].map(|j| keep[i][j] + gain[i] * loading[j]);
        let rows = [0, 1, 2].map(row);
        let old = self.0;
        self.0 = [0, 1, 2].map(|i| [0, 1, 2].map(|j| quadratic(&old, &rows[i], &rows[j]) + gain[i] * gain[j]));
        own + 1.0
    }
}

fn quadratic(matrix: &[[f64; 3]; 3], a: &[f64; 3], b: &[f64; 3]) -> f64 {
    (0..3).map(|i| (0..3).map(|j| a[i] * matrix[i][j] * b[j]).sum::<f64>()).sum()
}
