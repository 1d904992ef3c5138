//! Forecast means and standard deviations: the states run on without errors; a unit error run on gives the impulse
//! responses, whose squares add up to the variance.

use super::fit::Fit;
use super::state::State;
use crate::forecast::model::Forecast;

pub fn predict(fit: &Fit, y: &[f64], horizon: usize) -> Forecast {
    let period = fit.end.season.len().max(1);
    let mean = path(fit, fit.end.clone(), y.len() % period, horizon);
    let sigma2 = fit.squares / y.len().saturating_sub(fit.form.smoothing()).max(1) as f64;
    let mut shocked = State { season: vec![Default::default(); fit.end.season.len()], ..State::default() };
    shocked.update(fit.form, &fit.smoothing, 0, 1.0);
    let responses = path(fit, shocked, 1 % period, horizon);
    let mut sum = 1.0;
    let deviation = |response: f64| {
        let deviation = (sigma2 * sum).sqrt();
        sum += response * response;
        deviation
    };
    let deviation: Vec<f64> = responses.into_iter().map(deviation).collect();
    Forecast::normal(mean, &deviation, fit.form.name())
}

/// The expectations of the coming steps.
fn path(fit: &Fit, mut state: State, first_place: usize, horizon: usize) -> Vec<f64> {
    let period = state.season.len().max(1);
    let step = |h: usize| {
        let place = (first_place + h) % period;
        let mean = state.expect(fit.form, place);
        state.update(fit.form, &fit.smoothing, place, 0.0);
        mean
    };
    (0..horizon).map(step).collect()
}
