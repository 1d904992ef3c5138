use super::*;

fn cycle(n: usize, length: f64) -> Vec<f64> {
    (0..n).map(|t| (std::f64::consts::TAU * t as f64 / length).sin() * 10.0).collect()
}

#[test]
fn turns_of_a_wave_are_its_extremes() {
    let found = turns(&cycle(120, 40.0), &Rule::of_period(12));
    let told: Vec<(usize, Kind)> = found.iter().map(|turn| (turn.place, turn.kind)).collect();
    let (peak, trough) = (Kind::Peak, Kind::Trough);
    assert_eq!(told, [(10, peak), (30, trough), (50, peak), (70, trough), (90, peak), (110, trough)]);
}

#[test]
fn cycles_that_are_too_short_are_dropped() {
    let y: Vec<f64> = cycle(120, 40.0).iter().enumerate().map(|(t, y)| y + if t == 22 { 12.0 } else { 0.0 }).collect();
    let found = turns(&y, &Rule::of_period(12));
    assert!(found.windows(3).all(|three| three[2].place - three[0].place >= 15), "{found:?}");
    assert!(found.windows(2).all(|pair| pair[0].kind != pair[1].kind && pair[1].place - pair[0].place >= 5));
    assert!(turns(&cycle(120, 8.0), &Rule::of_period(12)).windows(3).all(|t| t[2].place - t[0].place >= 15));
}

#[test]
fn a_trend_has_no_turns_nor_has_a_constant() {
    let trend: Vec<f64> = (0..50).map(f64::from).collect();
    for y in [&trend[..], &[5.0; 50], &[], &[1.0], &[1.0, 2.0, 1.0]] {
        assert!(turns(y, &Rule::of_period(4)).is_empty());
    }
    assert_eq!(turns(&[1.0, 2.0, 1.0], &Rule::of_period(1)).len(), 1);
}

#[test]
fn upside_down_peaks_are_troughs() {
    let y: Vec<f64> = (0..100).map(|t| cycle(100, 33.0)[t] + ((t * 37) % 11) as f64 / 5.0).collect();
    let turned: Vec<f64> = y.iter().map(|y| 7.0 - 3.0 * y).collect();
    let places = |y: &[f64], kind| -> Vec<usize> {
        turns(y, &Rule::of_period(12)).iter().filter(|turn| turn.kind == kind).map(|turn| turn.place).collect()
    };
    assert_eq!(places(&y, Kind::Peak), places(&turned, Kind::Trough));
    assert_eq!(places(&y, Kind::Trough), places(&turned, Kind::Peak));
}
