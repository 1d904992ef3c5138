use std::sync::Arc;

use arrow::array::{Int32Array, Int64Array, StringArray};
use arrow::datatypes::{Field, Schema};

use super::*;

fn batch(names: &[Option<&str>], counts: &[i64]) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("name", DataType::Utf8, true), Field::new("n", DataType::Int64, true)]);
    let columns: Vec<Arc<dyn Array>> =
        vec![Arc::new(StringArray::from(names.to_vec())), Arc::new(Int64Array::from(counts.to_vec()))];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

#[test]
fn order_and_cuts_do_not_matter_but_values_do() {
    let whole = checksum([batch(&[Some("王"), None, Some("")], &[1, 2, 3])]).unwrap();
    assert_eq!(whole, checksum([batch(&[None, Some("")], &[2, 3]), batch(&[Some("王")], &[1])]).unwrap());
    assert_ne!(whole, checksum([batch(&[Some("王"), Some(""), None], &[1, 2, 3])]).unwrap());
    assert_ne!(whole, checksum([batch(&[Some("王"), None, Some("")], &[1, 3, 2])]).unwrap());
}

#[test]
fn an_unknown_type_is_named() {
    let schema = Schema::new(vec![Field::new("odd", DataType::Int32, true)]);
    let odd = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(vec![1]))]).unwrap();
    assert!(checksum([odd]).unwrap_err().to_string().contains("`odd`"));
}
