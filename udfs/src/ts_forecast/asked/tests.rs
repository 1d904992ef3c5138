use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::datatypes::DataType;

use super::{Options, read_model};
use crate::ts_forecast::tests::{Called, monthly};

fn called() -> Called {
    let mut called = Called::on(DataType::Date32);
    called.arguments.push(DataType::Utf8);
    called
}

fn with_options(model: &str, options: Option<&str>) -> Vec<ArrayRef> {
    let mut arguments = monthly(model);
    let options = StringArray::from(vec![options; arguments[0].len()]);
    arguments.push(Arc::new(options));
    arguments
}

#[test]
fn texts_are_read_back() {
    for text in ["{}", "{\"level\":0.9}", "{\"period\":7}", "{\"level\":0.999,\"period\":7}"] {
        assert_eq!(Options::parse(text).unwrap().text(), text);
    }
    for name in ["auto", "arima:(0,1,1)(0,1,1)", "ets:MAdM"] {
        assert_eq!(read_model(Some(name)).unwrap(), name);
    }
}

#[test]
fn a_level_changes_the_width_alone() {
    let usual = called().run(&with_options("naive", None));
    assert_eq!(usual, called().run(&with_options("naive", Some("{}"))));
    let half = called().run(&with_options("naive", Some("{\"level\": 0.5}")));
    assert_eq!(half.floats("level"), [0.5; 5]);
    assert_eq!(half.floats("yhat"), usual.floats("yhat"));
    // The quartiles of the normal distribution are 0.67449 deviations from its mean.
    let widths = |rows: &crate::ts_forecast::tests::Rows| rows.floats("hi")[0] - rows.floats("lo")[0];
    assert!((widths(&half) / widths(&usual) - 0.674_489_750_196 / 1.959_963_984_540).abs() < 1e-9);
}

#[test]
fn a_period_takes_the_place_of_the_inferred_one() {
    let spec = |options| called().run(&with_options("snaive", options)).texts("spec")[0].clone().unwrap();
    assert_eq!((spec(None), spec(Some("{\"period\": 4}"))), ("snaive(12)".to_owned(), "snaive(4)".to_owned()));
}

#[test]
fn options_survive_the_stages_of_an_aggregation() {
    let called = called();
    let arguments = with_options("theta", Some("{\"level\":0.8,\"period\":4}"));
    let mut partial = called.accumulator();
    partial.update_batch(&arguments).unwrap();
    let state: Vec<_> = partial.state().unwrap().iter().map(|part| part.to_array().unwrap()).collect();
    let mut last = called.accumulator();
    last.merge_batch(&state).unwrap();
    assert_eq!(crate::ts_forecast::tests::Rows::of(&last.evaluate().unwrap()), called.run(&arguments));
}

#[test]
fn wrong_options_fail_the_query() {
    let fails = |text: &str| Options::parse(text).unwrap_err();
    assert!(fails("").contains("must be a JSON object"));
    assert!(fails("[1]").contains("must be a JSON object"));
    assert!(fails("{\"levl\": 0.9}").contains("unknown option `levl`"));
    for level in ["0.4", "1", "\"0.9\"", "null"] {
        assert!(fails(&format!("{{\"level\": {level}}}")).contains("`level` must be from 0.5 to 0.999"), "{level}");
    }
    for period in ["0", "-1", "1.5", "10001"] {
        assert!(fails(&format!("{{\"period\": {period}}}")).contains("`period` must be from 1 to 10000"), "{period}");
    }
}

#[test]
fn rows_agree_that_mean_the_same() {
    let [mut arguments, other] = [Some("{}"), None].map(|options| with_options("theta", options));
    let mut models = vec!["theta"; arguments[0].len()];
    models[3] = " Theta";
    arguments[3] = Arc::new(StringArray::from(models));
    assert_eq!(called().run(&arguments), called().run(&other));
    let texts = |t: usize| Some(if t == 5 { "{\"level\": 0.80}" } else { "{ \"level\": 0.8 }" });
    arguments[4] = Arc::new((0..arguments[0].len()).map(texts).collect::<StringArray>());
    assert_eq!(called().run(&arguments).floats("level"), [0.8; 5]);
}

/// NULL asks for what is usual, and so differs from what is not.
#[test]
fn rows_that_disagree_about_options_are_told() {
    let mut arguments = with_options("theta", None);
    let texts = |t: usize| (t == 5).then_some("{\"level\": 0.8}");
    arguments[4] = Arc::new((0..arguments[0].len()).map(texts).collect::<StringArray>());
    let told = called().run(&arguments).error();
    assert_eq!(told, "the rows of the series give different values of `options`: `{}` and `{\"level\":0.8}`");
}
