use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StructArray};
use arrow::datatypes::Field;
use serde_json::{Value, json};

use super::super::em::{Counts, fit};
use super::super::model::{Model, explain, probability};
use super::super::spec::Spec;
use super::import;

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let settings = |level: Value| {
        json!({"comparisons": [{"output_column_name": "x", "comparison_levels": [level, {"sql_condition": "ELSE"}]}]})
            .to_string()
    };
    let exact = json!({"sql_condition": "\"x_l\" = \"x_r\"", "m_probability": 0.9, "u_probability": 0.1});
    assert!(import(&settings(exact.clone())).is_ok());
    let mut other = exact.clone();
    other["sql_condition"] = json!("dmetaphone(\"x_l\") = dmetaphone(\"x_r\")");
    let error = import(&settings(other)).unwrap_err().to_string();
    assert!(error.contains("dmetaphone") && error.contains("comparisons[0].levels[0]"), "{error}");
    let mut other = exact;
    other["m_probabilty"] = json!(0.3);
    assert!(import(&settings(other)).unwrap_err().to_string().contains("`m_probabilty`"));
    for garbage in ["", "[]", "{}", "{\"comparisons\": 3}", "{\"comparisons\": [{\"comparison_levels\": [{}]}]}"] {
        assert!(import(garbage).is_err(), "{garbage}");
    }
}

/// What Splink made of data of made-up persons; the file says how.
const PUBLISHED: &str = include_str!("published/fake_1000.json");
const COLUMNS: [&str; 5] = ["first_name", "surname", "dob", "city", "email"];

fn side(pairs: &[Value], side: &str) -> StructArray {
    let field = |name: String, column: ArrayRef| (Arc::new(Field::new(name, column.data_type().clone(), true)), column);
    let texts = COLUMNS.into_iter().map(|name| {
        let texts: StringArray = pairs.iter().map(|pair| pair[side][name].as_str()).collect();
        field(name.to_owned(), Arc::new(texts) as ArrayRef)
    });
    StructArray::from(texts.collect::<Vec<_>>())
}

#[test]
fn weights_are_those_of_splink() {
    let published: Value = serde_json::from_str(PUBLISHED).unwrap();
    let model = Model::new(import(&published["model"].to_string()).unwrap()).unwrap();
    let pairs = published["pairs"].as_array().unwrap();
    assert!(pairs.len() >= 12);
    let levels = model.levels(&side(pairs, "l"), &side(pairs, "r")).unwrap();
    for (row, pair) in pairs.iter().enumerate() {
        let values: Vec<i8> = levels.iter().map(|values| values[row]).collect();
        assert_eq!(json!(values), pair["levels"], "{pair}");
        let frequency = |field: usize| {
            let of = |side: &str| pair[side][&model.term_fields[field]].as_f64();
            of("l").into_iter().chain(of("r")).reduce(f64::max)
        };
        let total = explain(&model, &values, frequency).last().unwrap().total;
        assert!((total - pair["weight"].as_f64().unwrap()).abs() < 1e-9, "{pair}: {total}");
        assert!((probability(total) - pair["probability"].as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn training_is_that_of_splink() {
    let published: Value = serde_json::from_str(PUBLISHED).unwrap();
    let trained = import(&published["model"].to_string()).unwrap();
    let mut text: Value = serde_json::from_str(&import(&published["start"].to_string()).unwrap().to_json()).unwrap();
    let sessions = published["sessions"].as_array().unwrap();
    let rules = sessions.iter().map(|session| json!({"name": session["rule"], "sql": session["rule"]}));
    text["training"]["sessions"] = rules.collect();
    let spec = Spec::parse(&text.to_string()).unwrap();
    let mut counts = Counts::default();
    for session in sessions {
        for pattern in session["patterns"].as_array().unwrap() {
            let numbers: Vec<i64> = pattern.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect();
            let (pairs, values) = numbers.split_last().unwrap();
            let digits = values.iter().zip(spec.radices());
            let (code, _) =
                digits.fold((0, 1), |(code, place), (value, radix)| (code + place * (value + 1), place * radix));
            counts.add(session["rule"].as_str().unwrap(), code, u64::try_from(*pairs).unwrap());
        }
    }
    let fitted = fit(spec, &counts).unwrap();
    let m = |spec: &Spec| -> Vec<Option<f64>> {
        spec.comparisons.iter().flat_map(|comparison| &comparison.levels).map(|level| level.m).collect()
    };
    for (ours, theirs) in m(&fitted).into_iter().zip(m(&trained)) {
        // What Splink never observed, its file leaves out.
        let apart = ours.zip(theirs).map_or(0.0, |(ours, theirs)| (ours - theirs).abs());
        assert!(apart < 1e-6, "{ours:?} {theirs:?}");
    }
    for (ours, theirs) in fitted.trace["sessions"].as_array().unwrap().iter().zip(sessions) {
        assert!(
            (ours["lambda"].as_f64().unwrap() - theirs["lambda"].as_f64().unwrap()).abs() < 1e-6,
            "{ours} {theirs}"
        );
        assert_eq!(ours["iterations"], theirs["iterations"]);
    }
}
