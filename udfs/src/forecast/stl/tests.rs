use super::mstl::mstl;
use super::*;

const SEASON: [f64; 12] = [5.0, -9.0, 2.0, 0.0, 1.0, 4.0, 3.0, -2.0, -4.0, 6.0, -5.0, -1.0];

/// Six years of months whose season grows, with a little irregularity.
fn months() -> Vec<f64> {
    let season = |t: usize| SEASON[t % 12] * (1.0 + t as f64 / 200.0);
    (0..72).map(|t| 100.0 + 0.7 * t as f64 + season(t) + ((t * 37) % 11) as f64 / 5.0).collect()
}

fn assert_identity(y: &[f64], parts: &Parts) {
    for (t, y) in y.iter().enumerate() {
        let sum = parts.trend[t] + parts.seasonal[t] + parts.remainder[t];
        assert!((sum - y).abs() <= 1e-9 * y.abs().max(1.0), "{t}");
    }
}

/// Reference: statsmodels 0.15, `STL(y, 12, seasonal=13)` with all jumps 1, whose weights differ from the paper's by 0.1 %
/// of the neighbourhood and, beyond the ends of short cycles, in the bandwidth.
#[test]
fn trend_and_season_are_those_of_another_program() {
    let found = stl(&months(), &Settings { trend: 21, ..Settings::new(12, Some(13), false) }).unwrap();
    let trend = [100.817_790, 101.538_702, 125.502_209, 150.174_900, 150.900_026];
    let seasonal = [4.439_307, -9.009_862, -1.405_027, -7.000_033, -1.005_041];
    for (place, t) in [0, 1, 35, 70, 71].into_iter().enumerate() {
        assert!((found.trend[t] - trend[place]).abs() < 0.02, "{t}: {} {}", found.trend[t], trend[place]);
        assert!((found.seasonal[t] - seasonal[place]).abs() < 0.05, "{t}: {} {}", found.seasonal[t], seasonal[place]);
    }
    assert_identity(&months(), &found);
}

#[test]
fn an_outlier_stays_in_the_remainder() {
    let clean = stl(&months(), &Settings::new(12, Some(13), true)).unwrap();
    let mut y = months();
    y[30] += 40.0;
    let found = stl(&y, &Settings::new(12, Some(13), true)).unwrap();
    // The other program leaves 41.4 of it.
    assert!((found.remainder[30] - 41.36).abs() < 0.5, "{}", found.remainder[30]);
    let moved = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(moved(&found.trend, &clean.trend) < 0.5 && moved(&found.seasonal, &clean.seasonal) < 0.8);
    assert_identity(&y, &found);
}

#[test]
fn known_components_are_found_exactly_without_noise() {
    let y: Vec<f64> = (0..60).map(|t| 10.0 + 0.5 * t as f64 + SEASON[t % 12]).collect();
    // The mean over cycles approaches the season from pass to pass.
    for (seasonal, tolerance) in [(Some(7), 1e-6), (Some(13), 1e-6), (None, 2e-3)] {
        let found = stl(&y, &Settings::new(12, seasonal, false)).unwrap();
        for t in 0..60 {
            assert!((found.seasonal[t] - SEASON[t % 12]).abs() < tolerance, "{seasonal:?} {t}: {}", found.seasonal[t]);
            assert!(found.remainder[t].abs() < tolerance);
        }
    }
}

#[test]
fn a_periodic_season_is_the_same_in_every_cycle() {
    let found = stl(&months(), &Settings::new(12, None, true)).unwrap();
    // The filter takes the slow drift of the season's mean out, which differs by cycle.
    for t in 12..72 {
        assert!((found.seasonal[t] - found.seasonal[t - 12]).abs() < 0.05, "{t}");
    }
}

#[test]
fn shift_and_scale_pass_through() {
    let base = stl(&months(), &Settings::new(12, Some(7), true)).unwrap();
    let moved: Vec<f64> = months().iter().map(|y| 1000.0 - 4.0 * y).collect();
    let found = stl(&moved, &Settings::new(12, Some(7), true)).unwrap();
    for t in 0..72 {
        assert!((found.seasonal[t] + 4.0 * base.seasonal[t]).abs() < 1e-6);
        assert!((found.trend[t] - (1000.0 - 4.0 * base.trend[t])).abs() < 1e-6);
    }
}

#[test]
fn what_cannot_be_decomposed_is_refused() {
    let settings = Settings::new(12, Some(7), true);
    assert_eq!(stl(&months()[..23], &settings), None);
    assert_eq!(stl(&[], &settings), None);
    assert_eq!(stl(&[1.0; 30], &Settings::new(1, None, false)), None);
    assert_eq!(stl(&[f64::NAN; 30], &settings), None);
    let constant = stl(&[5.0; 30], &settings).unwrap();
    assert!(constant.trend.iter().all(|trend| (trend - 5.0).abs() < 1e-12));
    assert_eq!(trend_alone(&[3.0]), [3.0]);
    assert_eq!(trend_alone(&[]), [0.0; 0]);
}

#[test]
fn windows_are_odd() {
    assert_eq!([0.0, 1.0, 2.0, 2.5, 3.0, 18.2].map(next_odd), [1, 1, 3, 3, 3, 19]);
}

#[test]
fn several_seasons_are_told_apart() {
    let day = |t: usize| (std::f64::consts::TAU * t as f64 / 7.0).sin() * 3.0;
    let month = |t: usize| (std::f64::consts::TAU * t as f64 / 30.0).cos() * 8.0;
    let y: Vec<f64> = (0..240).map(|t| 50.0 + 0.1 * t as f64 + day(t) + month(t)).collect();
    let found = mstl(&y, &[30, 7, 7, 1, 200], false);
    assert_eq!(found.seasonals.iter().map(|(period, _)| *period).collect::<Vec<_>>(), [7, 30]);
    for (t, value) in y.iter().enumerate() {
        let sum = found.trend[t] + found.seasonals[0].1[t] + found.seasonals[1].1[t] + found.remainder[t];
        assert!((sum - value).abs() < 1e-9);
        assert!((found.seasonals[0].1[t] - day(t)).abs() < 0.5, "{t}");
        assert!((found.seasonals[1].1[t] - month(t)).abs() < 0.5, "{t}");
    }
    let none = mstl(&y, &[], false);
    assert!(none.seasonals.is_empty() && none.trend.len() == 240);
}
