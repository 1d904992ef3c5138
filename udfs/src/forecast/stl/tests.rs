use super::decompose;
use super::loess::smooth;

#[test]
fn the_parts_add_up_and_known_ones_are_found() {
    let season = [6.0, -2.0, 1.0, -5.0];
    let y: Vec<f64> = (0..60).map(|t| 50.0 + 0.8 * f64::from(t) + season[t as usize % 4]).collect();
    let parts = decompose(&y, 4);
    for t in 0..y.len() {
        assert!((parts.trend[t] + parts.season[t] + parts.remainder[t] - y[t]).abs() < 1e-9);
        assert!((parts.season[t] - season[t % 4]).abs() < 0.5, "{t}: {}", parts.season[t]);
        assert!((parts.trend[t] - 50.0 - 0.8 * t as f64).abs() < 0.5, "{t}: {}", parts.trend[t]);
    }
    assert!(parts.seasonal_strength() > 0.95);
}

#[test]
fn a_series_without_a_season_has_a_weak_one() {
    let y: Vec<f64> = (0_u32..96).map(|t| f64::from(t.wrapping_mul(2_654_435_761) >> 8 & 1023)).collect();
    let strength = decompose(&y, 12).seasonal_strength();
    assert!((0.0..0.6).contains(&strength), "{strength}");
}

#[test]
fn two_cycles_are_enough() {
    let y = [1.0, 5.0, 2.0, 1.0, 5.0, 2.0];
    assert!(decompose(&y, 3).remainder.iter().all(|r| r.is_finite() && r.abs() < 1.0));
}

#[test]
fn a_line_is_its_own_local_regression() {
    let y: Vec<f64> = (0..20).map(|t| 3.0 - 0.25 * f64::from(t)).collect();
    for at in [-1.0, 0.0, 7.0, 19.0, 20.0] {
        assert!((smooth(&y, None, 7, true, at) - (3.0 - 0.25 * at)).abs() < 1e-9);
    }
    assert!((smooth(&[4.0], None, 7, true, 0.0) - 4.0).abs() < 1e-12);
}
