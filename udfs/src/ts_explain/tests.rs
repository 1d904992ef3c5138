use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, ListBuilder, PrimitiveBuilder};
use arrow::datatypes::Float64Type;

use crate::series::testing::{Answer, ask, months, numbers, text, try_ask};

fn whole(number: i64, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::from(vec![number; rows]))
}

fn noise(t: usize) -> f64 {
    ((t * 7919) % 101) as f64 / 101.0 - 0.5
}

fn series(n: usize) -> Vec<f64> {
    (0..n).map(|t| 50.0 + t as f64 / 2.0 + [3.0, -2.0, 4.0][t % 3] * ((t % 12) as f64 - 5.5) / 4.0 + noise(t)).collect()
}

fn call(y: &[f64], horizon: i64, model: &str, options: &str) -> datafusion_common::Result<Answer> {
    let n = y.len();
    let constants = vec![whole(horizon, n), text(model, n), text(options, n)];
    try_ask("ts_explain", &[vec![months((2010, 1), n), numbers(y)], constants].concat())
}

/// With one regressor; what it is where `y` is missing at the end is its future.
fn with_given(y: &[f64], given: &[f64], horizon: i64) -> Answer {
    let n = y.len();
    let constants = vec![whole(horizon, n), text("auto_ets", n), text(r#"{"names": ["投资"], "origins": 0}"#, n)];
    let columns = [vec![months((2010, 1), n), numbers(y)], constants, vec![numbers(given)]].concat();
    ask("ts_explain", &columns)
}

fn parts(answer: &Answer, step: usize) -> [f64; 5] {
    ["trend", "seasonal", "calendar", "given", "one_offs"].map(|part| answer.numbers(part)[step])
}

#[test]
fn a_plain_explanation_is_the_forecast_and_its_parts_add_up_to_it() {
    let y = series(96);
    let n = y.len();
    let constants = vec![whole(12, n), text("auto_ets", n), text(r#"{"level": 0.8}"#, n)];
    let forecast = ask("ts_forecast", &[vec![months((2010, 1), n), numbers(&y)], constants].concat());
    let explained = call(&y, 12, "auto_ets", r#"{"level": 0.8}"#).unwrap();
    for name in ["yhat", "lo", "hi", "level"] {
        assert_eq!(explained.numbers(name), forecast.numbers(name), "{name}");
    }
    assert_eq!(explained.texts("spec"), forecast.texts("spec"));
    assert_eq!(explained.dates("ts"), forecast.dates("ts"));
    let is_product = explained.column("is_product").as_boolean().value(0);
    for (step, yhat) in explained.numbers("yhat").iter().enumerate() {
        let parts = parts(&explained, step);
        let total = if is_product { parts.iter().product() } else { parts.iter().sum::<f64>() };
        assert!((total - yhat).abs() < 1e-9 * yhat.abs(), "step {step}: {parts:?} are not {yhat}");
    }
    assert!(explained.texts("words_en")[0].contains("96"), "{}", explained.texts("words_en")[0]);
    assert!(explained.texts("words_zh")[11].contains("96"), "{}", explained.texts("words_zh")[11]);
}

#[test]
fn a_regressor_with_a_future_is_found_and_makes_scenarios() {
    let (known, horizon) = (90, 6);
    let x: Vec<f64> = (0..known + horizon).map(|t| 10.0 + 4.0 * noise(t * t + 3 * t)).collect();
    let y: Vec<f64> = series(known + horizon).iter().zip(&x).map(|(y, x)| y + 3.0 * x).collect();
    let past: Vec<f64> = y.iter().enumerate().map(|(t, y)| if t < known { *y } else { f64::NAN }).collect();
    let base = with_given(&past, &x, horizon as i64);
    assert_eq!(base.numbers("yhat").len(), horizon);
    let first = months((2010, 1), known + 1);
    assert_eq!(base.dates("ts")[0], first.as_primitive::<arrow::datatypes::Date32Type>().value_as_date(known).unwrap());
    for (step, yhat) in base.numbers("yhat").iter().enumerate() {
        let came = y[known + step];
        assert!((yhat - came).abs() < 0.05 * came, "step {step}: {yhat} for {came}");
    }
    let more: Vec<f64> = x.iter().enumerate().map(|(t, x)| if t < known { *x } else { x + 1.0 }).collect();
    let scenario = with_given(&past, &more, horizon as i64);
    for (other, yhat) in scenario.numbers("yhat").iter().zip(base.numbers("yhat")) {
        assert!(((other - yhat) - 3.0).abs() < 0.15, "one more gives {}", other - yhat);
    }
    assert!(base.texts("words_zh")[0].contains("投资"), "{}", base.texts("words_zh")[0]);
}

#[test]
fn regressors_that_cannot_be_used_are_told_in_the_row() {
    let y: Vec<f64> = series(60).into_iter().chain([f64::NAN; 2]).collect();
    let x: Vec<f64> = (0..62).map(|t| noise(t * t)).collect();
    let told = with_given(&y, &x, 3).error();
    assert!(told.contains("投资") && told.contains("last 1 steps"), "{told}");
    let mut lists = ListBuilder::new(PrimitiveBuilder::<Float64Type>::new());
    for t in 0..62 {
        lists.append_value(vec![Some(1.0); if t == 40 { 2 } else { 1 }]);
    }
    let constants = vec![whole(2, 62), text("naive", 62), text("{}", 62)];
    let columns =
        [vec![months((2010, 1), 62), numbers(&y)], constants, vec![Arc::new(lists.finish()) as ArrayRef]].concat();
    let told = ask("ts_explain", &columns).error();
    assert!(told.contains("`given` has") && told.contains("another"), "{told}");
    let nothing: ArrayRef = Arc::new(Float64Array::from(vec![None; 62]));
    let columns = [vec![months((2010, 1), 62), nothing], vec![whole(2, 62)]].concat();
    assert!(!ask("ts_explain", &columns).error().is_empty());
}

#[test]
fn options_are_checked() {
    let y = series(40);
    for (options, told) in [
        (r#"{"period": [12, 6]}"#, None),
        (r#"{"names": "x"}"#, Some("list of texts")),
        (r#"{"origins": 1000}"#, Some("origins")),
        (r#"{"calendar": "US"}"#, Some("calendar")),
        (r#"{"horizon": 1}"#, Some("horizon")),
    ] {
        let answer = call(&y, 2, "naive", options);
        match told {
            // One season at a time: the series' own row says so.
            None => assert!(answer.unwrap().error().contains("one season")),
            Some(told) => {
                let error = answer.unwrap_err().to_string();
                assert!(error.contains(told), "{options}: {error}");
            }
        }
    }
}
