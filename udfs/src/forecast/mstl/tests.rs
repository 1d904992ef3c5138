use crate::forecast::model::forecast_seasons;
use crate::forecast::{Error, Model, forecast};

fn day(t: usize) -> f64 {
    [0.0, -2.0, -4.0, -3.0, 1.0, 5.0, 6.0, 4.0, 2.0, -1.0, -3.0, -5.0][t % 12]
}

fn week(t: usize) -> f64 {
    if t % 84 >= 60 { -7.0 } else { 2.8 }
}

/// Ten weeks of two-hour steps with a trend and a little irregularity.
fn hours() -> Vec<f64> {
    let jitter = |t: usize| ((t * 37) % 11) as f64 / 5.0 - 1.0;
    (0..840).map(|t| 50.0 + 0.01 * t as f64 + day(t) + week(t) + jitter(t)).collect()
}

#[test]
fn both_seasons_are_continued() {
    let found = forecast_seasons(&hours(), &[84, 12, 12], 168, Model::Mstl).unwrap();
    assert!(found.spec.starts_with("MSTL(12,84) + ETS("), "{}", found.spec);
    let misses = |mean: &[f64]| -> f64 {
        let truth = |t: usize| 50.0 + 0.01 * t as f64 + day(t) + week(t);
        mean.iter().enumerate().map(|(h, mean)| (mean - truth(840 + h)).abs()).sum::<f64>() / mean.len() as f64
    };
    assert!(misses(&found.mean) < 0.7, "{}", misses(&found.mean));
    let one = forecast(&hours(), 12, 168, Model::Stlf).unwrap();
    assert!(misses(&found.mean) < misses(&one.mean) / 3.0, "{} {}", misses(&found.mean), misses(&one.mean));
    assert!(found.lo.iter().zip(&found.mean).zip(&found.hi).all(|((lo, mean), hi)| lo < mean && mean < hi));
}

#[test]
fn one_season_is_stlf() {
    let y = &hours()[..150];
    let truth = forecast(y, 12, 20, Model::Stlf).unwrap();
    assert_eq!(forecast(y, 12, 20, Model::Mstl).unwrap(), truth);
    // The week does not fit twice.
    assert_eq!(forecast_seasons(y, &[84, 12], 20, Model::Mstl).unwrap(), truth);
    assert_eq!(forecast_seasons(y, &[12], 20, Model::Theta), forecast(y, 12, 20, Model::Theta));
    assert_eq!(forecast_seasons(y, &[], 20, Model::Theta), forecast(y, 1, 20, Model::Theta));
    assert_eq!(forecast_seasons(y, &[1, 0], 20, Model::Mstl), forecast(y, 1, 20, Model::Stlf));
}

#[test]
fn a_model_of_one_season_refuses_two() {
    let found = forecast_seasons(&hours(), &[12, 84], 20, Model::Auto);
    let Err(Error::Option(message)) = found else { panic!("{found:?}") };
    assert_eq!(message, "model `auto` knows one season; `mstl` takes several");
}

#[test]
fn gaps_constants_and_short_series_have_an_answer() {
    let mut y = hours();
    for gap in [0, 100, 101, 102, 400, 839] {
        y[gap] = f64::NAN;
    }
    let found = forecast_seasons(&y, &[12, 84], 84, Model::Mstl).unwrap();
    assert_eq!((found.mean.len(), found.n_obs), (84, 834));
    assert_eq!(forecast_seasons(&[4.0; 300], &[12, 84], 3, Model::Mstl).unwrap().mean, [4.0; 3]);
    assert_eq!(forecast_seasons(&[], &[12, 84], 3, Model::Mstl), Err(Error::Empty));
    assert!(forecast_seasons(&[1.0, 2.0, 4.0], &[12, 84], 3, Model::Mstl).is_ok());
}
