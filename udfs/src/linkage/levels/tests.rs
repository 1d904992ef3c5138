use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray, StringArray,
    StructArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type};
use serde_json::{Value, json};

use super::{Patterns, levels, patterns};
use crate::linkage::spec::Spec;

fn rows(columns: Vec<(&str, ArrayRef)>) -> StructArray {
    let columns = columns
        .into_iter()
        .map(|(name, column)| (Arc::new(Field::new(name, column.data_type().clone(), true)), column));
    StructArray::from(columns.collect::<Vec<_>>())
}

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn spec(column: &str, conditions: Vec<Value>) -> Spec {
    let levels: Vec<Value> = conditions.into_iter().map(|when| json!({"when": when})).collect();
    Spec::parse(&json!({"comparisons": [{"column": column, "levels": levels}]}).to_string()).unwrap()
}

/// Levels of one comparison, which must be the same from the other side.
fn of(spec: &Spec, left: &StructArray, right: &StructArray) -> Vec<i8> {
    let found = levels(spec, &Patterns::of(spec), left, right).unwrap().remove(0);
    assert_eq!(levels(spec, &Patterns::of(spec), right, left).unwrap().remove(0), found);
    // A pair alone has the level that it has among others.
    for (row, level) in found.iter().enumerate() {
        let alone = levels(spec, &Patterns::of(spec), &left.slice(row, 1), &right.slice(row, 1)).unwrap();
        assert_eq!(alone, [vec![*level]]);
    }
    found
}

#[test]
fn the_first_level_that_holds_is_that_of_a_pair() {
    let spec = spec(
        "x",
        vec![json!("null"), json!("exact"), json!({"jaro_winkler": 0.9}), json!({"levenshtein": 2}), json!("else")],
    );
    let left = rows(vec![(
        "x",
        texts(&[None, Some("martha"), Some("martha"), Some("abcd"), Some("abcd"), Some(""), Some("😀")]),
    )]);
    let right = rows(vec![(
        "x",
        texts(&[Some("a"), Some("martha"), Some("marhta"), Some("xxcd"), Some("wxyz"), Some(""), Some("😁")]),
    )]);
    assert_eq!(of(&spec, &left, &right), [-1, 3, 2, 1, 0, 3, 1]);
}

#[test]
fn codes_are_digits_of_the_levels() {
    let two = json!({"comparisons": [
        {"column": "x", "levels": [{"when": "null"}, {"when": "exact"}, {"when": "else"}]},
        {"column": "y", "levels": [{"when": "null"}, {"when": "exact"}, {"when": {"jaro": 0.5}}, {"when": "else"}]}]});
    let spec = Spec::parse(&two.to_string()).unwrap();
    let left = rows(vec![("x", texts(&[Some("a"), None])), ("y", texts(&[Some("b"), Some("c")]))]);
    let right = rows(vec![("x", texts(&[Some("a"), Some("a")])), ("y", texts(&[Some("z"), Some("c")]))]);
    let found = levels(&spec, &Patterns::of(&spec), &left, &right).unwrap();
    let codes = patterns(&spec, &found, 2);
    assert_eq!(codes, [2 + 3, 3 * 3]);
    for (row, code) in codes.iter().enumerate() {
        let of_row: Vec<i8> = found.iter().map(|values| values[row]).collect();
        assert_eq!(spec.levels_of(*code), Some(of_row));
    }
}

#[test]
fn unknown_is_neither_true_nor_false() {
    let left = rows(vec![("x", texts(&[None, Some("a")])), ("y", texts(&[Some("b"), Some("b")]))]);
    let right = rows(vec![("x", texts(&[Some("a"), Some("b")])), ("y", texts(&[Some("b"), Some("c")]))]);
    let level = |when: Value| of(&spec("x", vec![when, json!("else")]), &left, &right);
    assert_eq!(level(json!({"not": "exact"})), [0, 1]);
    assert_eq!(level(json!({"any": ["exact", {"exact": "y"}]})), [1, 0]);
    assert_eq!(level(json!({"all": ["exact", {"exact": "y"}]})), [0, 0]);
    assert_eq!(level(json!({"not": {"all": ["exact", {"not": {"exact": "y"}}]}})), [1, 1]);
    assert_eq!(level(json!({"null": "x"})), [1, 0]);
}

#[test]
fn days_numbers_lists_and_swaps_are_compared() {
    let days = |days: Vec<Option<i32>>| Arc::new(Date32Array::from(days)) as ArrayRef;
    let left = rows(vec![
        ("d", days(vec![Some(0), Some(0), Some(0), Some(0), None])),
        ("t", texts(&[Some(" 1990-01-31 "), Some("1990-13-01"), Some("x"), Some("1990-1-1"), None])),
    ]);
    let right = rows(vec![
        ("d", days(vec![Some(2), Some(31), Some(365), Some(366), Some(1)])),
        ("t", texts(&[Some("1990-02-28"), Some("1990-01-01"), Some("x"), Some("1990-01-01"), Some("1990-01-01")])),
    ]);
    let by_days =
        spec("d", vec![json!("null"), json!({"days": 2}), json!({"months": 1}), json!({"years": 1}), json!("else")]);
    assert_eq!(of(&by_days, &left, &right), [3, 2, 1, 0, -1]);
    let parsed = json!({"date": ["t", "%Y-%m-%d"]});
    let of_texts = spec(
        "t",
        vec![
            json!({"any": [{"null": parsed}, {"sql": "try_strptime(t_r, '%Y-%m-%d') IS NULL"}]}),
            json!({"exact": [parsed]}),
            json!({"days": 28, "on": parsed}),
            json!("else"),
        ],
    );
    assert_eq!(of(&of_texts, &left, &right), [1, 3, 3, 2, 3]);

    let left = rows(vec![("n", Arc::new(Int32Array::from(vec![Some(100), Some(100), Some(100), None])) as ArrayRef)]);
    let right =
        rows(vec![("n", Arc::new(Int64Array::from(vec![Some(100), Some(103), Some(109), Some(1)])) as ArrayRef)]);
    let numbers = spec(
        "n",
        vec![
            json!("null"),
            json!("exact"),
            json!({"difference": 3}),
            json!({"relative_difference": 0.1}),
            json!("else"),
        ],
    );
    assert_eq!(of(&numbers, &left, &right), [3, 2, 1, -1]);
    let floats = rows(vec![("n", Arc::new(Float64Array::from(vec![100.0, f64::NAN, f64::INFINITY, 0.0])) as ArrayRef)]);
    assert_eq!(of(&numbers, &floats, &right), [3, 0, 0, 2]);

    let list = |rows: Vec<Option<Vec<Option<i64>>>>| {
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(rows)) as ArrayRef
    };
    let long: Vec<Option<i64>> = (0..100).map(Some).collect();
    let left = rows(vec![(
        "l",
        list(vec![Some(vec![Some(1), Some(1), Some(2), None]), Some(vec![Some(1)]), None, Some(long.clone())]),
    )]);
    let right =
        rows(vec![("l", list(vec![Some(vec![Some(2), Some(1), None]), Some(vec![None]), Some(vec![]), Some(long)]))]);
    let shared =
        spec("l", vec![json!("null"), json!({"shared": 3}), json!({"shared": 2}), json!({"shared": 1}), json!("else")]);
    assert_eq!(of(&shared, &left, &right), [2, 0, -1, 3]);
    // Repetitions count once; beside an empty list nothing is known.
    let overlap = spec("l", vec![json!("null"), json!({"overlap": 1}), json!({"overlap": 0.5}), json!("else")]);
    let left = rows(vec![(
        "l",
        list(vec![Some(vec![Some(1), Some(1), Some(2)]), Some(vec![Some(1), Some(9)]), Some(vec![])]),
    )]);
    let right = rows(vec![(
        "l",
        list(vec![Some(vec![Some(2), Some(1), Some(7)]), Some(vec![Some(1), Some(2)]), Some(vec![Some(1)])]),
    )]);
    assert_eq!(of(&overlap, &left, &right), [2, 1, 0]);

    let left = rows(vec![("a", texts(&[Some("王"), Some("王")])), ("b", texts(&[Some("小明"), Some("小明")]))]);
    let right = rows(vec![("a", texts(&[Some("小明"), Some("王")])), ("b", texts(&[Some("王"), None]))]);
    let swapped =
        spec("a", vec![json!({"swapped": ["a", "b"]}), json!({"exact": {"substr": ["a", 1, 1]}}), json!("else")]);
    assert_eq!(of(&swapped, &left, &right), [2, 1]);
}

#[test]
fn expressions_take_parts_of_texts() {
    let left = rows(vec![("x", texts(&[Some("Ab-12"), Some("éà-9"), Some("-")]))]);
    let right = rows(vec![("x", texts(&[Some("aB-77"), Some("éà-99"), Some("-")]))]);
    let level = |on: Value| of(&spec("x", vec![json!({"exact": on}), json!("else")]), &left, &right);
    assert_eq!(level(json!({"lower": {"substr": ["x", 1, 2]}})), [1, 1, 1]);
    assert_eq!(level(json!({"substr": ["x", 4, 9]})), [0, 0, 1]);
    assert_eq!(level(json!({"empty_is_null": {"extract": ["x", "^[^-]+"]}})), [0, 1, 0]);
    assert_eq!(level(json!({"upper": {"extract": ["x", "([a-zA-Zéà]*)-", 1]}})), [1, 1, 1]);
}

#[test]
fn columns_are_found_and_their_types_checked() {
    let exact = spec("x", vec![json!("null"), json!("exact"), json!({"jaro": 0.9}), json!("else")]);
    let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None].into_iter().collect();
    let coded = rows(vec![("x", Arc::new(dictionary) as ArrayRef)]);
    assert_eq!(of(&exact, &coded, &rows(vec![("x", texts(&[Some("a"), Some("b")]))])), [2, -1]);
    let refused = |spec: &Spec, left: &StructArray, right: &StructArray| {
        levels(spec, &Patterns::of(spec), left, right).unwrap_err().to_string()
    };
    let other = rows(vec![("y", texts(&[Some("a")]))]);
    let error = refused(&exact, &other, &other);
    assert!(error.contains("the left row has no field `x`") && error.contains("comparisons[0]"), "{error}");
    let number = rows(vec![("x", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    let error = refused(&exact, &number, &rows(vec![("x", texts(&[Some("1")]))]));
    assert!(error.contains("cannot be equal"), "{error}");
    let days = spec("x", vec![json!({"days": 1}), json!("else")]);
    assert!(refused(&days, &number, &number).contains("not a DATE"));
    let null = rows(vec![("x", arrow::array::new_null_array(&DataType::Null, 1))]);
    assert_eq!(of(&exact, &null, &null), [-1]);
    assert_eq!(of(&days, &null, &null), [0]);
}

#[test]
fn texts_of_a_megabyte_end() {
    let long = "ab".repeat(500_000);
    let other = "ba".repeat(500_000);
    let spec = spec(
        "x",
        vec![
            json!("exact"),
            json!({"jaro_winkler": 0.999}),
            json!({"damerau_levenshtein": 3}),
            json!({"lcs_ratio": 0.9}),
            json!("else"),
        ],
    );
    let found = of(
        &spec,
        &rows(vec![("x", texts(&[Some(&long), Some(&long)]))]),
        &rows(vec![("x", texts(&[Some(&long), Some(&other)]))]),
    );
    assert_eq!(found, [4, 2]);
}
