use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::TsScore;
use crate::ts_accuracy::fields;

fn rows(names: &[&str]) -> StructArray {
    let (y, yhat) = ([Some(10.0), Some(20.0), None, Some(1.0)], [Some(12.0), Some(19.0), Some(5.0), Some(1.0)]);
    let column = |name: &&str| -> (Arc<Field>, ArrayRef) {
        let values = match *name {
            "y" => y,
            "yhat" => yhat,
            "lo" => [Some(0.0); 4],
            "hi" => [Some(15.0); 4],
            _ => [Some(2.0), Some(2.0), Some(2.0), None],
        };
        (Arc::new(Field::new(*name, DataType::Float64, true)), Arc::new(Float64Array::from(values.to_vec())))
    };
    let (fields, columns): (Vec<_>, Vec<_>) = names.iter().map(column).unzip();
    StructArray::new(Fields::from(fields), columns, None)
}

#[test]
fn each_list_has_its_score() {
    let rows = rows(&["scale", "y", "yhat", "lo", "hi"]);
    let item = Arc::new(Field::new_list_field(rows.data_type().clone(), true));
    let nulls = NullBuffer::from(vec![true, false, true, true]);
    // Three of the first list, none of a null one and of an empty one, one of the last.
    let offsets = OffsetBuffer::new(vec![0, 3, 3, 3, 4].into());
    let lists: ArrayRef = Arc::new(ListArray::new(item, offsets, Arc::new(rows), Some(nulls)));
    let asked = ScalarFunctionArgs {
        arg_fields: vec![Arc::new(Field::new("list", lists.data_type().clone(), true))],
        args: vec![ColumnarValue::Array(lists)],
        number_rows: 4,
        return_field: Arc::new(Field::new("score", DataType::Struct(fields()), true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let ColumnarValue::Array(scores) = TsScore::default().invoke_with_args(asked).unwrap() else { panic!("no array") };
    let scores = scores.as_struct();
    let of = |name: &str| scores.column_by_name(name).unwrap().as_primitive::<Float64Type>();
    assert_eq!(
        scores.column_by_name("n").unwrap().as_primitive::<Int64Type>(),
        &Int64Array::from(vec![Some(2), None, Some(0), Some(1)])
    );
    assert_eq!(of("mae"), &Float64Array::from(vec![Some(1.5), None, None, Some(0.0)]));
    assert_eq!(of("mase"), &Float64Array::from(vec![Some(0.75), None, None, None]));
    assert_eq!(of("coverage"), &Float64Array::from(vec![Some(0.5), None, None, Some(1.0)]));
}

#[test]
fn other_lists_are_refused() {
    let list = |names: &[&str]| DataType::new_list(rows(names).data_type().clone(), true);
    let takes = |types: &[DataType]| TsScore::default().coerce_types(types).is_ok();
    assert!(takes(&[list(&["y", "yhat", "lo", "hi", "scale"])]));
    assert!(takes(&[DataType::Null]));
    assert!(!takes(&[list(&["y", "yhat", "lo", "hi"])]));
    assert!(!takes(&[DataType::new_list(DataType::Float64, true)]));
    assert!(!takes(&[DataType::Float64]));
    assert!(!takes(&[]));
}
