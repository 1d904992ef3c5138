//! Settings of Splink as specifications, and its trained models as models: the same weights for the same pairs.
//!
//! Read are the comparisons with their SQL conditions (those of [`super::spec`]'s SQL; any other is refused with its text), `m` and
//! `u`, term frequencies, the prior, the blocking rules and the limits of training. What only says what Splink's tables look
//! like is passed over. Made for the JSON of Splink 4 and 5 with the DuckDB dialect.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::Error;
use super::spec::Spec;

/// Keys that change nothing about weights.
const PASSED_OVER: [&str; 14] = [
    "link_type",
    "sql_dialect",
    "linker_uid",
    "retain_matching_columns",
    "retain_intermediate_calculation_columns",
    "additional_columns_to_retain",
    "unique_id_column_name",
    "source_dataset_column_name",
    "match_weight_column_prefix",
    "bayes_factor_column_prefix",
    "term_frequency_adjustment_column_prefix",
    "comparison_vector_value_column_prefix",
    "output_column_name",
    "comparison_description",
];

/// The specification that a settings file of Splink stands for.
///
/// # Errors
/// What is no such file, or has a key or a condition that is not understood.
pub fn import(text: &str) -> Result<Spec, Error> {
    let settings: Value = serde_json::from_str(text).map_err(|error| {
        Error::new("the text", format!("it is not JSON: {error}"), "give the JSON that Splink saved")
    })?;
    let read = [
        "comparisons",
        "blocking_rules_to_generate_predictions",
        "probability_two_random_records_match",
        "em_convergence",
        "max_iterations",
    ];
    let settings = object(&settings, "", &read)?;
    let comparisons = list(settings, "comparisons", "")?;
    let comparisons: Vec<Value> = comparisons
        .iter()
        .enumerate()
        .map(|(at, one)| comparison(one, &format!("comparisons[{at}]")))
        .collect::<Result<_, _>>()?;
    let place = "blocking_rules_to_generate_predictions";
    let blocking: Vec<Value> = match settings.contains_key(place) {
        true => list(settings, place, "")?
            .iter()
            .enumerate()
            .map(|(at, one)| rule(one, &format!("{place}[{at}]")))
            .collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let mut spec = Map::new();
    spec.insert("comparisons".to_owned(), Value::Array(comparisons));
    spec.insert("blocking".to_owned(), Value::Array(blocking));
    copy(settings, "probability_two_random_records_match", &mut spec, "prior");
    let mut training = Map::new();
    copy(settings, "em_convergence", &mut training, "convergence");
    copy(settings, "max_iterations", &mut training, "max_iterations");
    spec.insert("training".to_owned(), Value::Object(training));
    Spec::parse(&Value::Object(spec).to_string())
}

fn comparison(value: &Value, at: &str) -> Result<Value, Error> {
    let map = object(value, at, &["output_column_name", "comparison_levels", "comparison_description"])?;
    let levels = list(map, "comparison_levels", at)?;
    let levels: Vec<Value> = levels
        .iter()
        .enumerate()
        .map(|(place, one)| level(one, &format!("{at}.comparison_levels[{place}]")))
        .collect::<Result<_, _>>()?;
    let name = map.get("output_column_name").or_else(|| map.get("comparison_description"));
    Ok(json!({"name": name.cloned().unwrap_or_else(|| json!(at)), "levels": levels}))
}

fn level(value: &Value, at: &str) -> Result<Value, Error> {
    let read = [
        "sql_condition",
        "label_for_charts",
        "m_probability",
        "u_probability",
        "fix_m_probability",
        "fix_u_probability",
        "is_null_level",
        "tf_adjustment_column",
        "tf_adjustment_weight",
        "tf_minimum_u_value",
        "disable_tf_exact_match_detection",
        "comparison_vector_value",
    ];
    let map = object(value, at, &read)?;
    let Some(condition) = map.get("sql_condition").and_then(Value::as_str) else {
        return Err(Error::new(at, "`sql_condition` is missing", "give it as a text"));
    };
    let mut level = Map::new();
    let when = match condition.trim().eq_ignore_ascii_case("else") {
        true => json!("else"),
        false => json!({"sql": condition}),
    };
    level.insert("when".to_owned(), when);
    for (from, to) in [
        ("label_for_charts", "label"),
        ("m_probability", "m"),
        ("u_probability", "u"),
        ("fix_m_probability", "fix_m"),
        ("fix_u_probability", "fix_u"),
        ("is_null_level", "null"),
    ] {
        copy(map, from, &mut level, to);
    }
    if let Some(column) = map.get("tf_adjustment_column").filter(|column| !column.is_null()) {
        let mut term = Map::new();
        // The file may have the column in the quotes of SQL.
        term.insert("column".to_owned(), json!(column.as_str().unwrap_or_default().trim_matches('"')));
        copy(map, "tf_adjustment_weight", &mut term, "weight");
        copy(map, "tf_minimum_u_value", &mut term, "min_u");
        copy(map, "disable_tf_exact_match_detection", &mut term, "own_u");
        level.insert("term_frequency".to_owned(), Value::Object(term));
    }
    Ok(Value::Object(level))
}

/// A text, or an object with it.
fn rule(value: &Value, at: &str) -> Result<Value, Error> {
    let text = match value {
        Value::String(text) => text.as_str(),
        other => {
            let map = object(other, at, &["blocking_rule", "salting_partitions", "arrays_to_explode"])?;
            let explodes =
                map.get("arrays_to_explode").and_then(Value::as_array).is_some_and(|arrays| !arrays.is_empty());
            if explodes {
                return Err(Error::new(at, "rules over exploded arrays are not understood", "unnest the array before"));
            }
            map.get("blocking_rule").and_then(Value::as_str).unwrap_or_default()
        }
    };
    Ok(json!({"sql": text}))
}

fn copy(from: &Map<String, Value>, name: &str, to: &mut Map<String, Value>, as_name: &str) {
    if let Some(value) = from.get(name).filter(|value| !value.is_null()) {
        to.insert(as_name.to_owned(), value.clone());
    }
}

fn object<'a>(value: &'a Value, at: &str, read: &[&str]) -> Result<&'a Map<String, Value>, Error> {
    let Some(map) = value.as_object() else {
        return Err(Error::new(at, format!("{value} is no object"), "give the JSON that Splink saved"));
    };
    let is_known = |key: &&String| read.contains(&key.as_str()) || PASSED_OVER.contains(&key.as_str());
    match map.keys().find(|key| !is_known(key)) {
        Some(key) => Err(Error::new(at, format!("unknown key `{key}`"), "leave it out if weights do not depend on it")),
        None => Ok(map),
    }
}

fn list<'a>(map: &'a Map<String, Value>, name: &str, at: &str) -> Result<&'a Vec<Value>, Error> {
    let missing = || Error::new(at, format!("`{name}` is no list"), "give the JSON that Splink saved");
    map.get(name).and_then(Value::as_array).ok_or_else(missing)
}
