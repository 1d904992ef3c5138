use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, StringViewArray,
};
use parquet::arrow::ArrowWriter;

use super::*;

const ROWS: i64 = 8192;

/// The columns of a file of `batch` that have a dictionary.
fn with_dictionary(columns: Vec<(&str, ArrayRef)>) -> Vec<String> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties(&batch))).unwrap();
    writer.write(&batch).unwrap();
    let metadata = writer.close().unwrap();
    let group = metadata.row_group(0);
    let found = group.columns().iter().filter(|column| column.dictionary_page_offset().is_some());
    found.map(|column| column.column_path().string()).collect()
}

#[test]
fn columns_of_different_values_have_no_dictionary() {
    let unique = |number: i64| format!("长安街{number}号");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        ("name", Arc::new((0..ROWS).map(|n| Some(unique(n))).collect::<StringArray>())),
        ("view", Arc::new((0..ROWS).map(|n| Some(unique(n))).collect::<StringViewArray>())),
        ("amount", Arc::new(Decimal128Array::from_iter_values((0..ROWS).map(i128::from)))),
        // A few rows without a value change nothing.
        ("phone", Arc::new((0..ROWS).map(|n| (n % 3 > 0).then_some(n)).collect::<Int64Array>())),
        ("district", Arc::new((0..ROWS).map(|n| Some(unique(n % 16))).collect::<StringArray>())),
        ("day", Arc::new((0..ROWS as i32).map(|n| Some(n % 4000)).collect::<Date32Array>())),
    ];
    assert_eq!(with_dictionary(columns), ["district", "day"]);
}

#[test]
fn what_cannot_be_judged_keeps_its_dictionary() {
    let few: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
    assert_eq!(with_dictionary(vec![("few", few)]), ["few"]);
    let absent: ArrayRef = Arc::new((0..ROWS).map(|n| (n < 100).then_some(n)).collect::<Int64Array>());
    assert_eq!(with_dictionary(vec![("absent", absent)]), ["absent"]);
    // Parquet's writer itself makes none for truth values; judging them must not fail.
    let truth: ArrayRef = Arc::new((0..ROWS).map(|n| Some(n % 2 == 0)).collect::<BooleanArray>());
    assert_eq!(with_dictionary(vec![("truth", truth)]), Vec::<String>::new());
}
