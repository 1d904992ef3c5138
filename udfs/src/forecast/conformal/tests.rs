use super::{CORRECTION, Misses, calibrated, correction, rule};
use crate::forecast::model::{Forecast, Model, forecast};

/// Uniform deviates from −1 to 1.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

fn walk(n: usize, seed: u64) -> Vec<f64> {
    let mut sum = 50.0;
    let step = |e: f64| {
        sum += e;
        sum
    };
    noise(n, seed).into_iter().map(step).collect()
}

#[test]
fn bounds_cover_what_comes_next() {
    let (mut inside, mut all) = (0, 0);
    for seed in 1..=150 {
        let y = walk(34, seed);
        let found = forecast(&y[..28], 1, 6, Model::Dot).unwrap();
        for ((lo, hi), value) in found.lo.iter().zip(&found.hi).zip(&y[28..]) {
            inside += usize::from(lo <= value && value <= hi);
            all += 1;
        }
    }
    let share = f64::from(inside as u32) / f64::from(all as u32);
    assert!((0.93..1.0).contains(&share), "{share}");
}

#[test]
fn the_rule_widens_with_the_horizon_and_narrows_with_the_length() {
    assert!(rule(5, 20) > rule(0, 20) && rule(5, 20) > rule(5, 100));
    assert!((rule(0, 100) - 1.23).abs() < 1e-12);
    assert!(rule(9_999, 1) <= 6.0);
}

#[test]
fn no_misses_leave_the_rule_and_many_change_it_within_bounds() {
    let of = |square: f64| correction(&Misses { squares: square * 1000.0, count: 1000.0 });
    assert_eq!(correction(&Misses::default()), 1.0);
    assert!(of(0.5) > 1.2 && of(0.1) < 0.8);
    assert_eq!((of(1e300), of(0.0)), (CORRECTION.1, CORRECTION.0));
}

#[test]
fn larger_misses_widen_and_the_means_stay() {
    let given = |half: f64| {
        let mean = vec![50.0; 4];
        Forecast::normal(mean, &[half; 4], "given")
    };
    let y = walk(60, 3);
    let (narrow, wide) = (calibrated(&y, 1, given(0.1)), calibrated(&y, 1, given(10.0)));
    let factor = |found: &Forecast, half: f64| (found.hi[0] - found.lo[0]) / (2.0 * 1.959_963_984_540_054 * half);
    assert!(factor(&narrow, 0.1) > rule(0, 60) && factor(&wide, 10.0) < rule(0, 60));
    assert_eq!((narrow.mean, wide.mean), (vec![50.0; 4], vec![50.0; 4]));
}

#[test]
fn widths_of_zero_stay_zero() {
    let y: Vec<f64> = (0..30).map(f64::from).collect();
    let found = calibrated(&y, 1, Forecast::normal(vec![30.0, 31.0], &[0.0, 0.0], "given"));
    assert_eq!((found.lo, found.hi), (vec![30.0, 31.0], vec![30.0, 31.0]));
}
