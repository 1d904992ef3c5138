use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use crate::series::testing::{Answer, ask, months, numbers, text, try_ask};

fn series(n: usize) -> Vec<f64> {
    (0..n).map(|t| 50.0 + t as f64 + [3.0, -2.0, 0.0, -1.0][t % 4] + ((t * 37) % 11) as f64 / 5.0).collect()
}

fn whole(number: i64, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::from(vec![number; rows]))
}

fn call(y: &[f64], horizon: i64, folds: i64, model: &str, options: &str) -> datafusion_common::Result<Answer> {
    let n = y.len();
    let constants = [whole(horizon, n), whole(folds, n), text(model, n), text(options, n)];
    try_ask("ts_backtest", &[vec![months((2015, 1), n), numbers(y)], constants.to_vec()].concat())
}

/// Rows in any order and partitions are tried by `try_ask`.
#[test]
fn each_fold_is_what_ts_forecast_says_of_the_cut_series() {
    let y = series(50);
    let found = call(&y, 4, 3, "theta", r#"{"level": 0.8}"#).unwrap();
    assert_eq!(found.texts("model"), vec!["theta"; 12]);
    for fold in 0..3_usize {
        let known = 38 + 4 * fold;
        let constants = [whole(4, known), text("theta", known), text(r#"{"level": 0.8}"#, known)];
        let cut = [vec![months((2015, 1), known), numbers(&y[..known])], constants.to_vec()].concat();
        let forecast = ask("ts_forecast", &cut);
        let rows = fold * 4..fold * 4 + 4;
        for name in ["yhat", "lo", "hi"] {
            assert_eq!(found.numbers(name)[rows.clone()], forecast.numbers(name), "{name} of fold {fold}");
        }
        assert_eq!(found.dates("ts")[rows.clone()], forecast.dates("ts"));
        assert_eq!(found.texts("spec")[rows.clone()], forecast.texts("spec"));
        assert_eq!(found.numbers("y")[rows.clone()], y[known..known + 4]);
        let month = months((2015, 1), known);
        let month =
            arrow::array::AsArray::as_primitive::<arrow::datatypes::Date32Type>(&month).value_as_date(known - 1);
        assert_eq!(found.dates("cutoff")[rows.start], month.unwrap());
        let scale: f64 = (12..known).map(|t| (y[t] - y[t - 12]).abs()).sum::<f64>() / (known - 12) as f64;
        assert!((found.numbers("scale")[rows.start] - scale).abs() < 1e-12);
    }
}

#[test]
fn missing_outcomes_are_null() {
    let mut y = series(40);
    y[38] = f64::NAN;
    let found = call(&y, 3, 2, "naive", "{}").unwrap();
    assert_eq!(found.numbers("y")[..4], y[34..38]);
    assert!(found.numbers("y")[4].is_nan() && found.numbers("y")[5] == y[39]);
    assert!(found.numbers("yhat").iter().all(|value| value.is_finite()));
    assert_eq!(found.texts("error"), vec![""; 6]);
}

#[test]
fn origins_may_be_nearer_than_the_horizon() {
    let y = series(40);
    let found = call(&y, 3, 5, "naive", r#"{"step": 1}"#).unwrap();
    assert_eq!(found.numbers("yhat").iter().step_by(3).copied().collect::<Vec<_>>(), y[32..37]);
}

#[test]
fn a_series_or_fold_that_fails_says_why() {
    let short = call(&series(4), 3, 2, "naive", "{}").unwrap();
    assert_eq!(short.error(), "4 values are too few; at least 5 are needed");
    let mut y = series(20);
    y[16] = f64::INFINITY;
    let found = call(&y, 2, 2, "naive", "{}").unwrap();
    assert_eq!(found.texts("error"), ["", "", "observation 17 is infinite"]);
    assert!(found.numbers("yhat")[2].is_nan() && found.numbers("scale")[1] > 0.0);
    assert!(call(&series(40), 10_000, 1_000, "naive", "{}").unwrap().error().contains("more than 1000000 rows"));
}

#[test]
fn a_wrong_call_fails_the_query() {
    let told = |folds, options| call(&series(9), 2, folds, "naive", options).unwrap_err().to_string();
    assert!(told(0, "{}").contains("ts_backtest: `folds` must be from 1 to 1000, got 0"));
    assert!(told(2, r#"{"step": 0}"#).contains("option `step` must be from 1 to 10000, got 0"));
    assert!(told(2, r#"{"steps": 1}"#).contains("unknown option `steps`; known are level, period, step"));
}

/// The score of all folds, as the guide computes it.
#[test]
fn accuracy_is_measured_on_it() {
    use arrow::array::AsArray;
    use datafusion_common::ScalarValue;
    let found = call(&series(60), 3, 4, "auto_ets", "{}").unwrap();
    let columns: Vec<ArrayRef> = ["y", "yhat", "lo", "hi", "scale"].map(|name| found.column(name)).into();
    let function = crate::all_aggregates().into_iter().find(|function| function.name() == "ts_accuracy").unwrap();
    let types = vec![arrow::datatypes::DataType::Float64; 5];
    let ScalarValue::Struct(score) = crate::series::testing::evaluate(&function, &types, &[columns]).unwrap() else {
        panic!("no struct")
    };
    let mase = score.column_by_name("mase").unwrap().as_primitive::<arrow::datatypes::Float64Type>().value(0);
    assert!(mase > 0.0 && mase < 1.0, "{mase}");
}
