//! First estimates of the states before the first observation (the book, section 2.6.1).

use super::form::{Form, Trend};
use super::state::State;
use crate::forecast::season::indices;

/// Seasonal indices by classical decomposition, level and slope by a straight line through the first adjusted values.
pub fn initial(y: &[f64], period: usize, form: &Form) -> State {
    let season = form.season.map_or_else(Vec::new, |kind| indices(y, period, kind));
    let adjusted = |t: usize| form.season.map_or(y[t], |kind| kind.remove(y[t], season[t % period]));
    let count = y.len().min(10.max(2 * period));
    let first: Vec<f64> = (0..count).map(adjusted).collect();
    let (level, slope) = match form.trend {
        Trend::None => (first.iter().sum::<f64>() / count as f64, 0.0),
        Trend::Additive | Trend::Damped => line(&first),
    };
    State { level, slope, season }
}

/// Least squares of `y` on 1, 2, …: (value at 0, slope).
fn line(y: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let (middle, mean) = ((n + 1.0) / 2.0, y.iter().sum::<f64>() / n);
    let (mut cross, mut square) = (0.0, 0.0);
    for (t, value) in y.iter().enumerate() {
        let x = (t + 1) as f64 - middle;
        cross += x * (value - mean);
        square += x * x;
    }
    let slope = if square > 0.0 { cross / square } else { 0.0 };
    (mean - slope * middle, slope)
}
