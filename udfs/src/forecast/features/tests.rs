use super::*;

fn feature(y: &[f64], period: usize, name: &str) -> f64 {
    features(y, period).unwrap().into_iter().find(|(known, _)| *known == name).unwrap().1
}

fn noise(t: usize) -> f64 {
    ((t * t * 31 + t * 7 + 11) * 7919 % 1009) as f64 / 1009.0 - 0.5
}

const SEASON: [f64; 12] = [5.0, -9.0, 2.0, 0.0, 1.0, 4.0, 3.0, -2.0, -4.0, 6.0, -5.0, -1.0];

#[test]
fn strengths_tell_trend_season_and_noise() {
    let trend: Vec<f64> = (0..120).map(|t| 50.0 + t as f64 + noise(t)).collect();
    let season: Vec<f64> = (0..120).map(|t| 50.0 + SEASON[t % 12] + noise(t)).collect();
    let none: Vec<f64> = (0..120).map(|t| 50.0 + noise(t)).collect();
    assert!(feature(&trend, 12, "trend_strength") > 0.99 && feature(&none, 12, "trend_strength") < 0.5);
    assert!(feature(&season, 12, "seasonal_strength") > 0.98 && feature(&none, 12, "seasonal_strength") < 0.6);
    assert!(feature(&season, 12, "seasonal_acf") > 0.8);
    assert!(feature(&season, 1, "seasonal_strength").is_nan());
}

#[test]
fn entropy_is_low_for_a_wave_and_high_for_noise() {
    let wave: Vec<f64> = (0..240).map(|t| (t as f64 * std::f64::consts::TAU / 20.0).sin()).collect();
    assert!(feature(&wave, 1, "entropy") < 0.05);
    assert!(feature(&(0..240).map(noise).collect::<Vec<_>>(), 1, "entropy") > 0.8);
    assert!((feature(&wave, 1, "acf1") - 0.95).abs() < 0.01);
}

#[test]
fn counts_by_hand() {
    let y = [0.0, 0.0, 4.0, 0.0, f64::NAN, 0.0, 8.0];
    let of = |name| feature(&y, 1, name);
    assert_eq!((of("length"), of("missing"), of("interval")), (7.0, 1.0, 3.0));
    assert!((of("zeros") - 4.0 / 6.0).abs() < 1e-12);
    assert!((of("variation") - 4.0 / 36.0).abs() < 1e-12);
    assert_eq!(feature(&[1.0, 3.0, 1.0, 3.0, 3.0, 3.0], 1, "flat"), 3.0);
    assert_eq!(feature(&[1.0, 3.0, 1.0, 3.0, 1.0, 4.0], 1, "crossings"), 5.0);
}

#[test]
fn another_unit_changes_only_what_has_one() {
    let y: Vec<f64> = (0..60).map(|t| 50.0 + SEASON[t % 12] + noise(t)).collect();
    let scaled: Vec<f64> = y.iter().map(|y| y * 1e6).collect();
    for ((name, a), (_, b)) in features(&y, 12).unwrap().into_iter().zip(features(&scaled, 12).unwrap()) {
        let unit = if ["mean", "deviation", "median"].contains(&name) { 1e6 } else { 1.0 };
        assert!((a * unit - b).abs() <= 1e-6 * b.abs().max(1e-9) || (a.is_nan() && b.is_nan()), "{name}: {a} {b}");
    }
}

#[test]
fn short_and_constant_series_have_features_too() {
    for y in [&[3.0][..], &[3.0, 4.0], &[0.0; 3], &[7.0; 40]] {
        let found = features(y, 12).unwrap();
        assert!(found.iter().all(|(_, value)| !value.is_infinite()), "{found:?}");
    }
    assert_eq!(features(&[], 1), Err(Error::Empty));
}
