use super::fit::{Fit, Variant, fit};
use super::predict::predict;
use super::trend::{Line, Scope};

const ALL: [Variant; 4] = [
    Variant { scope: Scope::Static, optimised: false },
    Variant { scope: Scope::Static, optimised: true },
    Variant { scope: Scope::Dynamic, optimised: false },
    Variant { scope: Scope::Dynamic, optimised: true },
];

fn data() -> Vec<f64> {
    (0..30).map(|t| 1.0 + 0.02 * t as f64 + ((t * 37) % 11) as f64 / 20.0).collect()
}

#[test]
fn the_running_line_is_least_squares() {
    // Through (1, 1), (2, 3), (3, 4): slope 1.5, mean 8/3, intercept −1/3.
    let line = Line::through(&[1.0, 3.0, 4.0]);
    assert!((line.slope - 1.5).abs() < 1e-12);
    assert!((line.mean - 8.0 / 3.0).abs() < 1e-12);
    assert!((line.intercept + 1.0 / 3.0).abs() < 1e-12);
    let exact: Vec<f64> = (1..=9).map(|t| 4.0 - 0.25 * f64::from(t)).collect();
    let line = Line::through(&exact);
    assert!((line.slope + 0.25).abs() < 1e-12 && (line.intercept - 4.0).abs() < 1e-12);
}

#[test]
fn the_standard_method_drifts_by_half_the_slope() {
    // Hyndman & Billah, Unmasking the Theta method (2003): simple smoothing with drift of half the trend.
    let y = data();
    let standard = fit(&y, Variant { scope: Scope::Static, optimised: false });
    assert_eq!(standard.weight, 0.5);
    let (mean, _) = predict(&standard, &y, 6);
    for pair in mean.windows(2) {
        assert!((pair[1] - pair[0] - Line::through(&y).slope / 2.0).abs() < 1e-9);
    }
}

#[test]
fn static_deviations_have_their_closed_form() {
    let y = data();
    let found = fit(&y, Variant { scope: Scope::Static, optimised: true });
    let (_, deviation) = predict(&found, &y, 5);
    for (h, value) in deviation.iter().enumerate() {
        let truth = deviation[0] * (1.0 + h as f64 * found.alpha * found.alpha).sqrt();
        assert!((value - truth).abs() < 1e-12);
    }
}

#[test]
fn dynamic_deviations_are_those_of_the_responses_to_shocks() {
    let y = data();
    let found = Fit { alpha: 0.4, ..fit(&y, Variant { scope: Scope::Dynamic, optimised: true }) };
    let path = |y: &[f64], h: usize| predict(&found, y, h).0;
    let extended = |y: &[f64], shock: f64| [y, &[path(y, 1)[0] + shock]].concat();
    // Response of the value three steps ahead to a unit shock one and two steps ahead.
    let first = path(&extended(&y, 1.0), 2)[1] - path(&extended(&y, 0.0), 2)[1];
    let calm = extended(&y, 0.0);
    let second = path(&extended(&calm, 1.0), 1)[0] - path(&extended(&calm, 0.0), 1)[0];
    let (_, deviation) = predict(&found, &y, 3);
    let truth = deviation[0] * (1.0 + first * first + second * second).sqrt();
    assert!((deviation[2] - truth).abs() < 1e-9, "{} is not {truth}", deviation[2]);
}

/// Mean squared one-step error by running the recursion.
fn mse(y: &[f64], fit: &Fit) -> f64 {
    let errors = (3..y.len()).map(|t| match fit.variant.scope {
        Scope::Dynamic => y[t] - predict(fit, &y[..t], 1).0[0],
        Scope::Static => {
            let (mut level, mut power, line) = (fit.level, 1.0, Line::through(y));
            for value in &y[..t] {
                level += fit.alpha * (value - level);
                power *= 1.0 - fit.alpha;
            }
            y[t] - level - fit.weight * super::trend::drift(&line, fit.alpha, power)
        }
    });
    errors.map(|e| e * e).sum::<f64>() / (y.len() - 3) as f64
}

#[test]
fn estimates_are_where_the_error_is_least() {
    let y = data();
    for variant in ALL {
        let best = fit(&y, variant);
        assert!((mse(&y, &best) - best.mse).abs() < 1e-12, "{variant:?}");
        for (alpha, weight, level) in [
            (0.01, 0.0, 0.0),
            (-0.01, 0.0, 0.0),
            (0.0, 0.02, 0.0),
            (0.0, -0.02, 0.0),
            (0.0, 0.0, 0.02),
            (0.0, 0.0, -0.02),
        ] {
            let moved = Fit {
                alpha: (best.alpha + alpha).clamp(0.1, 0.99),
                weight: if variant.optimised { (best.weight + weight).clamp(0.0, 1.0) } else { 0.5 },
                level: best.level + level,
                ..best.clone()
            };
            assert!(mse(&y, &moved) >= best.mse - 1e-9, "{variant:?}: {moved:?}");
        }
    }
}

#[test]
fn optimised_variants_fit_no_worse_than_standard_ones() {
    let y = data();
    for scope in [Scope::Static, Scope::Dynamic] {
        let [standard, optimised] = [false, true].map(|optimised| fit(&y, Variant { scope, optimised }));
        assert!(optimised.mse <= standard.mse + 1e-12);
    }
}

#[test]
fn the_specification_names_variant_and_season() {
    let y: Vec<f64> = (0..48).map(|t| [10.0, 20.0, 40.0, 30.0][t % 4] + ((t * 37) % 11) as f64 / 5.0).collect();
    let spec = super::forecast(&y, 4, 2).spec;
    assert!(spec.ends_with("TM, multiplicative season"), "{spec}");
    let shifted: Vec<f64> = y.iter().map(|value| value - 25.0).collect();
    let spec = super::forecast(&shifted, 4, 2).spec;
    assert!(spec.ends_with("TM, additive season"), "{spec}");
}
