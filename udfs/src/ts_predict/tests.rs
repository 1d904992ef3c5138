use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, TimestampMillisecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::{TIME, TsPredict};
use crate::series::testing::{Answer, ask, ask_bytes, months, numbers, text};

pub fn predict(state: Option<&[u8]>, horizon: Option<i64>, level: Option<f64>) -> datafusion_common::Result<Answer> {
    let states: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![state]));
    let mut arrays = vec![states, Arc::new(Int64Array::from(vec![horizon])) as ArrayRef];
    arrays.extend(level.map(|level| Arc::new(Float64Array::from(vec![level])) as ArrayRef));
    let function = TsPredict::new();
    let types: Vec<DataType> = arrays.iter().map(|array| array.data_type().clone()).collect();
    let arguments = ScalarFunctionArgs {
        args: arrays.into_iter().map(ColumnarValue::Array).collect(),
        arg_fields: types.iter().map(|of| Arc::new(Field::new("a", of.clone(), true))).collect(),
        number_rows: 1,
        return_field: Arc::new(Field::new("f", function.return_type(&types)?, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let ColumnarValue::Array(found) = function.invoke_with_args(arguments)? else { panic!("no array") };
    Ok(Answer(found.as_list::<i32>().clone()))
}

fn series() -> Vec<f64> {
    (0..44).map(|t| 50.0 + t as f64 + [3.0, -2.0, 0.0, -1.0][t % 4] + ((t * 37) % 11) as f64 / 7.0).collect()
}

fn whole(number: i64, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::from(vec![number; rows]))
}

/// Bits of all columns but the time, which has another type.
fn assert_same(found: &Answer, truth: &Answer) {
    for name in ["step", "yhat", "lo", "hi", "level", "model", "spec", "n_obs", "why", "error"] {
        assert_eq!(&found.column(name), &truth.column(name), "{name}");
    }
    let times = cast(&truth.column("ts"), &TIME).unwrap();
    assert_eq!(&found.column("ts"), &times);
}

#[test]
fn what_was_fitted_is_forecast_as_ts_forecast_does() {
    let mut y = series();
    y[20] = f64::NAN;
    let n = y.len();
    for model in ["auto", "auto_arima", "ets:MAdM", "theta", "stlf", "snaive"] {
        for options in ["{}", r#"{"level": 0.8, "period": 4}"#] {
            let columns = vec![months((2020, 1), n), numbers(&y)];
            let asked = [text(model, n), text(options, n)];
            let state = ask_bytes("ts_fit", &[columns.clone(), asked.to_vec()].concat());
            for horizon in [1, 14] {
                let forecast = ask("ts_forecast", &[columns.clone(), vec![whole(horizon, n)], asked.to_vec()].concat());
                assert_same(&predict(Some(&state), Some(horizon), None).unwrap(), &forecast);
            }
        }
    }
}

#[test]
fn another_level_may_be_asked_for() {
    let n = series().len();
    let state = ask_bytes("ts_fit", &[months((2020, 1), n), numbers(&series()), text("ses", n)]);
    let columns = [months((2020, 1), n), numbers(&series()), whole(3, n), text("ses", n), text(r#"{"level": 0.5}"#, n)];
    assert_same(&predict(Some(&state), Some(3), Some(0.5)).unwrap(), &ask("ts_forecast", &columns));
}

#[test]
fn times_of_a_zone_are_local() {
    let hour = 3_600_000;
    // Midnights of Shanghai.
    let days = TimestampMillisecondArray::from_iter_values((0..20).map(|day| (day * 24 - 8) * hour));
    let times: ArrayRef = Arc::new(days.with_timezone("Asia/Shanghai"));
    let state = ask_bytes("ts_fit", &[times, numbers(&series()[..20]), text("naive", 20)]);
    let found = predict(Some(&state), Some(2), None).unwrap();
    assert_eq!(found.column("ts").data_type(), &DataType::Timestamp(TimeUnit::Microsecond, None));
    let found = found.column("ts");
    let micros = found.as_primitive::<arrow::datatypes::TimestampMicrosecondType>().values().to_vec();
    assert_eq!(micros, [20, 21].map(|day| day * 24 * hour * 1_000));
}

#[test]
fn a_state_without_a_model_is_told_in_its_row() {
    let told = |state: Option<&[u8]>| predict(state, Some(3), None).unwrap();
    assert_eq!(told(None).error(), "there is no model state");
    assert_eq!(told(Some(b"x")).error(), "this is no model state: `ts_fit` makes one");
    let failed = ask_bytes("ts_fit", &[months((2020, 1), 1), numbers(&[4.0]), text("theta", 1)]);
    let truth = ask("ts_forecast", &[months((2020, 1), 1), numbers(&[4.0]), whole(3, 1), text("theta", 1)]);
    assert_same(&told(Some(&failed)), &truth);
    let far = ask_bytes("ts_fit", &[months((262_000, 1), 30), numbers(&series()[..30]), text("naive", 30)]);
    assert!(predict(Some(&far), Some(10_000), None).unwrap().error().contains("leaves the supported calendar"));
}

#[test]
fn a_wrong_call_fails_the_query() {
    let told = |horizon, level| predict(None, horizon, level).unwrap_err().to_string();
    assert!(told(Some(0), None).contains("ts_predict: `horizon` must be from 1 to 10000, got 0"));
    assert!(told(None, None).contains("ts_predict: `horizon` must not be NULL"));
    assert!(told(Some(1), Some(1.0)).contains("ts_predict: `level` must be from 0.5 to 0.999, got 1"));
    assert!(told(Some(1), Some(f64::NAN)).contains("`level` must be from"));
    let function = TsPredict::new();
    assert!(function.coerce_types(&[DataType::Utf8, DataType::Int64]).is_err());
    let taken = function.coerce_types(&[DataType::BinaryView, DataType::Int8, DataType::Float32]).unwrap();
    assert_eq!(taken, [DataType::Binary, DataType::Int64, DataType::Float64]);
}
