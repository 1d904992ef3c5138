use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, StructArray, new_empty_array};
use arrow::buffer::NullBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Float64Type, Int8Type, Int64Type, Schema};
use datafusion_common::config::ConfigOptions;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};
use serde_json::{Value, json};

use crate::{all_aggregates, all_scalars};

fn spec() -> String {
    json!({
        "prior": 0.2,
        "comparisons": [
            {"column": "name", "levels": [
                {"when": "null"},
                {"when": "exact", "m": 0.8, "u": 0.1, "term_frequency": true},
                {"when": {"jaro_winkler": 0.9}, "m": 0.15, "u": 0.3},
                {"when": "else", "m": 0.05, "u": 0.6}]},
            {"column": "city", "levels": [
                {"when": "null"}, {"when": "exact", "m": 0.5, "u": 0.25}, {"when": "else", "m": 0.5, "u": 0.75}]}],
        "training": {"sessions": [{"name": "by city", "equal": ["city"]}]}})
    .to_string()
}

fn rows(names: &[Option<&str>], cities: &[Option<&str>], frequencies: &[Option<f64>]) -> StructArray {
    let field = |name: &str, data_type: DataType| Arc::new(Field::new(name, data_type, true));
    StructArray::from(vec![
        (field("name", DataType::Utf8), Arc::new(StringArray::from(names.to_vec())) as ArrayRef),
        (field("city", DataType::Utf8), Arc::new(StringArray::from(cities.to_vec())) as ArrayRef),
        (field("tf_name", DataType::Float64), Arc::new(Float64Array::from(frequencies.to_vec())) as ArrayRef),
    ])
}

fn pairs() -> (StructArray, StructArray) {
    let left = rows(
        &[Some("martha"), Some("martha"), None, Some("王小明"), Some("x")],
        &[Some("a"), Some("a"), Some("b"), None, Some("c")],
        &[Some(0.05), Some(0.05), None, Some(0.4), Some(0.1)],
    );
    let right = rows(
        &[Some("martha"), Some("marhta"), Some("jo"), Some("王小明"), Some("y")],
        &[Some("a"), Some("b"), Some("b"), Some("b"), Some("c")],
        &[Some(0.025), None, Some(0.1), None, Some(0.1)],
    );
    (left, right)
}

/// As a session calls it: what the plan says first.
fn call(name: &str, text: &str, left: &StructArray, right: &StructArray) -> Result<ArrayRef> {
    let function = all_scalars().into_iter().find(|function| function.name() == name).unwrap();
    let text = ScalarValue::from(text);
    let types = [DataType::Utf8, left.data_type().clone(), right.data_type().clone()];
    let types = function.coerce_types(&types)?;
    let fields: Vec<_> = types.iter().map(|of| Arc::new(Field::new("a", of.clone(), true))).collect();
    let constants = [Some(&text), None, None];
    let planned = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &constants };
    let return_field = function.return_field_from_args(planned)?;
    let args = ScalarFunctionArgs {
        args: vec![
            ColumnarValue::Scalar(text.clone()),
            ColumnarValue::Array(Arc::new(left.clone())),
            ColumnarValue::Array(Arc::new(right.clone())),
        ],
        arg_fields: fields,
        number_rows: left.len(),
        return_field: Arc::clone(&return_field),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let answer = function.invoke_with_args(args)?.into_array(left.len())?;
    assert_eq!(answer.data_type(), return_field.data_type());
    Ok(answer)
}

#[test]
fn a_pair_is_coded_scored_and_explained() {
    let (left, right) = pairs();
    let codes = call("link_levels", &spec(), &left, &right).unwrap();
    assert_eq!(codes.as_primitive::<Int64Type>().values(), &[3 + 8, 2 + 4, 8, 3, 1 + 8]);
    let scores = call("link_score", &spec(), &left, &right).unwrap();
    let scores = scores.as_struct();
    let weights = scores.column(0).as_primitive::<Float64Type>().clone();
    // Prior −2; name 3, −1 or log₂ 1/12; its frequency log₂ 0.1/f; city 1 or log₂ 2/3.
    let (other, apart) = ((1.0_f64 / 12.0).log2(), (2.0_f64 / 3.0).log2());
    let wanted = [-2.0 + 3.0 + 1.0 + 1.0, -2.0 - 1.0 + apart, -2.0 + 1.0, -2.0 + 3.0 - 2.0, -2.0 + other + 1.0];
    for (found, wanted) in weights.values().iter().zip(wanted) {
        assert!((found - wanted).abs() < 1e-12, "{weights:?} {wanted:?}");
    }
    assert!((scores.column(1).as_primitive::<Float64Type>().value(0) - 8.0 / 9.0).abs() < 1e-12);
    let levels = scores.column(2).as_list::<i32>().value(2);
    assert_eq!(levels.as_primitive::<Int8Type>().values(), &[-1, 1]);
    let lines = call("link_explain", &spec(), &left, &right).unwrap();
    for row in 0..left.len() {
        let lines = lines.as_list::<i32>().value(row);
        let totals = lines.as_struct().column_by_name("total").unwrap().as_primitive::<Float64Type>().clone();
        assert_eq!(totals.len(), 3);
        assert!((totals.value(2) - weights.value(row)).abs() < 1e-12);
    }
}

#[test]
fn scores_are_the_same_from_the_other_side_and_alone() {
    let (left, right) = pairs();
    let one = call("link_score", &spec(), &left, &right).unwrap();
    assert_eq!(&call("link_score", &spec(), &right, &left).unwrap(), &one);
    let alone: Vec<ArrayRef> =
        (0..5).map(|row| call("link_score", &spec(), &left.slice(row, 1), &right.slice(row, 1)).unwrap()).collect();
    let alone: Vec<&dyn Array> = alone.iter().map(AsRef::as_ref).collect();
    assert_eq!(&concat(&alone).unwrap(), &one);
}

#[test]
fn null_rows_and_no_rows_have_no_answer() {
    let (left, right) = pairs();
    let present = NullBuffer::from(vec![true, false, true, true, true]);
    let left = StructArray::new(left.fields().clone(), left.columns().to_vec(), Some(present));
    for name in ["link_levels", "link_score", "link_explain"] {
        let answer = call(name, &spec(), &left, &right).unwrap();
        assert_eq!((answer.null_count(), answer.is_null(1)), (1, true), "{name}");
        let none = new_empty_array(left.data_type());
        assert_eq!(call(name, &spec(), none.as_struct(), none.as_struct()).unwrap().len(), 0);
    }
}

#[test]
fn what_rows_lack_is_told_when_a_query_is_planned() {
    let (left, right) = pairs();
    let without = |name: &str| {
        let keep: Vec<_> = left.fields().iter().zip(left.columns()).filter(|(field, _)| field.name() != name).collect();
        StructArray::from(keep.into_iter().map(|(field, column)| (field.clone(), column.clone())).collect::<Vec<_>>())
    };
    let none = new_empty_array(without("city").data_type());
    let error = call("link_levels", &spec(), none.as_struct(), &right.slice(0, 0)).unwrap_err().to_string();
    assert!(error.contains("no field `city`") && error.contains("link_levels"), "{error}");
    let error = call("link_score", &spec(), &without("tf_name"), &right).unwrap_err().to_string();
    assert!(error.contains("`tf_name`"), "{error}");
    assert!(call("link_levels", &spec(), &without("tf_name"), &right).is_ok());
    assert!(call("link_score", "{}", &left, &right).unwrap_err().to_string().contains("comparisons"));
}

fn accumulator() -> Box<dyn Accumulator> {
    let function = all_aggregates().into_iter().find(|function| function.name() == "link_fit").unwrap();
    let schema = Schema::empty();
    let args = AccumulatorArgs {
        return_field: Arc::new(Field::new("model", DataType::Utf8, true)),
        schema: &schema,
        ignore_nulls: false,
        order_bys: &[],
        is_reversed: false,
        name: "link_fit",
        is_distinct: false,
        exprs: &[],
        expr_fields: &[],
    };
    function.accumulator(args).unwrap()
}

fn counted(spec: &str, rows: &[(&str, Option<i64>, i64)]) -> Vec<ArrayRef> {
    vec![
        Arc::new(StringArray::from(vec![spec; rows.len()])),
        Arc::new(rows.iter().map(|row| Some(row.0)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| Some(row.2)).collect::<Int64Array>()),
    ]
}

#[test]
fn a_fit_does_not_depend_on_order_or_partitions() {
    let spec = spec();
    let rows: Vec<(&str, Option<i64>, i64)> = vec![
        ("by city", Some(11), 700),
        ("by city", Some(10), 60),
        ("by city", Some(9), 900),
        ("by city", Some(8), 10),
        ("$sample", Some(11), 5),
        ("$sample", Some(5), 4000),
        ("$sample", Some(6), 40),
        ("$sample", Some(9), 300),
        ("$sample", Some(9), 1),
    ];
    let whole = |rows: &[(&str, Option<i64>, i64)]| {
        let mut all = accumulator();
        all.update_batch(&counted(&spec, rows)).unwrap();
        all.evaluate().unwrap().to_string()
    };
    let wanted = whole(&rows);
    let mut turned = rows.clone();
    turned.reverse();
    assert_eq!(whole(&turned), wanted);
    let mut merged = accumulator();
    for part in rows.chunks(2) {
        let mut some = accumulator();
        some.update_batch(&counted(&spec, part)).unwrap();
        let states: Vec<ArrayRef> = some.state().unwrap().iter().map(|state| state.to_array().unwrap()).collect();
        merged.merge_batch(&states).unwrap();
    }
    assert!(merged.size() > 0);
    assert_eq!(merged.evaluate().unwrap().to_string(), wanted);
    let model: Value = serde_json::from_str(&wanted).unwrap();
    assert_eq!(model["trace"]["sample_pairs"], json!(4346.0));
    let (left, right) = pairs();
    assert!(call("link_score", &wanted, &left, &right).is_ok());
}

#[test]
fn a_fit_refuses_what_cannot_be() {
    let spec = spec();
    assert_eq!(accumulator().evaluate().unwrap(), ScalarValue::Utf8(None));
    let failing = |rows: &[(&str, Option<i64>, i64)]| {
        let mut all = accumulator();
        let updated = all.update_batch(&counted(&spec, rows));
        updated.and_then(|()| all.evaluate()).unwrap_err().to_string()
    };
    assert!(failing(&[("by moon", Some(1), 1)]).contains("by moon"));
    assert!(failing(&[("$sample", Some(1), -1)]).contains("-1"));
    assert!(failing(&[("$sample", Some(1_000), 1)]).contains("1000"));
    let mut all = accumulator();
    all.update_batch(&counted(&spec, &[("$sample", Some(1), 1)])).unwrap();
    assert!(all.update_batch(&counted("{}", &[("$sample", Some(1), 1)])).unwrap_err().to_string().contains("the same"));
}

#[test]
fn splink_is_imported_by_sql() {
    let settings = json!({"link_type": "dedupe_only", "comparisons": [{"output_column_name": "name", "comparison_levels": [
        {"sql_condition": "\"name_l\" IS NULL OR \"name_r\" IS NULL", "is_null_level": true},
        {"sql_condition": "\"name_l\" = \"name_r\"", "m_probability": 0.8, "u_probability": 0.1},
        {"sql_condition": "ELSE", "m_probability": 0.2, "u_probability": 0.9}]}]});
    let function = all_scalars().into_iter().find(|function| function.name() == "link_import_splink").unwrap();
    let args = |text: String| ScalarFunctionArgs {
        args: vec![ColumnarValue::Scalar(ScalarValue::from(text))],
        arg_fields: vec![Arc::new(Field::new("a", DataType::Utf8, true))],
        number_rows: 1,
        return_field: Arc::new(Field::new("model", DataType::Utf8, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let ColumnarValue::Scalar(ScalarValue::Utf8(Some(model))) =
        function.invoke_with_args(args(settings.to_string())).unwrap()
    else {
        panic!("no text")
    };
    let (left, right) = pairs();
    let codes = call("link_levels", &model, &left, &right).unwrap();
    assert_eq!(codes.as_primitive::<Int64Type>().values(), &[2, 1, 0, 2, 1]);
    let broken = settings.to_string().replace("\"name_l\\\" = ", "\"name_l\\\" ~ ");
    let error = function.invoke_with_args(args(broken)).unwrap_err().to_string();
    assert!(error.contains("is not understood") && error.contains('~'), "{error}");
}
