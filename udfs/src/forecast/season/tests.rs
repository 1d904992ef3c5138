use super::*;

fn cycle(values: &[f64], times: usize) -> Vec<f64> {
    values.repeat(times)
}

#[test]
fn additive_indices_of_a_line_with_a_season_are_exact() {
    let season = [3.0, -1.0, -4.0, 2.0];
    let y: Vec<f64> = (0..16).map(|t| 10.0 + 0.5 * t as f64 + season[t % 4]).collect();
    for (found, truth) in indices(&y, 4, Kind::Additive).iter().zip(season) {
        assert!((found - truth).abs() < 1e-12);
    }
}

#[test]
fn multiplicative_indices_of_a_flat_series_are_exact() {
    let y = cycle(&[5.0, 10.0, 15.0], 4);
    for (found, truth) in indices(&y, 3, Kind::Multiplicative).iter().zip([0.5, 1.0, 1.5]) {
        assert!((found - truth).abs() < 1e-12);
    }
}

#[test]
fn indices_are_normalised() {
    let y: Vec<f64> = (0..30).map(|t| 20.0 + ((t * t * 7) % 11) as f64).collect();
    assert!(indices(&y, 7, Kind::Additive).iter().sum::<f64>().abs() < 1e-12);
    assert!((indices(&y, 7, Kind::Multiplicative).iter().sum::<f64>() - 7.0).abs() < 1e-12);
}

#[test]
fn the_test_finds_a_season_and_only_a_season() {
    let seasonal: Vec<f64> = (0..36).map(|t| if t % 12 == 0 { 10.0 } else { 1.0 + (t % 3) as f64 * 0.1 }).collect();
    assert!(is_seasonal(&seasonal, 12));
    let trend: Vec<f64> = (0..36).map(f64::from).collect();
    assert!(!is_seasonal(&trend, 12));
}

#[test]
fn no_season_without_a_cycle_or_two_of_them() {
    assert!(!is_seasonal(&cycle(&[1.0, 2.0], 5), 1));
    assert!(!is_seasonal(&[1.0, 2.0, 3.0, 1.0, 2.0], 3));
    assert!(!is_seasonal(&[4.0; 24], 12));
}
