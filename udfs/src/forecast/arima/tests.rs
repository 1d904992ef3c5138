use super::difference::{differenced, plain, seasonal};
use super::fit::{Workspace, fit};
use super::likelihood::Filter;
use super::order::{Order, Part};
use super::polynomial::{multiply, roots_beyond, stationary};
use super::select;
use super::{automatic, with_order};

/// Normal deviates by the sum of twelve uniform ones.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

/// y_t = Σ φ y + e_t + Σ θ e, after a hundred steps.
fn simulated(phi: &[f64], theta: &[f64], n: usize, seed: u64) -> Vec<f64> {
    let e = noise(n + 100, seed);
    let mut y: Vec<f64> = vec![];
    for t in 0..e.len() {
        let ar: f64 = phi.iter().enumerate().filter(|(i, _)| *i < t).map(|(i, c)| c * y[t - 1 - i]).sum();
        let ma: f64 = theta.iter().enumerate().filter(|(i, _)| *i < t).map(|(i, c)| c * e[t - 1 - i]).sum();
        y.push(ar + e[t] + ma);
    }
    y.split_off(100)
}

fn product(phi: &[f64], seasonal: &[f64], period: usize) -> Vec<f64> {
    let mut out = vec![];
    multiply(phi, seasonal, period, &mut out);
    out
}

/// −2 log L and the mean by the covariance matrix of the whole series: autocovariances from two thousand impulse
/// responses, then Cholesky. Shares nothing with the filter.
fn dense(w: &[f64], phi: &[f64], theta: &[f64], with_mean: bool) -> (f64, f64) {
    let mut psi = vec![1.0];
    for j in 1..2000 {
        let own = theta.get(j - 1).copied().unwrap_or_default();
        psi.push(own + phi.iter().enumerate().filter(|(i, _)| *i < j).map(|(i, c)| c * psi[j - 1 - i]).sum::<f64>());
    }
    let gamma = |lag: usize| psi.iter().zip(&psi[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let gamma: Vec<f64> = (0..w.len()).map(gamma).collect();
    let n = w.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            l[i][j] = if i == j { (gamma[0] - sum).sqrt() } else { (gamma[i - j] - sum) / l[j][j] };
        }
    }
    let solve = |b: &[f64]| {
        let mut x: Vec<f64> = vec![];
        for i in 0..n {
            x.push((b[i] - (0..i).map(|k| l[i][k] * x[k]).sum::<f64>()) / l[i][i]);
        }
        x
    };
    let (v, x) = (solve(w), solve(&vec![1.0; n]));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mean = if with_mean { dot(&v, &x) / dot(&x, &x) } else { 0.0 };
    let squares = dot(&v, &v) - mean * dot(&v, &x);
    let logs: f64 = (0..n).map(|i| 2.0 * l[i][i].ln()).sum();
    (n as f64 * (squares / n as f64).ln() + logs, mean)
}

#[test]
fn the_filter_gives_the_likelihood_of_the_covariance_matrix() {
    let cases: [(Vec<f64>, Vec<f64>); 7] = [
        (vec![], vec![]),
        (vec![0.7], vec![]),
        (vec![], vec![0.6, -0.2]),
        (vec![1.2, -0.5], vec![0.4]),
        (vec![], product(&[0.4], &[0.55], 12).iter().map(|c| -c).collect()),
        (product(&[0.5, 0.2], &[0.6], 4), product(&[0.3], &[0.7], 4).iter().map(|c| -c).collect()),
        (product(&[0.9], &[0.8], 4), vec![0.5, 0.3, 0.2]),
    ];
    for (phi, theta) in cases {
        let w: Vec<f64> = simulated(&phi, &theta, 90, 7).iter().map(|value| value + 3.0).collect();
        for with_mean in [false, true] {
            let found = Filter::default().run(&w, &phi, &theta, with_mean).unwrap();
            let (criterion, mean) = dense(&w, &phi, &theta, with_mean);
            assert!((found.criterion - criterion).abs() < 1e-6, "{phi:?} {theta:?}: {} {criterion}", found.criterion);
            assert!((found.mean - mean).abs() < 1e-8, "{phi:?} {theta:?}");
        }
    }
}

#[test]
fn a_buffer_used_before_changes_nothing() {
    let w = simulated(&[0.5], &[0.3], 80, 3);
    let mut used = Filter::default();
    used.run(&w, &product(&[0.4], &[0.2], 12), &[], true).unwrap();
    let again = used.run(&w, &[0.5], &[0.3], false).unwrap();
    assert_eq!(Some(again), Filter::default().run(&w, &[0.5], &[0.3], false));
}

#[test]
fn what_is_not_stationary_has_no_likelihood() {
    let w = noise(40, 1);
    assert_eq!(Filter::default().run(&w, &[1.0], &[], false), None);
    assert_eq!(Filter::default().run(&w, &[0.5, 0.6], &[], false), None);
}

#[test]
fn every_point_of_the_search_is_stationary() {
    let mut c = vec![];
    for x in noise(300, 5).chunks(3) {
        stationary(x, &mut c);
        assert!(roots_beyond(&c, 1.0), "{c:?}");
    }
    stationary(&[0.5_f64.atanh(), (-0.3_f64).atanh()], &mut c);
    // φ₁ = r₁(1 − r₂), φ₂ = r₂.
    assert!((c[0] - 0.65).abs() < 1e-12 && (c[1] + 0.3).abs() < 1e-12, "{c:?}");
}

#[test]
fn the_distance_of_roots_is_measured() {
    assert!(roots_beyond(&[0.98], 1.01));
    assert!(!roots_beyond(&[0.995], 1.01));
    assert!(!roots_beyond(&product(&[], &[0.9], 12), 1.01));
    assert!(roots_beyond(&product(&[], &[0.85], 12), 1.01));
}

#[test]
fn coefficients_are_recovered() {
    let orders = [
        ("(1,0,0)", vec![0.7], vec![]),
        ("(0,0,1)", vec![], vec![-0.6]),
        ("(2,0,1)", vec![0.5, 0.3], vec![0.4]),
        ("(1,0,0)(0,0,1)", vec![0.6], product(&[], &[0.5], 4).iter().map(|c| -c).collect()),
    ];
    for (order, phi, theta) in orders {
        let w = simulated(&phi, &theta, 1500, 11);
        let order = Order::parse(order).unwrap();
        let found = fit(&w, 4, order, None, &mut Workspace::default()).unwrap();
        for (found, truth) in found.phi.iter().zip(&phi).chain(found.theta.iter().zip(&theta)) {
            assert!((found - truth).abs() < 0.1, "{order:?}: {found} is not {truth}");
        }
        assert!((found.outcome.squares / 1500.0 - 1.0).abs() < 0.1);
    }
}

#[test]
fn differences_are_counted() {
    let walk: Vec<f64> = noise(120, 2)
        .iter()
        .scan(0.0, |sum, e| {
            *sum += e;
            Some(*sum)
        })
        .collect();
    assert_eq!((plain(&noise(120, 2)), plain(&walk), plain(&[4.0; 30])), (0, 1, 0));
    let season = [9.0, -4.0, 1.0, -6.0];
    let y: Vec<f64> = noise(80, 4).iter().enumerate().map(|(t, e)| 5.0 * season[t % 4] + e).collect();
    assert_eq!((seasonal(&y, 4), seasonal(&noise(80, 4), 4), seasonal(&y[..8], 4)), (1, 0, 0));
    assert_eq!(differenced(&[1.0, 2.0, 4.0, 7.0, 11.0, 16.0], 1, 1, 2), [2.0, 2.0, 2.0]);
}

#[test]
fn the_automatic_order_is_close_to_the_one_simulated() {
    let w = simulated(&[0.8], &[], 300, 21);
    let found = select::best(&w, 1).unwrap();
    assert_eq!(found.fit.order.plain.diff, 0);
    let truth = select::given(&w, 1, Order::parse("(1,0,0)").unwrap()).unwrap();
    assert!(found.aicc <= truth.aicc + 1e-6, "{:?} {} {}", found.fit.order, found.aicc, truth.aicc);
}

#[test]
fn a_line_and_a_season_are_continued() {
    let y: Vec<f64> = (0..30).map(|t| 4.0 + 0.5 * f64::from(t)).collect();
    let found = automatic(&y, 1, 3);
    found.mean.iter().zip([19.0, 19.5, 20.0]).for_each(|(found, truth)| assert!((found - truth).abs() < 1e-3));
    let season = [3.0, -1.0, 2.0, -4.0].repeat(8);
    let found = automatic(&season, 4, 4);
    found.mean.iter().zip(&season).for_each(|(found, truth)| assert!((found - truth).abs() < 1e-3, "{found}"));
}

#[test]
fn a_random_walk_has_the_intervals_of_the_naive_forecast() {
    let walk: Vec<f64> = noise(60, 9)
        .iter()
        .scan(50.0, |sum, e| {
            *sum += e;
            Some(*sum)
        })
        .collect();
    let order = Order { constant: false, ..Order::parse("(0,1,0)").unwrap() };
    let (found, truth) = (with_order(&walk, 1, 5, order), crate::forecast::naive::naive(&walk, 5));
    for (found, truth) in [(found.mean, truth.mean), (found.lo, truth.lo), (found.hi, truth.hi)] {
        found.iter().zip(&truth).for_each(|(found, truth)| assert!((found - truth).abs() < 1e-9));
    }
}

#[test]
fn the_first_autoregression_is_forecast_by_its_formula() {
    let w = simulated(&[0.7], &[], 200, 13);
    let order = Order { constant: false, ..Order::parse("(1,0,0)").unwrap() };
    let fitted = select::given(&w, 1, order).unwrap();
    let (phi, last) = (fitted.fit.phi[0], w[w.len() - 1]);
    let sigma2 = fitted.fit.outcome.squares / (w.len() - 1) as f64;
    let found = with_order(&w, 1, 4, order);
    for h in 0..4 {
        let power = phi.powi(h as i32 + 1);
        let variance = sigma2 * (1.0 - power * power) / (1.0 - phi * phi);
        assert!((found.mean[h] - power * last).abs() < 1e-9);
        assert!((found.hi[h] - found.mean[h] - 1.959_963_984_540_054 * variance.sqrt()).abs() < 1e-6);
    }
}

#[test]
fn orders_are_read_and_shown() {
    let order = Order::parse(" (0, 1,1)(0,1,1) ").unwrap();
    assert_eq!((order.text().as_str(), order.spec(12).as_str()), ("(0,1,1)(0,1,1)", "ARIMA(0,1,1)(0,1,1)[12]"));
    let drift = Order::parse("(1,1,0)").unwrap();
    assert_eq!(drift.spec(12), "ARIMA(1,1,0) with drift");
    assert_eq!(drift.seasonal, Part::default());
    for wrong in ["", "(1,1)", "(1,1,1", "(6,0,0)", "(0,3,0)", "(0,0,0)(3,0,0)", "(1,0,0)(0,0,0)(0,0,0)", "(-1,0,0)"] {
        assert_eq!(Order::parse(wrong), None, "{wrong}");
    }
}
