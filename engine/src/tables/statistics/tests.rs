use super::*;

fn schema(data_type: DataType) -> Schema {
    Schema::new(vec![Field::new("c", data_type, true)])
}

fn column(text: &str, data_type: DataType) -> (ColumnStatistics, ColumnStatistics) {
    let schema = schema(data_type);
    let bounds = bounds(Some(text), &schema, 10);
    (bounds.column_statistics[0].clone(), exact(bounds, schema.fields()).column_statistics[0].clone())
}

#[test]
fn integers_are_exact_in_both() {
    let text = r#"{"numRecords":3,"minValues":{"c":-5},"maxValues":{"c":9},"nullCount":{"c":1}}"#;
    let (bounds, exact) = column(text, DataType::Int32);
    assert_eq!(bounds.min_value, Precision::Exact(ScalarValue::Int32(Some(-5))));
    assert_eq!(exact.max_value, Precision::Exact(ScalarValue::Int32(Some(9))));
    assert_eq!(exact.null_count, Precision::Exact(1));
}

#[test]
fn strings_may_be_cut_so_an_aggregate_must_not_use_them() {
    let (bounds, exact) = column(r#"{"minValues":{"c":"丁"},"maxValues":{"c":"王"}}"#, DataType::Utf8);
    assert_eq!(bounds.max_value, Precision::Exact(ScalarValue::from("王")));
    assert_eq!(exact.max_value, Precision::Inexact(ScalarValue::from("王")));
}

#[test]
fn a_cut_timestamp_still_bounds_from_above() {
    let text = r#"{"maxValues":{"c":"2026-11-23T08:00:00.123Z"},"minValues":{"c":"2026-11-23T08:00:00.123Z"}}"#;
    let (bounds, _) = column(text, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    let micros = |value: &Precision<ScalarValue>| match value.get_value() {
        Some(ScalarValue::TimestampMicrosecond(Some(micros), _)) => *micros,
        other => panic!("{other:?}"),
    };
    assert_eq!(micros(&bounds.max_value) - micros(&bounds.min_value), 1000);
}

#[test]
fn unreadable_statistics_are_unknown() {
    for text in [None, Some("{"), Some("null"), Some("[]"), Some(r#"{"numRecords":-1}"#)] {
        let bounds = bounds(text, &schema(DataType::Int64), 10);
        assert_eq!(bounds.num_rows, Precision::Absent, "{text:?}");
        assert_eq!(bounds.column_statistics[0].min_value, Precision::Absent, "{text:?}");
    }
}

#[test]
fn a_decimal_beyond_a_doubles_digits_is_not_used() {
    let wide = DataType::Decimal128(38, 2);
    let (bounds, _) = column(r#"{"minValues":{"c":12345678901234567.25},"maxValues":{"c":12.5}}"#, wide);
    assert_eq!(bounds.min_value, Precision::Absent);
    assert_eq!(bounds.max_value, Precision::Exact(ScalarValue::Decimal128(Some(1250), 38, 2)));
}
