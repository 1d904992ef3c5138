use super::{Fold, Plan, backtest, naive_error};
use crate::forecast::{Error, Model, forecast};

const NAN: f64 = f64::NAN;

fn series(n: usize) -> Vec<f64> {
    (0..n).map(|t| 50.0 + t as f64 + [3.0, -2.0, 0.0, -1.0][t % 4] + ((t * 37) % 11) as f64 / 5.0).collect()
}

fn known(y: &[f64], plan: Plan) -> Vec<usize> {
    backtest(y, 4, Model::Naive, plan).unwrap().iter().map(|fold| fold.known).collect()
}

#[test]
fn the_last_horizon_ends_at_the_last_value() {
    let plan = Plan { horizon: 3, folds: 4, step: 3 };
    assert_eq!(known(&series(40), plan), [28, 31, 34, 37]);
    assert_eq!(known(&series(40), Plan { step: 1, ..plan }), [34, 35, 36, 37]);
    let mut y = series(40);
    y[38] = NAN;
    y[39] = NAN;
    assert_eq!(known(&y, plan), [26, 29, 32, 35]);
}

#[test]
fn a_short_series_has_fewer_folds() {
    let plan = Plan { horizon: 3, folds: 100, step: 3 };
    assert_eq!(known(&series(11), plan), [2, 5, 8]);
    let mut y = series(11);
    y[0] = NAN;
    assert_eq!(known(&y, plan), [5, 8]);
    assert_eq!(known(&series(5), plan), [2]);
    let told = |y: &[f64]| backtest(y, 4, Model::Naive, plan).unwrap_err();
    assert_eq!(told(&series(4)), Error::TooShort { present: 4, least: 5 });
    assert_eq!(told(&[NAN; 9]), Error::Empty);
    assert_eq!(told(&[]), Error::Empty);
}

#[test]
fn each_fold_is_the_forecast_of_what_was_known() {
    let mut y = series(44);
    y[13] = NAN;
    for model in [Model::Auto, Model::AutoEts, Model::Dot, Model::SeasonalNaive] {
        for Fold { known, forecast: found, .. } in
            backtest(&y, 4, model, Plan { horizon: 4, folds: 3, step: 4 }).unwrap()
        {
            assert_eq!(found, forecast(&y[..known], 4, 4, model), "{model:?} after {known}");
        }
    }
}

#[test]
fn nothing_is_known_of_the_future() {
    let plan = Plan { horizon: 4, folds: 4, step: 2 };
    let y = series(40);
    let folds = backtest(&y, 4, Model::Theta, plan).unwrap();
    for (number, fold) in folds.iter().enumerate() {
        let mut changed = y.clone();
        changed[fold.known..].iter_mut().for_each(|value| *value = 1e6 - *value);
        assert_eq!(&backtest(&changed, 4, Model::Theta, plan).unwrap()[number], fold);
    }
    let mut earlier = y.clone();
    earlier[folds[0].known - 1] += 5.0;
    assert_ne!(backtest(&earlier, 4, Model::Theta, plan).unwrap()[0], folds[0]);
}

#[test]
fn an_infinite_value_fails_the_folds_that_know_it() {
    let mut y = series(20);
    y[15] = f64::INFINITY;
    let folds = backtest(&y, 4, Model::Naive, Plan { horizon: 2, folds: 4, step: 2 }).unwrap();
    let failed: Vec<bool> = folds.iter().map(|fold| fold.forecast.is_err()).collect();
    assert_eq!(failed, [false, false, true, true]);
}

#[test]
fn errors_are_scaled_by_those_of_the_naive_forecast() {
    // Seasonal: |5−1|, |5−2|, |9−3|, |6−4|; shorter than two seasons: the steps.
    assert_eq!(naive_error(&[1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 9.0, 6.0], 4), 15.0 / 4.0);
    assert_eq!(naive_error(&[1.0, 2.0, 4.0], 4), 1.5);
    assert_eq!(naive_error(&[NAN, 1.0, NAN, 4.0, 6.0], 1), 2.0);
    assert!(naive_error(&[1.0, NAN, 4.0], 1).is_nan() && naive_error(&[], 1).is_nan());
}
