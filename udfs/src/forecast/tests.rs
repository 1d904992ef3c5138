use super::calendar::Step;
use super::series::Series;
use super::*;

const NAN: f64 = f64::NAN;

/// Two years of months with trend, season and a little irregularity.
pub(super) fn months() -> Vec<f64> {
    let season = [5.0, -9.0, 2.0, 0.0, 1.0, 4.0, 3.0, -2.0, -4.0, 6.0, -5.0, -1.0];
    (0..60).map(|t| 100.0 + 0.7 * t as f64 + season[t % 12] + ((t * 37) % 11) as f64 / 5.0).collect()
}

/// Ten years of quarters by a formula that another program can repeat.
pub(super) fn quarters() -> Vec<f64> {
    let season = [5.0, -9.0, 2.0, 2.0];
    (0..40).map(|t| 100.0 + 0.7 * t as f64 + season[t % 4] + ((t * 37) % 11) as f64 / 5.0).collect()
}

pub(super) fn run(y: &[f64], period: usize, horizon: usize, model: Model) -> Forecast {
    forecast(y, period, horizon, model).unwrap()
}

pub(super) fn assert_near(found: &[f64], truth: &[f64], tolerance: f64) {
    assert_eq!(found.len(), truth.len());
    for (found, truth) in found.iter().zip(truth) {
        assert!((found - truth).abs() <= tolerance * truth.abs().max(1.0), "{found} is not {truth}");
    }
}

#[test]
fn naive_repeats_the_last_value_and_widens_with_the_root_of_the_step() {
    let found = run(&[2.0, 4.0, 3.0, 5.0], 1, 4, Model::Naive);
    // Changes 2, −1, 2: mean square 3.
    let half = |h: f64| 1.959_963_984_540_054 * (3.0 * h).sqrt();
    assert_near(&found.mean, &[5.0; 4], 1e-12);
    assert_near(&found.hi, &[1.0, 2.0, 3.0, 4.0].map(|h| 5.0 + half(h)), 1e-12);
    assert_near(&found.lo, &[1.0, 2.0, 3.0, 4.0].map(|h| 5.0 - half(h)), 1e-12);
    assert_eq!((found.spec.as_str(), found.n_obs), ("naive", 4));
}

#[test]
fn seasonal_naive_repeats_the_last_cycle_and_widens_by_the_cycle() {
    let found = run(&[1.0, 10.0, 2.0, 12.0], 2, 5, Model::SeasonalNaive);
    // Changes over a cycle 1, 2: mean square 2.5.
    let half = |cycles: f64| 1.959_963_984_540_054 * (2.5 * cycles).sqrt();
    assert_near(&found.mean, &[2.0, 12.0, 2.0, 12.0, 2.0], 1e-12);
    assert_near(
        &found.hi,
        &[2.0 + half(1.0), 12.0 + half(1.0), 2.0 + half(2.0), 12.0 + half(2.0), 2.0 + half(3.0)],
        1e-12,
    );
    assert_eq!(found.spec, "snaive(2)");
}

#[test]
fn a_season_longer_than_half_the_series_is_not_used() {
    assert_eq!(run(&[1.0, 2.0, 3.0], 2, 1, Model::SeasonalNaive).spec, "naive");
    assert!(run(&months()[..23], 12, 3, Model::AutoEts).spec.ends_with("N)"));
    assert!(!run(&months()[..23], 12, 3, Model::Theta).spec.contains("season"));
}

#[test]
fn every_model_answers_every_short_series() {
    let values = [3.0, 5.0, 4.0, 8.0, 7.0, 9.0, 2.0];
    for model in Model::ALL {
        assert_eq!(forecast(&[], 12, 3, model), Err(Error::Empty));
        assert_eq!(forecast(&[NAN, NAN], 12, 3, model), Err(Error::Empty));
        for length in 1..=values.len() {
            for period in [1, 2, 3, 12] {
                let found = run(&values[..length], period, 3, model);
                assert_eq!(found.mean.len(), 3);
                assert_eq!(found.n_obs, length);
                assert!(found.lo.iter().zip(&found.mean).all(|(lo, mean)| lo <= mean));
                assert!(found.hi.iter().zip(&found.mean).all(|(hi, mean)| hi >= mean));
            }
        }
    }
}

#[test]
fn a_constant_series_stays_constant() {
    for model in Model::ALL {
        for (value, length) in [(7.25, 1), (0.0, 2), (-3.0, 30), (1e300, 30), (1e-300, 30)] {
            let found = run(&vec![value; length], 12, 4, model);
            for bound in [&found.mean, &found.lo, &found.hi] {
                assert_near(bound, &[value; 4], 1e-12);
            }
        }
    }
}

#[test]
fn infinite_values_are_named_and_overflow_is_told() {
    for model in Model::ALL {
        let infinite = [1.0, f64::NEG_INFINITY, 2.0];
        assert_eq!(forecast(&infinite, 1, 2, model), Err(Error::Infinite { position: 2 }));
        let steep: Vec<f64> = (0..20).map(|t| if t % 2 == 0 { f64::MAX } else { -f64::MAX }).collect();
        assert_eq!(forecast(&steep, 1, 9, model), Err(Error::TooLarge));
    }
}

#[test]
fn awkward_values_give_finite_forecasts() {
    let spike: Vec<f64> = (0..40).map(|t| if t == 20 { 1e12 } else { 1.0 + t as f64 * 1e-6 }).collect();
    let intermittent: Vec<f64> = (0..48).map(|t| if t % 7 == 3 { 4.0 } else { 0.0 }).collect();
    let negative: Vec<f64> = months().iter().map(|value| value - 130.0).collect();
    let tiny: Vec<f64> = months().iter().map(|value| value * 1e-300).collect();
    let line: Vec<f64> = (0..30).map(f64::from).collect();
    let exact_season = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0].repeat(4);
    for model in Model::ALL {
        for y in [&spike, &intermittent, &negative, &tiny, &line, &exact_season] {
            assert_eq!(run(y, 12, 18, model).mean.len(), 18, "{model:?}");
        }
    }
}

#[test]
fn exact_patterns_are_continued() {
    let line: Vec<f64> = (0..40).map(|t| 50.0 + 2.0 * f64::from(t)).collect();
    assert_near(&run(&line, 1, 3, Model::AutoEts).mean, &[130.0, 132.0, 134.0], 1e-3);
    let season = [10.0, 20.0, 40.0, 30.0].repeat(6);
    for model in [Model::AutoEts, Model::Theta] {
        assert_near(&run(&season, 4, 4, model).mean, &[10.0, 20.0, 40.0, 30.0], 1e-6);
    }
}

#[test]
fn multiplicative_forms_are_kept_from_data_that_are_not_positive() {
    let y: Vec<f64> = months().iter().map(|value| value - 130.0).collect();
    let spec = run(&y, 12, 3, Model::AutoEts).spec;
    assert!(!spec.contains('M'), "{spec}");
}

#[test]
fn a_change_of_unit_changes_only_the_unit() {
    let y = months();
    for model in Model::ALL {
        let plain = run(&y, 12, 12, model);
        for factor in [1e-9, 0.37, 1e4, 1e15] {
            let scaled: Vec<f64> = y.iter().map(|value| value * factor).collect();
            let found = run(&scaled, 12, 12, model);
            let back: Vec<f64> = found.mean.iter().map(|value| value / factor).collect();
            assert_near(&back, &plain.mean, 1e-6);
            assert_eq!(found.spec, plain.spec);
        }
    }
}

#[test]
fn the_same_series_gives_the_same_bits() {
    for model in Model::ALL {
        let bits = || run(&months(), 12, 24, model).mean.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(), bits());
    }
}

#[test]
fn gaps_are_filled_in_season() {
    let season = [10.0, 20.0, 60.0, 30.0];
    let mut y: Vec<f64> = (0..24).map(|t| season[t % 4] + t as f64).collect();
    let full = y.clone();
    for gap in [6, 7, 13] {
        y[gap] = NAN;
    }
    let series = Series::new(&y, 4).unwrap();
    assert_eq!(series.n_obs, 21);
    for gap in [6, 7, 13] {
        let filled = series.filled[gap] * series.scale;
        assert!((filled - full[gap]).abs() < 2.0, "{filled} for {}", full[gap]);
    }
    assert_near(&Series::new(&[1.0, NAN, NAN, 4.0], 1).unwrap().filled, &[0.4, 0.8, 1.2, 1.6], 1e-12);
}

#[test]
fn leading_gaps_are_dropped_and_trailing_ones_forecast_but_not_reported() {
    let mut y = months();
    let plain = run(&y[..57], 12, 8, Model::AutoEts);
    y[57..].fill(NAN);
    y.splice(0..0, [NAN; 12]);
    let found = run(&y, 12, 5, Model::AutoEts);
    assert_eq!(found.mean, plain.mean[3..]);
    assert_eq!(found.n_obs, 57);
}

#[test]
fn a_trailing_gap_has_a_bound() {
    let with_gap = |steps: usize| forecast(&[months(), vec![NAN; steps]].concat(), 12, 1, Model::Naive);
    assert!(with_gap(10_000).is_ok());
    assert_eq!(with_gap(10_001), Err(Error::TrailingGap { steps: 10_001, most: 10_000 }));
}

#[test]
fn drift_continues_the_line_between_first_and_last() {
    let found = run(&[2.0, 9.0, 5.0, 8.0], 1, 2, Model::Drift);
    assert_near(&found.mean, &[10.0, 12.0], 1e-12);
    // Changes 7, −4, 3 less 2: squares 25 + 36 + 1 over two degrees of freedom.
    let half = |h: f64| 1.959_963_984_540_054 * (31.0 * h * (1.0 + h / 3.0)).sqrt();
    assert_near(&found.hi, &[10.0 + half(1.0), 12.0 + half(2.0)], 1e-12);
}

#[test]
fn the_longest_horizon_is_answered() {
    for model in Model::ALL {
        let found = run(&months(), 12, 10_000, model);
        assert!(found.hi.iter().zip(&found.lo).all(|(hi, lo)| hi >= lo));
    }
}

#[test]
fn long_seasons_are_modelled() {
    let season = |t: usize| 10.0 * (t as f64 * std::f64::consts::TAU / 52.0).sin();
    let y: Vec<f64> = (0..208).map(|t| 100.0 + season(t) + ((t * 37) % 11) as f64 / 5.0).collect();
    let minutes: Vec<f64> = (0..1152).map(|t| 50.0 + season(t * 52 / 288) + ((t * 37) % 11) as f64 / 5.0).collect();
    assert!(run(&minutes, 288, 288, Model::AutoEts).spec.ends_with("N), multiplicative season"));
    for model in [Model::AutoEts, Model::Theta] {
        let found = run(&y, 52, 52, model);
        let misses = found.mean.iter().enumerate().map(|(h, mean)| (mean - 101.0 - season(208 + h)).abs());
        let mean_miss = misses.sum::<f64>() / 52.0;
        assert!(mean_miss < 2.0, "{model:?} {} misses by {mean_miss}", found.spec);
    }
}

#[test]
fn a_step_is_named_as_people_say_it() {
    assert_eq!(Step::Days(1).to_string(), "1 day");
    assert_eq!(Step::Span(chrono::TimeDelta::milliseconds(1500)).to_string(), "1.500000000 seconds");
}

/// A fixed linear congruential generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn value(&mut self, kind: u64) -> f64 {
        let plain = self.below(1000) as f64 / 10.0 - 30.0;
        match (kind, self.below(8)) {
            (0, _) => plain.abs() + 0.1,
            (1, 0) => NAN,
            (2, 0..=5) => 0.0,
            (3, 0) => plain * 1e150,
            (4, _) => plain * 1e-310,
            (5, _) => plain.exp(),
            _ => plain,
        }
    }
}

#[test]
fn thrown_series_end_in_ordered_finite_bounds_or_an_error() {
    const THROWS: usize = 400;
    let mut dice = Dice(20_261_123);
    let mut answered = 0;
    for throw in 0..THROWS {
        let (kind, length, period) = (dice.below(7), dice.below(60), [1, 4, 7, 12, 24][dice.below(5) as usize]);
        let y: Vec<f64> = (0..length).map(|_| dice.value(kind)).collect();
        for model in Model::ALL {
            let Ok(found) = forecast(&y, period, 30, model) else { continue };
            answered += 1;
            for ((lo, mean), hi) in found.lo.iter().zip(&found.mean).zip(&found.hi) {
                assert!(lo.is_finite() && lo <= mean && mean <= hi && hi.is_finite(), "throw {throw}: {model:?} {y:?}");
            }
        }
    }
    let asked = THROWS * Model::ALL.len();
    assert!(answered > asked / 6 * 5, "{answered} of {asked}");
}
