//! The default: the median of four models of different kinds.
//!
//! Petropoulos & Svetunkov, A simple combination of univariate models, Int. J. Forecasting 36 (2020): exponential
//! smoothing, complex exponential smoothing, ARIMA and the dynamic optimised Theta model, combined by the median of each
//! step, came sixth among the point forecasts and second among the intervals of the M4 competition.

#[cfg(test)]
mod tests;

use super::model::{Forecast, Model};

/// Below this length the criteria of ARIMA and CES hardly exist, and most of their forecasts are the last value.
pub const SHORT: usize = 8;

/// Who votes on a series of `n` values: all four, or exponential smoothing and Theta on a short one. Each of them
/// knows what to do with a cycle too long to be modelled and with a series shorter still.
pub fn members(n: usize) -> &'static [Model] {
    match n < SHORT {
        true => &[Model::AutoEts, Model::Dot],
        false => &[Model::AutoEts, Model::AutoArima, Model::Ces, Model::Dot],
    }
}

/// The median of the members' forecasts and of the bounds of their intervals, each step for itself.
pub fn combined(parts: &[Forecast], horizon: usize) -> Forecast {
    let specs: Vec<&str> = parts.iter().map(|part| part.spec.as_str()).collect();
    let spec = format!("median of {}", specs.join("; "));
    let of = |column: fn(&Forecast) -> &Vec<f64>| -> Vec<f64> {
        (0..horizon).map(|h| median(parts.iter().map(|part| column(part)[h]).collect())).collect()
    };
    Forecast { mean: of(|part| &part.mean), lo: of(|part| &part.lo), hi: of(|part| &part.hi), spec, n_obs: 0 }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}
