use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListBuilder, NullArray, StringArray, StringBuilder};
use arrow::datatypes::Int64Type;
use datafusion_common::ScalarValue;

use crate::series::testing::try_value;

fn lists(rows: &[&[Option<&str>]]) -> ArrayRef {
    let mut all = ListBuilder::new(StringBuilder::new());
    for names in rows {
        names.iter().for_each(|name| all.values().append_option(*name));
        all.append(true);
    }
    Arc::new(all.finish())
}

fn told(arguments: &[ArrayRef]) -> [Option<i64>; 3] {
    let ScalarValue::Struct(told) = try_value("k_anonymity", arguments).unwrap() else { panic!("no struct") };
    [0, 1, 2].map(|at| {
        let column = told.column(at).as_primitive::<Int64Type>();
        column.is_valid(0).then(|| column.value(0))
    })
}

const A: &[Option<&str>] = &[Some("a"), Some("1")];
const B: &[Option<&str>] = &[Some("b"), None];

#[test]
fn crowds_are_counted() {
    let quasi = lists(&[A, A, A, B, B, A]);
    let three: ArrayRef = Arc::new(Int64Array::from(vec![3; 6]));
    let sensitive: ArrayRef =
        Arc::new(StringArray::from(vec![Some("x"), Some("y"), Some("x"), Some("z"), Some("z"), None]));
    assert_eq!(told(std::slice::from_ref(&quasi)), [Some(2), Some(6), None]);
    assert_eq!(told(&[quasi.clone(), three.clone()]), [Some(2), Some(2), None]);
    assert_eq!(told(&[quasi.clone(), three, sensitive.clone()]), [Some(2), Some(2), Some(1)]);
    let none: ArrayRef = Arc::new(NullArray::new(6));
    assert_eq!(told(&[quasi, none, sensitive]), [Some(2), Some(6), Some(1)]);
}

#[test]
fn lists_that_look_alike_are_not_one_class() {
    let rows: [&[Option<&str>]; 6] = [
        &[Some("ab"), Some("c")],
        &[Some("a"), Some("bc")],
        &[None, Some("x")],
        &[Some("x"), None],
        &[Some("-"), Some("x")],
        &[Some("")],
    ];
    assert_eq!(told(&[lists(&rows)]), [Some(1), Some(6), None]);
    assert_eq!(told(&[lists(&[])]), [None, Some(0), None]);
    let nulls: ArrayRef = Arc::new(NullArray::new(4));
    assert_eq!(told(&[nulls]), [Some(4), Some(4), None]);
}

#[test]
fn thresholds_are_one_number_above_zero() {
    for wrong in [vec![0, 0], vec![-1, -1], vec![3, 4]] {
        let threshold: ArrayRef = Arc::new(Int64Array::from(wrong));
        assert!(try_value("k_anonymity", &[lists(&[A, B]), threshold]).is_err());
    }
}
