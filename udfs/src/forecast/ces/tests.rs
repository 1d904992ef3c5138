use super::fit::{best, fit};
use super::forecast;
use super::form::{Complex, Form};
use super::state::{Pair, Smoothing, State};

fn season(t: usize) -> f64 {
    [6.0, -2.0, 1.0, -5.0][t % 4]
}

/// A little irregularity without a pattern.
fn jitter(t: usize) -> f64 {
    ((t * 37) % 11) as f64 / 5.0 - 1.0
}

#[test]
fn one_step_follows_the_formulas() {
    let by = Smoothing { level: Complex { real: 1.3, imaginary: 0.9 }, season: Complex { real: 0.2, imaginary: 0.0 } };
    let mut state =
        State { level: Pair { value: 10.0, potential: 8.0 }, season: vec![Pair { value: 1.0, potential: 0.0 }; 4] };
    assert_eq!(state.expect(Form::Partial, 2), 11.0);
    state.update(Form::Partial, &by, 2, 2.0);
    // 10 − 0.1·8 + 0.4·2, 10 − 0.3·8 + 2.2·2, 1 + 0.2·2.
    assert!((state.level.value - 10.0).abs() < 1e-12);
    assert!((state.level.potential - 12.0).abs() < 1e-12);
    assert!((state.season[2].value - 1.4).abs() < 1e-12 && state.season[1].value == 1.0);
}

#[test]
fn the_stable_region_has_its_known_points() {
    let stable = |real, imaginary| Complex { real, imaginary }.is_stable();
    assert!(!stable(0.01, 1.9) && !stable(1.9, 0.1));
    // With an imaginary part of one the level is smoothed simply, with a weight of the real part less one.
    assert!(stable(1.01, 1.0) && stable(1.99, 1.0) && !stable(0.99, 1.0) && !stable(2.01, 1.0));
}

#[test]
fn the_search_beats_its_first_point_and_its_neighbours() {
    let y: Vec<f64> = (0..60).map(|t| 20.0 + 0.1 * t as f64 + season(t) + jitter(t)).collect();
    for form in Form::candidates(4) {
        let found = fit(&y, 4, *form).unwrap();
        let errors_of_the_mean: f64 = {
            let mean = y.iter().sum::<f64>() / 60.0;
            y.iter().map(|value| (value - mean).powi(2)).sum()
        };
        assert!(found.squares < errors_of_the_mean, "{form:?}");
        assert!(found.smoothing.level.is_stable(), "{form:?}");
    }
}

#[test]
fn a_seasonal_series_takes_a_seasonal_form() {
    let y: Vec<f64> = (0..80).map(|t| 40.0 + season(t) + jitter(t)).collect();
    let found = best(&y, 4).unwrap();
    assert_ne!(found.form, Form::None);
    let forecast = forecast(&y, 4, 8);
    let missed = forecast.mean.iter().enumerate().map(|(h, mean)| (mean - 40.0 - season(80 + h)).abs());
    assert!(missed.sum::<f64>() / 8.0 < 1.0, "{:?}", forecast.mean);
}

#[test]
fn a_season_is_not_looked_for_without_a_period() {
    let y: Vec<f64> = (0..40).map(|t| 10.0 + jitter(t)).collect();
    assert_eq!(best(&y, 1).unwrap().form, Form::None);
    assert!(best(&y[..3], 1).is_none());
    assert_eq!(forecast(&y[..3], 1, 2).spec, "naive");
}

#[test]
fn intervals_widen_with_the_step() {
    let y: Vec<f64> = (0..60).map(|t| 20.0 + 3.0 * (t as f64 / 7.0).sin() + jitter(t)).collect();
    let found = forecast(&y, 1, 6);
    let widths: Vec<f64> = found.hi.iter().zip(&found.lo).map(|(hi, lo)| hi - lo).collect();
    assert!(widths.windows(2).all(|pair| pair[1] >= pair[0]) && widths[0] > 0.0, "{widths:?}");
}
