//! Forecast means and variances of a fitted form.
//!
//! Additive errors: the book, equation 6.1 and table 6.1 (class 1, exact). Multiplicative errors: section 6.3 (class 2,
//! exact) and, with a multiplicative season, section 6.4 (class 3, exact for the first cycle, close after it).

use super::form::{Form, Kind};
use super::select::Selected;
use super::state::{Smoothing, State};
use crate::forecast::interval::variance;
use crate::forecast::model::Forecast;

pub fn predict(selected: &Selected, horizon: usize) -> Forecast {
    let (end, sigma2) = run(selected);
    let Selected { fit, y, period, .. } = selected;
    let trend = trend_path(&end, fit.smoothing.phi, horizon);
    let season: Vec<f64> = match fit.form.season {
        Some(_) => (0..horizon).map(|h| end.season[(y.len() + h) % period]).collect(),
        None => vec![0.0; horizon],
    };
    let combine = |(trend, season): (&f64, &f64)| fit.form.season.map_or(*trend, |kind| kind.restore(*trend, *season));
    let mean: Vec<f64> = trend.iter().zip(&season).map(combine).collect();
    let impulse = impulses(&fit.form, &fit.smoothing, *period, horizon);
    let variances = match (fit.form.error, fit.form.season) {
        (Kind::Additive, _) => additive(&impulse, sigma2),
        (Kind::Multiplicative, Some(Kind::Multiplicative)) => {
            let adjusted = relative_squares(&trend, &impulse, sigma2);
            let growth = 1.0 + fit.smoothing.gamma.powi(2) * sigma2;
            in_season(&adjusted, &trend, &season, *period, growth)
        }
        (Kind::Multiplicative, _) => {
            let squares = relative_squares(&mean, &impulse, sigma2);
            squares.iter().zip(&mean).map(|(square, mean)| square - mean * mean).collect()
        }
    };
    let deviation: Vec<f64> = variances.iter().map(|variance| variance.max(0.0).sqrt()).collect();
    Forecast::normal(mean, &deviation, fit.form.to_string())
}

/// The states after the last observation, and the variance of the (absolute or relative) one-step errors.
pub(super) fn run(selected: &Selected) -> (State, f64) {
    let Selected { fit, y, period, .. } = selected;
    let mut state = fit.start.clone();
    let mut squares = Vec::with_capacity(y.len());
    for (t, value) in y.iter().enumerate() {
        let (trend, mean) = state.expect(fit.smoothing.phi, fit.form.season, t % period);
        let error = value - mean;
        squares.push(if fit.form.error == Kind::Additive { error } else { error / mean });
        state.update(&fit.smoothing, fit.form.season, t % period, trend, error);
    }
    (state, variance(squares.into_iter(), fit.form.parameters(*period) - 1))
}

/// Level plus accumulated, possibly damped, slope.
fn trend_path(end: &State, phi: f64, horizon: usize) -> Vec<f64> {
    let (mut sum, mut power) = (0.0, 1.0);
    let step = |_| {
        power *= phi;
        sum += power;
        end.level + sum * end.slope
    };
    (0..horizon).map(step).collect()
}

/// c₁, c₂, …: what a unit error now adds to the forecasts of later steps. A multiplicative season is left to the caller.
fn impulses(form: &Form, by: &Smoothing, period: usize, horizon: usize) -> Vec<f64> {
    let (mut sum, mut power) = (0.0, 1.0);
    let additive_season = form.season == Some(Kind::Additive);
    let of = |j: usize| {
        power *= by.phi;
        sum += power;
        let season = if additive_season && j.is_multiple_of(period) { by.gamma } else { 0.0 };
        by.alpha + by.beta * sum + season
    };
    (1..=horizon).map(of).collect()
}

/// σ²·(1 + c₁² + … + c²ₕ₋₁).
fn additive(impulse: &[f64], sigma2: f64) -> Vec<f64> {
    let mut sum = 1.0;
    let step = |c: &f64| {
        let variance = sigma2 * sum;
        sum += c * c;
        variance
    };
    impulse.iter().map(step).collect()
}

/// Expected squares of the values, (1 + σ²)·θₕ with θ₁ = μ₁² and θₕ = μₕ² + σ²·Σⱼ cⱼ²·θₕ₋ⱼ.
fn relative_squares(mean: &[f64], impulse: &[f64], sigma2: f64) -> Vec<f64> {
    let mut theta: Vec<f64> = Vec::with_capacity(mean.len());
    for mean in mean {
        let carried: f64 = theta.iter().rev().zip(impulse).map(|(theta, c)| c * c * theta).sum();
        theta.push(mean * mean + sigma2 * carried);
    }
    theta.into_iter().map(|theta| (1.0 + sigma2) * theta).collect()
}

/// Variances with a multiplicative season, from the expected squares without it; each full cycle adds the
/// uncertainty of one more update of the index.
fn in_season(squares: &[f64], trend: &[f64], season: &[f64], period: usize, growth: f64) -> Vec<f64> {
    let cycles = |h: usize| i32::try_from(h / period).unwrap_or(i32::MAX);
    let adjusted = |h: usize| squares[h] * growth.powi(cycles(h)) - trend[h] * trend[h];
    (0..squares.len()).map(|h| season[h] * season[h] * adjusted(h)).collect()
}
