use serde_json::json;

use super::{Model, explain, log2_odds, probability};

fn model() -> Model {
    let text = json!({
        "prior": 0.2,
        "comparisons": [
            {"column": "x", "levels": [
                {"when": "null"},
                {"when": "exact", "m": 0.8, "u": 0.1, "term_frequency": {"weight": 0.5, "min_u": 0.01}},
                {"when": {"jaro": 0.9}, "m": 0.15, "u": 0.3, "term_frequency": true},
                {"when": "else", "m": 0.05, "u": 0.6}]},
            {"column": "y", "levels": [{"when": "exact", "m": 0.5, "u": 0.0}, {"when": "else", "m": 0.5, "u": 1.0}]}]});
    Model::parse(&text.to_string()).unwrap()
}

#[test]
fn weights_are_logarithms_of_bayes_factors() {
    let model = model();
    assert_eq!(model.prior_weight, -2.0);
    let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-12, "{one} {other}");
    close(model.weight(0, 2), 3.0);
    close(model.weight(0, 1), -1.0);
    assert_eq!(model.weight(0, -1), 0.0);
    assert_eq!([model.weight(0, 3), model.weight(0, -2), model.weight(9, 0)], [0.0; 3]);
    // A chance of 0 is not certainty.
    assert!(model.weight(1, 1) > 900.0 && model.weight(1, 1).is_finite());
    close(probability(-2.0), 0.2);
    assert!((log2_odds(probability(17.25)) - 17.25).abs() < 1e-9);
    assert_eq!([probability(1e6), probability(-1e6)], [1.0, 0.0]);
    assert!(log2_odds(0.0).is_finite() && log2_odds(1.0).is_finite());
}

#[test]
fn frequencies_adjust_from_the_exact_level() {
    let model = model();
    assert_eq!(model.term_fields, ["tf_x"]);
    let of = |value: i8, frequency: f64| model.term_weight(0, value, |_| Some(frequency));
    let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-12, "{one} {other}");
    close(of(2, 0.025), 0.5 * 2.0);
    close(of(2, 0.4), 0.5 * -2.0);
    close(of(2, 0.000_001), 0.5 * (0.1_f64 / 0.01).log2());
    // Not exact: from the `u` of the level that is.
    close(of(1, 0.05), 1.0);
    assert_eq!([of(0, 0.05), of(-1, 0.05), model.term_weight(0, 2, |_| None)], [0.0; 3]);
    assert!(of(1, 0.0).is_finite());
}

#[test]
fn lines_add_up() {
    let model = model();
    let lines = explain(&model, &[2, 0], |_| Some(0.025));
    assert_eq!(lines.iter().map(|line| line.field.as_str()).collect::<Vec<_>>(), ["prior", "x", "y"]);
    assert_eq!(lines[1].level.as_deref(), Some("exact"));
    let total: f64 = lines.iter().map(|line| line.weight + line.term_weight).sum();
    assert!((lines[2].total - total).abs() < 1e-12);
    assert!((total - (-2.0 + 3.0 + 1.0 - 1.0)).abs() < 1e-12);
}

#[test]
fn starting_values_are_those_of_splink() {
    let text = json!({"comparisons": [{"column": "x", "levels": [
        {"when": "null"}, {"when": "exact"}, {"when": {"jaro": 0.9}}, {"when": {"jaro": 0.8}}, {"when": "else"}]}]});
    let model = Model::parse(&text.to_string()).unwrap();
    let weights: Vec<f64> = [3, 2, 1, 0].map(|value| model.weight(0, value)).to_vec();
    for (weight, wanted) in weights.iter().zip([10.0, 3.0, -1.0, -5.0]) {
        assert!((weight - wanted).abs() < 1e-12, "{weights:?}");
    }
}
