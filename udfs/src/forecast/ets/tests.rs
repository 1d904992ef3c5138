use super::admissible::is_stable;
use super::fit::{Fit, Workspace, fit};
use super::form::{Form, Kind, Trend};
use super::likelihood::{Gradient, Tape};
use super::predict::predict;
use super::select::Selected;
use super::state::{Smoothing, State};

const BY: Smoothing = Smoothing { alpha: 0.4, beta: 0.03, gamma: 0.2, phi: 0.9 };

fn data() -> Vec<f64> {
    (0..23).map(|t| 1.0 + 0.01 * t as f64 + [0.1, -0.2, 0.05, 0.05][t % 4] + ((t * 37) % 11) as f64 / 50.0).collect()
}

fn start(form: &Form) -> State {
    let season = match form.season {
        None => vec![],
        Some(Kind::Additive) => vec![0.12, -0.18, 0.03, 0.03],
        Some(Kind::Multiplicative) => vec![1.1, 0.83, 1.04, 1.03],
    };
    State { level: 0.95, slope: 0.02, season }
}

/// Errors one by one from the public recursion, as the reference for the fused loops.
fn criterion(y: &[f64], form: &Form, by: &Smoothing, start: &State) -> f64 {
    let mut state = start.clone();
    let (mut squares, mut logs) = (0.0, 0.0);
    for (t, value) in y.iter().enumerate() {
        let (trend, mean) = state.expect(by.phi, form.season, t % 4);
        let error = value - mean;
        match form.error {
            Kind::Additive => squares += error * error,
            Kind::Multiplicative => {
                squares += (error / mean).powi(2);
                logs += mean.ln();
            }
        }
        state.update(by, form.season, t % 4, trend, error);
    }
    y.len() as f64 * squares.ln() + 2.0 * logs
}

fn simple(alpha: f64, level: f64, y: &[f64], error: Kind) -> Selected<'_> {
    let form = Form { error, trend: Trend::None, season: None };
    let smoothing = Smoothing { alpha, beta: 0.0, gamma: 0.0, phi: 1.0 };
    let start = State { level, ..State::default() };
    Selected { fit: Fit { form, smoothing, start, criterion: 0.0 }, y, period: 1, aicc: 0.0 }
}

fn deviations(forecast: &crate::forecast::Forecast) -> Vec<f64> {
    forecast.hi.iter().zip(&forecast.mean).map(|(hi, mean)| (hi - mean) / 1.959_963_984_540_054).collect()
}

#[test]
fn simple_smoothing_by_hand() {
    // Level 10: errors 2, then level 11: 1, then level 11.5: −3.5; final level 9.75.
    let y = [12.0, 12.0, 8.0];
    let selected = simple(0.5, 10.0, &y, Kind::Additive);
    let value = Tape::default().value(&y, &selected.fit.form, &selected.fit.smoothing, &selected.fit.start);
    assert!((value - 3.0 * 17.25_f64.ln()).abs() < 1e-12);
    let found = predict(&selected, 3);
    assert_eq!(found.mean, [9.75; 3]);
    // Two parameters were estimated: variance 17.25/1, growing by α² per step.
    for (h, deviation) in deviations(&found).into_iter().enumerate() {
        assert!((deviation * deviation - 17.25 * (1.0 + 0.25 * h as f64)).abs() < 1e-9);
    }
}

#[test]
fn relative_errors_by_hand() {
    // Level 10: relative error 0.2, level 11: 1/11, level 11.5: −3.5/11.5.
    let y = [12.0, 12.0, 8.0];
    let selected = simple(0.5, 10.0, &y, Kind::Multiplicative);
    let value = Tape::default().value(&y, &selected.fit.form, &selected.fit.smoothing, &selected.fit.start);
    let squares: f64 = [0.2_f64, 1.0 / 11.0, -3.5 / 11.5].iter().map(|r| r * r).sum();
    let truth = 3.0 * squares.ln() + 2.0 * (10.0_f64.ln() + 11.0_f64.ln() + 11.5_f64.ln());
    assert!((value - truth).abs() < 1e-12);
}

#[test]
fn fused_likelihood_is_the_recursion() {
    for form in Form::candidates(true, true) {
        let (y, start) = (data(), start(&form));
        let value = Tape::default().value(&y, &form, &BY, &start);
        assert!((value - criterion(&y, &form, &BY, &start)).abs() < 1e-9, "{form}");
    }
}

#[test]
fn gradient_is_the_slope_of_the_likelihood() {
    const STEP: f64 = 1e-6;
    for form in Form::candidates(true, true) {
        let (y, start) = (data(), start(&form));
        let (mut tape, mut gradient) = (Tape::default(), Gradient::default());
        tape.value(&y, &form, &BY, &start);
        tape.gradient(&y, &form, &BY, &mut gradient);
        let mut check = |name: &str, found: f64, change: &dyn Fn(&mut Smoothing, &mut State, f64)| {
            let mut at = |step: f64| {
                let (mut by, mut start) = (BY, start.clone());
                change(&mut by, &mut start, step);
                tape.value(&y, &form, &by, &start)
            };
            let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!((found - slope).abs() < 1e-5 * slope.abs().max(1.0), "{form} by {name}: {found} is not {slope}");
        };
        check("alpha", gradient.alpha, &|by, _, step| by.alpha += step);
        check("beta", gradient.beta, &|by, _, step| by.beta += step);
        check("phi", gradient.phi, &|by, _, step| by.phi += step);
        check("level", gradient.level, &|_, start, step| start.level += step);
        check("slope", gradient.slope, &|_, start, step| start.slope += step);
        if form.season.is_some() {
            check("gamma", gradient.gamma, &|by, _, step| by.gamma += step);
            for place in 0..4 {
                check("season", gradient.season[place], &|_, start, step| start.season[place] += step);
            }
        }
    }
}

#[test]
fn the_search_ends_no_higher_than_it_starts_nor_than_its_neighbours() {
    let y: Vec<f64> = data();
    let mut work = Workspace::default();
    for form in Form::candidates(true, true) {
        let best = fit(&y, 4, form, &mut work).unwrap();
        let again = criterion(&y, &form, &best.smoothing, &best.start);
        assert!((again - best.criterion).abs() < 1e-9, "{form}");
        for factor in [0.99, 1.01] {
            let moved = State { level: best.start.level * factor, ..best.start.clone() };
            assert!(criterion(&y, &form, &best.smoothing, &moved) >= best.criterion - 1e-6, "{form} by level");
            let alpha = (best.smoothing.alpha * factor).clamp(1e-4, 1.0 - 1e-4 - best.smoothing.gamma);
            let moved = Smoothing { alpha, ..best.smoothing };
            if alpha * 0.1 >= best.smoothing.beta {
                assert!(criterion(&y, &form, &moved, &best.start) >= best.criterion - 1e-3, "{form} by alpha");
            }
        }
    }
}

#[test]
fn usual_bounds_hold() {
    let y = data();
    let mut work = Workspace::default();
    for form in Form::candidates(true, true) {
        let Smoothing { alpha, beta, gamma, phi } = fit(&y, 4, form, &mut work).unwrap().smoothing;
        assert!(alpha > 0.0 && alpha < 1.0 && gamma >= 0.0 && gamma < 1.0 - alpha + 1e-12, "{form}");
        assert!(beta <= alpha && (phi == 1.0 || (0.8..=0.98).contains(&phi)), "{form}");
    }
}

#[test]
fn candidates_follow_the_restrictions() {
    let names =
        |positive, seasonal| Form::candidates(positive, seasonal).map(|form| form.to_string()).collect::<Vec<_>>();
    assert_eq!(names(false, false), ["ETS(A,N,N)", "ETS(A,A,N)", "ETS(A,Ad,N)"]);
    assert_eq!(names(true, false).len(), 6);
    assert_eq!(names(false, true).len(), 6);
    let all = names(true, true);
    assert_eq!(all.len(), 15);
    assert!(!all.iter().any(|name| name.starts_with("ETS(A") && name.ends_with("M)")), "{all:?}");
}

#[test]
fn parameters_count_states_and_variance() {
    let form = |trend, season| Form { error: Kind::Additive, trend, season };
    assert_eq!(form(Trend::None, None).parameters(1), 3);
    assert_eq!(form(Trend::Damped, None).parameters(1), 6);
    // α, β, γ, φ, level, slope, eleven free indices, variance.
    assert_eq!(form(Trend::Damped, Some(Kind::Additive)).parameters(12), 18);
}

/// Feeds zeros to a recursion started off zero: what is left of the start after many cycles.
fn leftover(by: &Smoothing, has_trend: bool) -> f64 {
    let mut state = State { level: 0.0, slope: if has_trend { 1.0 } else { 0.0 }, season: vec![1.0, -0.5, -0.3, -0.2] };
    for t in 0..100_000 {
        let (trend, mean) = state.expect(by.phi, Some(Kind::Additive), t % 4);
        state.update(by, Some(Kind::Additive), t % 4, trend, -mean);
    }
    let forecast = |place| state.expect(by.phi, Some(Kind::Additive), place).1.abs();
    (0..4).map(forecast).fold(state.slope.abs(), f64::max)
}

#[test]
fn stability_is_what_the_recursion_does() {
    let (mut stable, mut unstable) = (0, 0);
    for alpha in [0.02_f64, 0.3, 0.6, 0.95, 1.3] {
        for beta in [0.0, 0.01, 0.5, 0.9, 1.8].map(|share| share * alpha) {
            for gamma in [0.02, 0.5, 0.98, 1.6].map(|share| share * (1.0 - alpha).abs()) {
                for phi in [0.8, 0.98, 1.0] {
                    let has_trend = beta > 0.0;
                    let by = Smoothing { alpha, beta, gamma, phi: if has_trend { phi } else { 1.0 } };
                    let left = leftover(&by, has_trend);
                    if is_stable(&by, has_trend, 4, &mut vec![]) {
                        stable += 1;
                        assert!(left < 1e-3, "{by:?} leaves {left}");
                    } else {
                        unstable += 1;
                        assert!(left >= 1e-3 || left.is_nan(), "{by:?} leaves {left}");
                    }
                }
            }
        }
    }
    assert!(stable > 50 && unstable > 50, "{stable} stable, {unstable} unstable");
}

#[test]
fn linear_trend_variance_has_its_closed_form() {
    // The book, table 6.2: σ²·(1 + (h−1)·(α² + αβh + β²h(2h−1)/6)).
    let y = data();
    let form = Form { error: Kind::Additive, trend: Trend::Additive, season: None };
    let by = Smoothing { alpha: 0.5, beta: 0.05, gamma: 0.0, phi: 1.0 };
    let start = State { level: 1.0, slope: 0.01, season: vec![] };
    let selected = Selected { fit: Fit { form, smoothing: by, start, criterion: 0.0 }, y: &y, period: 1, aicc: 0.0 };
    let found = deviations(&predict(&selected, 8));
    for (h, deviation) in (1..).zip(&found) {
        let h = f64::from(h);
        let growth = 0.25 + 0.025 * h + 0.0025 * h * (2.0 * h - 1.0) / 6.0;
        let truth = found[0] * found[0] * (1.0 + (h - 1.0) * growth);
        assert!((deviation * deviation - truth).abs() < 1e-12, "step {h}");
    }
}

/// Normal numbers from a fixed linear congruential generator (sum of twelve uniforms).
fn normal(seed: &mut u64) -> f64 {
    let mut uniform = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}

#[test]
fn variances_are_those_of_simulated_paths() {
    const PATHS: usize = 40_000;
    const HORIZON: usize = 6;
    let y = data();
    for form in Form::candidates(true, true) {
        let by = Smoothing { beta: if form.trend == Trend::None { 0.0 } else { BY.beta }, ..BY };
        let mut begin = start(&form);
        if form.trend == Trend::None {
            begin.slope = 0.0;
        }
        let selected =
            Selected { fit: Fit { form, smoothing: by, start: begin, criterion: 0.0 }, y: &y, period: 4, aicc: 0.0 };
        let found = deviations(&predict(&selected, HORIZON));
        let (end, sigma2) = super::predict::run(&selected);
        let (mut seed, mut sums, mut squares) = (7, [0.0; HORIZON], [0.0; HORIZON]);
        for _ in 0..PATHS {
            let mut state = end.clone();
            for h in 0..HORIZON {
                let place = (y.len() + h) % 4;
                let (trend, mean) = state.expect(by.phi, form.season, place);
                let size = if form.error == Kind::Additive { 1.0 } else { mean };
                let error = normal(&mut seed) * sigma2.sqrt() * size;
                sums[h] += mean + error;
                squares[h] += (mean + error).powi(2);
                state.update(&by, form.season, place, trend, error);
            }
        }
        for h in 0..HORIZON {
            let mean = sums[h] / PATHS as f64;
            let simulated = (squares[h] / PATHS as f64 - mean * mean).sqrt();
            // With a multiplicative season the formula is exact for the first cycle only.
            let tolerance = if form.season == Some(Kind::Multiplicative) && h >= 4 { 0.1 } else { 0.025 };
            assert!(
                (found[h] / simulated - 1.0).abs() < tolerance,
                "{form} step {}: {} and {simulated}",
                h + 1,
                found[h]
            );
        }
    }
}
