use super::*;
use crate::forecast::forecast;

fn reason_of(y: &[f64], period: usize, model: &str) -> String {
    let model = Model::from_name(model).unwrap();
    why(model, &forecast(y, period, 3, model).unwrap().spec).en
}

#[test]
fn what_was_asked_for_and_what_was_chosen_are_told_apart() {
    let y: Vec<f64> = (0..48).map(|t| 20.0 + f64::from(t % 12) + f64::from(t * 7919 % 13) / 4.0).collect();
    assert_eq!(reason_of(&y, 12, "naive"), "the model was asked for");
    assert_eq!(reason_of(&y, 12, "snaive"), "the model was asked for");
    assert_eq!(reason_of(&y, 12, "ets:AAN"), "the model was asked for");
    assert!(reason_of(&y, 12, "auto_ets").contains("smallest corrected Akaike"));
    assert!(reason_of(&y, 12, "auto").contains("median"));
}

#[test]
fn what_could_not_be_fitted_is_told() {
    assert_eq!(reason_of(&[3.0; 9], 1, "auto_arima"), "all values are equal");
    assert!(reason_of(&[1.0, 2.0], 1, "auto_ets").contains("too short"));
    assert_eq!(reason_of(&[1.0, 2.0, 4.0], 4, "snaive"), "the series has no two cycles");
    // A multiplicative form cannot run through zeros.
    let y: Vec<f64> = (0..30).map(|t| f64::from(t * 31 % 7)).collect();
    assert!(reason_of(&y, 1, "ets:MNN").contains("do not allow the form"), "{}", reason_of(&y, 1, "ets:MNN"));
}

#[test]
fn effects_come_before_the_rest() {
    let found = why(Model::Dot, "regression on rate; rest: DOTM");
    assert_eq!(
        found.en,
        "effects that the series shows are taken off before and put back after; the model was asked for"
    );
    assert_eq!(found.zh, "先扣除序列中存在的效应，预测后加回；模型由用户指定");
}
