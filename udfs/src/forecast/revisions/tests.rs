use super::*;

#[test]
fn by_hand() {
    // Mean 1, deviations 1, −1, 0: covariances 2/3, −1/3, 0; lags 1 (4 · 0.03^(2/9) = 1.8): 2/3 − 1/3 = 1/3.
    let found = statistics(&[2.0, 0.0, 1.0]);
    assert_eq!((found.count, found.mean, found.mean_absolute), (3, 1.0, 1.0));
    assert!((found.t - 3.0).abs() < 1e-12, "{}", found.t);
    // Student's with two degrees of freedom: 1 − t / sqrt(2 + t²).
    assert!((found.p - (1.0 - 3.0 / 11.0_f64.sqrt())).abs() < 1e-12, "{}", found.p);
}

#[test]
fn a_bias_is_seen_and_noise_is_none() {
    let noise = |t: usize| ((t * t * 31 + t * 7 + 11) * 7919 % 1009) as f64 / 1009.0 - 0.5;
    let balanced: Vec<f64> = (0..80).map(noise).collect();
    let biased: Vec<f64> = balanced.iter().map(|value| value + 0.3).collect();
    assert!(statistics(&balanced).p > 0.05, "{:?}", statistics(&balanced));
    assert!(statistics(&biased).p < 0.001);
}

#[test]
fn few_or_equal_revisions() {
    assert!(statistics(&[]).mean.is_nan() && statistics(&[1.0, 2.0]).t.is_nan());
    let zero = statistics(&[0.0; 10]);
    assert_eq!((zero.t, zero.p), (0.0, 1.0));
    assert_eq!(statistics(&[0.5; 10]).p, 0.0);
}
