use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
    Int64Array, ListArray, MapBuilder, NullArray, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::array::{Int32Builder, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::ipc::reader::StreamReader;
use serde_json::{Value, json};

use super::*;

fn written(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = Writer::new(format, "q", &batches[0].schema());
    let mut out = Vec::new();
    writer.begin(&mut out).unwrap();
    batches.iter().for_each(|batch| writer.rows(batch, &mut out).unwrap());
    writer.end(batches.iter().map(|batch| batch.num_rows() as u64).sum(), &mut out).unwrap();
    out
}

fn text(format: Format, batch: &RecordBatch) -> String {
    String::from_utf8(written(format, std::slice::from_ref(batch))).unwrap()
}

fn one(column: impl arrow::array::Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("x", Arc::new(column) as ArrayRef, true)]).unwrap()
}

/// The values of one column as JSON has them.
fn values(column: impl arrow::array::Array + 'static) -> Value {
    let document: Value = serde_json::from_str(&text(Format::Json, &one(column))).unwrap();
    document["rows"].as_array().unwrap().iter().map(|row| row[0].clone()).collect()
}

fn people() -> RecordBatch {
    let columns: [(&str, ArrayRef); 3] = [
        ("编号", Arc::new(Int64Array::from(vec![1, 2]))),
        ("姓名", Arc::new(StringArray::from(vec![Some("王\"芳\", 甲\n"), None]))),
        ("份额", Arc::new(Decimal128Array::from(vec![Some(1230), None]).with_precision_and_scale(12, 2).unwrap())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

#[test]
fn a_document_has_columns_rows_and_their_number() {
    let text = String::from_utf8(written(Format::Json, &[people(), people()])).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let rows = [json!([1, "王\"芳\", 甲\n", "12.30"]), json!([2, null, null])];
    let expected = json!({
        "query_id": "q",
        "columns": [
            { "name": "编号", "type": "BIGINT" }, { "name": "姓名", "type": "TEXT" }, { "name": "份额", "type": "DECIMAL(12,2)" },
        ],
        "rows": [rows[0], rows[1], rows[0], rows[1]],
        "row_count": 4,
    });
    assert_eq!(document, expected);
    assert!(text.starts_with("{\"query_id\":\"q\",\"columns\":["), "{text}");
}

#[test]
fn an_answer_without_rows_is_whole() {
    let empty = people().slice(0, 0);
    let document: Value = serde_json::from_str(&text(Format::Json, &empty)).unwrap();
    assert_eq!((&document["rows"], &document["row_count"]), (&json!([]), &json!(0)));
    assert_eq!(text(Format::Ndjson, &empty), "");
    assert_eq!(text(Format::Csv, &empty), "编号,姓名,份额\r\n");
    let bytes = written(Format::Arrow, &[empty]);
    assert_eq!(
        StreamReader::try_new(&bytes[..], None).unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(),
        0
    );
}

#[test]
fn what_an_error_ended_tells_so() {
    let error = json!({ "code": "HT0114" });
    let broken = |format| {
        let mut writer = Writer::new(format, "q", &people().schema());
        let mut out = Vec::new();
        writer.begin(&mut out).unwrap();
        writer.rows(&people(), &mut out).unwrap();
        let before = out.len();
        writer.broken(&error, 2, &mut out);
        (String::from_utf8_lossy(&out).into_owned(), out.len() - before)
    };
    let document: Value = serde_json::from_str(&broken(Format::Json).0).unwrap();
    assert_eq!((&document["error"], &document["row_count"]), (&error, &json!(2)));
    assert_eq!(broken(Format::Ndjson).0.lines().last(), Some("{\"error\":{\"code\":\"HT0114\"}}"));
    for format in [Format::Csv, Format::Arrow] {
        assert_eq!(broken(format).1, 0, "{format:?}");
    }
}

#[test]
fn lines_are_objects() {
    let lines: Vec<Value> =
        text(Format::Ndjson, &people()).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({ "编号": 1, "姓名": "王\"芳\", 甲\n", "份额": "12.30" }),
        json!({ "编号": 2, "姓名": null, "份额": null }),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn columns_of_one_name_stay_apart() {
    let fields: Vec<_> = ["a", "a", "a_2"].map(|name| Field::new(name, DataType::Int32, true)).into();
    let columns = (1..=3).map(|n| Arc::new(Int32Array::from(vec![n])) as ArrayRef).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(text(Format::Ndjson, &batch), "{\"a\":1,\"a_3\":2,\"a_2\":3}\n");
}

#[test]
fn csv_quotes_what_it_must_and_tells_null_from_empty() {
    let words = StringArray::from(vec![Some(""), None, Some("a,b"), Some("\"甲\"\r\n"), Some(" a ")]);
    let numbers = Int32Array::from(vec![None, Some(1), None, Some(2), None]);
    let columns: [(&str, ArrayRef, bool); 2] = [("x,\"y\"", Arc::new(words), true), ("n", Arc::new(numbers), true)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let expected = "\"x,\"\"y\"\"\",n\r\n\"\",\r\n,1\r\n\"a,b\",\r\n\"\"\"甲\"\"\r\n\",2\r\n a ,\r\n";
    assert_eq!(text(Format::Csv, &batch), expected);
    assert_eq!(text(Format::Csv, &one(Int32Array::from(vec![None, Some(1)]))), "x\r\n\"\"\r\n1\r\n");
}

#[test]
fn numbers_keep_their_value() {
    let exact = (1_i64 << 53) - 1;
    let whole = Int64Array::from(vec![0, exact, -exact, exact + 1, -exact - 1, i64::MIN]);
    assert_eq!(
        values(whole),
        json!([0, exact, -exact, "9007199254740992", "-9007199254740992", "-9223372036854775808"])
    );
    assert_eq!(values(UInt64Array::from(vec![1, u64::MAX])), json!([1, "18446744073709551615"]));
    let doubles = Float64Array::from(vec![0.1, 1.0, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(values(doubles), json!([0.1, 1.0, 1e300, "NaN", "Infinity", "-Infinity"]));
    // As short as a single is, and not the double that is next to it.
    assert!(text(Format::Ndjson, &one(Float32Array::from(vec![0.1]))).contains(":0.1}"));
    let decimals = Decimal128Array::from(vec![-5, 100]).with_precision_and_scale(10, 3).unwrap();
    assert_eq!(values(decimals), json!(["-0.005", "0.100"]));
}

#[test]
fn other_types_are_written_by_their_standards() {
    assert_eq!(values(BooleanArray::from(vec![Some(true), None])), json!([true, null]));
    assert_eq!(values(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None])), json!(["AP8=", null]));
    assert_eq!(values(Date32Array::from(vec![0, 20_782])), json!(["1970-01-01", "2026-11-25"]));
    let moments = TimestampMicrosecondArray::from(vec![1_500_000]);
    assert_eq!(values(moments.clone()), json!(["1970-01-01T00:00:01.500"]));
    assert_eq!(values(moments.with_timezone("+08:00")), json!(["1970-01-01T08:00:01.500+08:00"]));
    assert_eq!(values(NullArray::new(2)), json!([null, null]));
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None, Some(i64::MAX)]), None]);
    assert_eq!(values(list), json!([[1, null, "9223372036854775807"], null]));
    let fields: Vec<(Arc<Field>, ArrayRef)> = vec![
        (Arc::new(Field::new("a", DataType::Float64, true)), Arc::new(Float64Array::from(vec![Some(f64::NAN), None]))),
        (Arc::new(Field::new("乙", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["x", "y"]))),
    ];
    assert_eq!(values(StructArray::from(fields)), json!([{ "a": "NaN", "乙": "x" }, { "a": null, "乙": "y" }]));
    let mut map = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
    map.keys().append_value(7);
    map.values().append_value("甲");
    map.keys().append_value(8);
    map.values().append_null();
    map.append(true).unwrap();
    map.append(false).unwrap();
    assert_eq!(values(map.finish()), json!([{ "7": "甲", "8": null }, null]));
}

/// An export must not carry an error message as data.
#[test]
fn a_date_beyond_the_calendar_is_an_error() {
    let batch = one(Date32Array::from(vec![i32::MAX]));
    for format in [Format::Json, Format::Ndjson, Format::Csv] {
        let mut writer = Writer::new(format, "q", &batch.schema());
        let error = writer.rows(&batch, &mut Vec::new()).unwrap_err();
        assert_eq!(error.code, Code::RESULT_NOT_WRITTEN, "{format:?}");
    }
}

#[test]
fn arrow_streams_are_read_back() {
    let bytes = written(Format::Arrow, &[people(), people()]);
    let read: Vec<_> = StreamReader::try_new(&bytes[..], None).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, [people(), people()]);
}

#[test]
fn types_have_the_names_that_sql_reads() {
    let item = Arc::new(Field::new("item", DataType::Decimal128(9, 2), true));
    let fields = vec![Field::new("a", DataType::Utf8View, true), Field::new("b", DataType::List(item), true)];
    assert_eq!(crate::type_names::name(&DataType::Struct(fields.into())), "STRUCT<a TEXT, b DECIMAL(9,2)[]>");
    let zoned = DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, Some("UTC".into()));
    assert_eq!(crate::type_names::name(&zoned), "TIMESTAMP(3) WITH TIME ZONE");
}
