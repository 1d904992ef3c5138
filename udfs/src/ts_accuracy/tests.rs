use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion_common::ScalarValue;
use datafusion_expr::AggregateUDF;

use super::TsAccuracy;
use crate::series::testing::{evaluate, numbers};

fn score(parts: &[Vec<ArrayRef>]) -> Arc<StructArray> {
    let function = AggregateUDF::from(TsAccuracy::new());
    let types: Vec<DataType> = parts[0].iter().map(|array| array.data_type().clone()).collect();
    let ScalarValue::Struct(found) = evaluate(&function, &types, parts).unwrap() else { panic!("no struct") };
    found
}

fn number(found: &StructArray, name: &str) -> Option<f64> {
    let column = found.column_by_name(name).unwrap().as_primitive::<Float64Type>().clone();
    column.is_valid(0).then(|| column.value(0))
}

#[test]
fn measures_of_partitions_are_those_of_the_whole() {
    let columns = [[10.0, 20.0, 0.1], [12.0, 16.0, 0.3], [8.0, 15.0, 0.0], [14.0, 19.0, 1.0], [2.0, 2.0, 2.0]];
    let whole = score(&[columns.iter().map(|column| numbers(column)).collect()]);
    let part = |row: usize| columns.iter().map(|column| numbers(&[column[row]])).collect::<Vec<_>>();
    assert_eq!(score(&[part(2), part(0), part(1)]), whole);
    assert_eq!(whole.column_by_name("n").unwrap().as_primitive::<Int64Type>().value(0), 3);
    assert!((number(&whole, "mae").unwrap() - 6.2 / 3.0).abs() < 1e-12);
    assert!((number(&whole, "coverage").unwrap() - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn what_was_not_given_is_null() {
    let found = score(&[vec![numbers(&[1.0]), numbers(&[1.5])]]);
    assert_eq!((number(&found, "mae"), number(&found, "bias")), (Some(0.5), Some(0.5)));
    for name in ["mase", "rmsse", "coverage", "msis"] {
        assert_eq!(number(&found, name), None, "{name}");
    }
    let empty = score(&[vec![numbers(&[]), numbers(&[])]]);
    assert_eq!(number(&empty, "rmse"), None);
}
