use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Date32Array, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, TimeUnit};

use crate::forecast::{Model, forecast};
use crate::series::testing::{ask_bytes, months, numbers, text};
use crate::ts_fit::state::State;
use crate::ts_predict::tests::predict;

fn series() -> Vec<f64> {
    (0..48).map(|t| 50.0 + t as f64 + [3.0, -2.0, 0.0, -1.0][t % 4] + ((t * 37) % 11) as f64 / 7.0).collect()
}

/// Of the first so many months from 2020 on.
fn fit(known: usize, model: &str) -> Vec<u8> {
    ask_bytes("ts_fit", &[months((2020, 1), known), numbers(&series()[..known]), text(model, known)])
}

fn states(state: &[u8], rows: usize) -> ArrayRef {
    Arc::new(BinaryArray::from_vec(vec![state; rows]))
}

fn month(place: usize) -> (i32, u32) {
    (2020 + place as i32 / 12, place as u32 % 12 + 1)
}

fn update(state: &[u8], from: usize, values: &[f64]) -> Vec<u8> {
    ask_bytes("ts_update", &[states(state, values.len()), months(month(from), values.len()), numbers(values)])
}

fn told(state: &[u8]) -> String {
    match State::read(state).unwrap() {
        State::Failed(failure) => failure.error,
        State::Model(saved) => panic!("{saved:?}"),
    }
}

#[test]
fn later_rows_run_through_the_model() {
    let y = series();
    for model in ["auto", "ets:AAA", "auto_arima", "theta", "stlf", "drift", "snaive"] {
        let state = fit(40, model);
        let State::Model(saved) = State::read(&state).unwrap() else { panic!("{model}") };
        let updated = update(&state, 40, &y[40..]);
        let found = predict(Some(&updated), Some(5), None).unwrap();
        let truth = saved.fitted.forecast(&y, 5).unwrap();
        assert_eq!((found.numbers("yhat"), found.numbers("lo")), (truth.mean, truth.lo), "{model}");
        // In two steps, it is the same state.
        assert_eq!(update(&update(&state, 40, &y[40..43]), 43, &y[43..]), updated, "{model}");
    }
}

#[test]
fn models_without_parameters_are_as_fitted_to_the_whole() {
    for model in ["naive", "snaive", "sba"] {
        let updated = update(&fit(40, model), 40, &series()[40..]);
        let found = predict(Some(&updated), Some(5), None).unwrap();
        let truth = forecast(&series(), 12, 5, Model::from_name(model).unwrap()).unwrap();
        for (found, truth) in [("yhat", truth.mean), ("lo", truth.lo)].map(|(name, truth)| (found.numbers(name), truth))
        {
            found.iter().zip(&truth).for_each(|(found, truth)| assert!((found - truth).abs() < 1e-9, "{model}"));
        }
    }
}

#[test]
fn no_new_row_changes_nothing() {
    let state = fit(40, "auto");
    let none: ArrayRef = Arc::new(Date32Array::from(vec![None, None]));
    let nulls: ArrayRef = Arc::new(Float64Array::from(vec![None, None]));
    assert_eq!(ask_bytes("ts_update", &[states(&state, 2), none.clone(), nulls]), state);
    // A value without a time is no absent row.
    assert_eq!(
        told(&ask_bytes("ts_update", &[states(&state, 2), none, numbers(&[1.0, 2.0])])),
        "2 rows have no timestamp"
    );
}

#[test]
fn gaps_are_bridged() {
    let y = series();
    let state = fit(40, "ets:AAA");
    let State::Model(saved) = State::read(&state).unwrap() else { panic!("no model") };
    let found = predict(Some(&update(&state, 43, &y[43..])), Some(3), None).unwrap();
    let mut gap = y.clone();
    gap[40..43].fill(f64::NAN);
    assert_eq!(found.numbers("yhat"), saved.fitted.forecast(&gap, 3).unwrap().mean);
    let days = cast(&found.column("ts"), &DataType::Date32).unwrap();
    assert_eq!(days.as_primitive::<Date32Type>().value_as_date(0).unwrap().to_string(), "2024-01-01");
    let missing = update(&state, 40, &[f64::NAN, f64::NAN, 92.0]);
    gap.truncate(43);
    gap[42] = 92.0;
    assert_eq!(
        predict(Some(&missing), Some(3), None).unwrap().numbers("yhat"),
        saved.fitted.forecast(&gap, 3).unwrap().mean
    );
}

#[test]
fn rows_that_do_not_follow_are_refused() {
    let state = fit(40, "theta");
    assert_eq!(
        told(&update(&state, 39, &[1.0, 2.0])),
        "timestamp 2023-04-01 is not after 2023-04-01, the last one that the model state knows"
    );
    assert!(told(&update(&state, 3, &[1.0])).contains("timestamp 2020-04-01 is not after 2023-04-01"));
    let twice = [states(&state, 2), Arc::new(Date32Array::from(vec![19_478; 2])) as ArrayRef, numbers(&[1.0, 2.0])];
    assert!(told(&ask_bytes("ts_update", &twice)).contains("timestamp 2023-05-01 occurs more than once"));
    let off = [states(&state, 1), Arc::new(Date32Array::from(vec![19_480])) as ArrayRef, numbers(&[1.0])];
    assert_eq!(
        told(&ask_bytes("ts_update", &off)),
        "timestamp 2023-05-03 does not follow 2023-04-01 by a multiple of 1 month"
    );
    assert!(told(&update(&state, 40, &[f64::INFINITY])).contains("observation 41 is infinite"));
    assert!(told(&update(&state, 40 + 12 * 40, &[1.0])).contains("are too few"));
    // What failed stays failed, and says what was asked for.
    let failed = update(&state, 3, &[1.0]);
    assert_eq!(update(&failed, 40, &[1.0]), failed);
    let row = predict(Some(&failed), Some(1), None).unwrap();
    assert_eq!(row.texts("model"), ["theta"]);
}

#[test]
fn states_that_cannot_be_carried_on_are_told() {
    let (one, other) = (fit(40, "theta"), fit(40, "naive"));
    let both: ArrayRef = Arc::new(BinaryArray::from_vec(vec![&one, &other]));
    let mixed = ask_bytes("ts_update", &[both, months(month(40), 2), numbers(&[1.0, 2.0])]);
    assert_eq!(told(&mixed), "the rows of the series have different model states");
    let stamps = cast(&months(month(40), 2), &DataType::Timestamp(TimeUnit::Second, None)).unwrap();
    let typed = ask_bytes("ts_update", &[states(&one, 2), stamps, numbers(&[1.0, 2.0])]);
    assert!(
        told(&typed).starts_with("the times of the model state are Date32, those of the rows Timestamp"),
        "{}",
        told(&typed)
    );
    let none: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![None]));
    assert_eq!(
        told(&ask_bytes("ts_update", &[none, months(month(40), 1), numbers(&[1.0])])),
        "there is no model state"
    );
    let mut broken = one.clone();
    let end = broken.len() - 9;
    broken[end] = 0xff;
    assert_eq!(told(&update(&broken, 40, &[1.0])), "the model state is damaged");
    assert_eq!(told(&update(b"\xff", 40, &[1.0])), "this is no model state: `ts_fit` makes one");
}
