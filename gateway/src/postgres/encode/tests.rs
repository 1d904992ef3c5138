use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    ListArray, NullArray, StringArray, StringViewArray, StructArray, Time64NanosecondArray, TimestampMicrosecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Int32Type};

use super::*;
use crate::flight::clients::safe_schema;

/// The values of the first row, as they are sent; none for nulls.
fn sent(columns: Vec<ArrayRef>, format: Format) -> Vec<Option<Vec<u8>>> {
    let named = columns.into_iter().enumerate().map(|(at, column)| (format!("c{at}"), column));
    let batch = RecordBatch::try_from_iter(named).unwrap();
    let schema = safe_schema(&batch.schema());
    let zone = Zone::parse("+08:00").unwrap();
    let encoder = Encoder::new(&batch, &schema, &vec![format; schema.fields().len()], zone).unwrap();
    let mut buffer = BytesMut::new();
    assert_eq!(encoder.rows_into(&mut buffer, 0, 1, usize::MAX).unwrap(), 1);
    assert_eq!((buffer[0], buffer.len()), (b'D', 1 + i32::from_be_bytes(buffer[1..5].try_into().unwrap()) as usize));
    let mut rest = &buffer[7..];
    let mut values = Vec::new();
    while !rest.is_empty() {
        let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
        rest = &rest[4..];
        values.push(usize::try_from(length).ok().map(|length| {
            let (value, left) = rest.split_at(length);
            rest = left;
            value.to_vec()
        }));
    }
    values
}

fn columns() -> Vec<ArrayRef> {
    let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None, Some(-3)])]);
    let inner: ArrayRef = Arc::new(StringArray::from(vec!["a\"b"]));
    let nested = StructArray::from(vec![
        (Arc::new(Field::new("x", DataType::Utf8, true)), inner),
        (Arc::new(Field::new("n", numbers.data_type().clone(), true)), Arc::new(numbers.clone()) as ArrayRef),
    ]);
    vec![
        Arc::new(BooleanArray::from(vec![true])),
        Arc::new(Int32Array::from(vec![-5])),
        Arc::new(UInt64Array::from(vec![u64::MAX])),
        Arc::new(Float64Array::from(vec![0.5])),
        Arc::new(Decimal128Array::from(vec![-12345]).with_precision_and_scale(10, 2).unwrap()),
        Arc::new(StringViewArray::from(vec!["甲"])),
        Arc::new(BinaryArray::from(vec![&[0u8, 255][..]])),
        Arc::new(Date32Array::from(vec![10_958])),
        Arc::new(Time64NanosecondArray::from(vec![3_600_000_000_999])),
        Arc::new(TimestampMicrosecondArray::from(vec![EPOCH + 1])),
        Arc::new(TimestampNanosecondArray::from(vec![EPOCH * 1000]).with_timezone("UTC")),
        Arc::new(numbers),
        Arc::new(nested),
        Arc::new(Int64Array::from(vec![None])),
        Arc::new(NullArray::new(1)),
    ]
}

const EPOCH: i64 = calendar::EPOCH_US;

#[test]
fn values_in_text() {
    let expected = [
        Some("t"),
        Some("-5"),
        Some("18446744073709551615"),
        Some("0.5"),
        Some("-123.45"),
        Some("甲"),
        Some("\\x00ff"),
        Some("2000-01-02"),
        Some("01:00:00"),
        Some("2000-01-01 00:00:00.000001"),
        Some("2000-01-01 08:00:00+08"),
        Some("{1,NULL,-3}"),
        Some(r#"{"x":"a\"b","n":[1,null,-3]}"#),
        None,
        None,
    ];
    let sent = sent(columns(), Format::Text);
    let sent: Vec<_> = sent.iter().map(|value| value.as_ref().map(|v| std::str::from_utf8(v).unwrap())).collect();
    assert_eq!(sent, expected);
}

#[test]
fn values_in_binary() {
    let sent = sent(columns(), Format::Binary);
    let expected: [Option<&[u8]>; 15] = [
        Some(&[1]),
        Some(&[255, 255, 255, 251]),
        Some(&[0, 5, 0, 4, 0, 0, 0, 0, 0, 0x07, 0x34, 0x1a, 0x58, 0x01, 0x71, 0x25, 0x83]),
        Some(&[0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        Some(&[0, 2, 0, 0, 0x40, 0, 0, 2, 0, 123, 0x11, 0x94]),
        Some("甲".as_bytes()),
        Some(&[0, 255]),
        Some(&[0, 0, 0, 1]),
        Some(&[0, 0, 0, 0, 0xd6, 0x93, 0xa4, 0]),
        Some(&[0, 0, 0, 0, 0, 0, 0, 1]),
        Some(&[0, 0, 0, 0, 0, 0, 0, 0]),
        Some(&[
            0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 255, 255, 255, 255, 0,
            0, 0, 4, 255, 255, 255, 253,
        ]),
        Some(br#"{"x":"a\"b","n":[1,null,-3]}"#),
        None,
        None,
    ];
    // The numeric above in groups of four digits: 1844 6744 0737 0955 1615.
    let groups: Vec<u16> = sent[2].as_ref().unwrap()[8..].chunks(2).map(|g| u16::from_be_bytes([g[0], g[1]])).collect();
    assert_eq!(groups, [1844, 6744, 737, 955, 1615]);
    for (at, (sent, expected)) in sent.iter().zip(expected).enumerate().filter(|(at, _)| *at != 2) {
        assert_eq!(sent.as_deref(), expected, "column {at}");
    }
}

#[test]
fn texts_in_lists_are_quoted() {
    let mut builder = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
    for text in ["a", "", "null", "a b", "{x}", "q\"\\"] {
        builder.values().append_value(text);
    }
    builder.append(true);
    let sent = sent(vec![Arc::new(builder.finish())], Format::Text);
    assert_eq!(String::from_utf8_lossy(sent[0].as_ref().unwrap()), r#"{a,"","null","a b","{x}","q\"\\"}"#);
}

#[test]
fn rows_stop_when_the_buffer_is_full() {
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(vec![1; 100])) as ArrayRef)]).unwrap();
    let schema = safe_schema(&batch.schema());
    let encoder = Encoder::new(&batch, &schema, &[Format::Text], Zone::parse("UTC").unwrap()).unwrap();
    let mut buffer = BytesMut::new();
    let next = encoder.rows_into(&mut buffer, 0, 100, 40).unwrap();
    assert!((2..10).contains(&next), "{next}");
    assert_eq!(encoder.rows_into(&mut buffer, next, next + 1, usize::MAX).unwrap(), next + 1);
}

/// Every type, with one value: what is sent of it never asks for what it is not, whatever it stands in.
#[test]
fn every_type_has_a_form() {
    use arrow::array::new_null_array;
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{IntervalUnit, TimeUnit, UnionFields, UnionMode};
    let plain = [
        DataType::Null,
        DataType::Boolean,
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::UInt16,
        DataType::Int32,
        DataType::UInt32,
        DataType::Int64,
        DataType::UInt64,
        DataType::Float16,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal32(5, 2),
        DataType::Decimal64(12, 2),
        DataType::Decimal128(20, 2),
        DataType::Decimal256(50, 2),
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Binary,
        DataType::LargeBinary,
        DataType::BinaryView,
        DataType::FixedSizeBinary(2),
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(TimeUnit::Second),
        DataType::Time64(TimeUnit::Nanosecond),
        DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        DataType::Interval(IntervalUnit::YearMonth),
        DataType::Interval(IntervalUnit::DayTime),
        DataType::Interval(IntervalUnit::MonthDayNano),
        DataType::Duration(TimeUnit::Second),
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8View)),
        DataType::RunEndEncoded(
            Arc::new(Field::new("run_ends", DataType::Int32, false)),
            Arc::new(Field::new("values", DataType::Utf8, true)),
        ),
        DataType::Union(UnionFields::from_fields(vec![Field::new("a", DataType::Int32, true)]), UnionMode::Sparse),
    ];
    for told in plain {
        let one = new_null_array(&told, 1);
        let zero: ArrayRef = match &told {
            DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..) | DataType::Interval(_) => one.clone(),
            told => {
                let number = Arc::new(Int32Array::from(vec![Some(1)])) as ArrayRef;
                let text = Arc::new(StringArray::from(vec![Some("12")])) as ArrayRef;
                let cast = |from: &ArrayRef| arrow::compute::cast(from, told).ok().filter(|made| made.is_valid(0));
                cast(&number).or_else(|| cast(&text)).unwrap_or_else(|| one.clone())
            }
        };
        for column in [one, zero] {
            let item = |name: &str| Arc::new(Field::new(name, told.clone(), true));
            let list: ArrayRef =
                Arc::new(ListArray::new(item("item"), OffsetBuffer::from_lengths([1]), column.clone(), None));
            let keys: ArrayRef = Arc::new(StringArray::from(vec!["k"]));
            let key = Arc::new(Field::new("key", DataType::Utf8, false));
            let entries = StructArray::from(vec![(key, keys), (item("value"), column.clone())]);
            let entry = Arc::new(Field::new("entries", entries.data_type().clone(), false));
            let map = arrow::array::MapArray::new(entry, OffsetBuffer::from_lengths([1]), entries, None, false);
            let inside = StructArray::from(vec![(item("a"), column.clone())]);
            for nested in [column.clone(), list, Arc::new(map) as ArrayRef, Arc::new(inside) as ArrayRef] {
                for format in [Format::Text, Format::Binary] {
                    // Casts that the libraries do not have are errors; nothing may end the process.
                    let batch = RecordBatch::try_from_iter_with_nullable([("c", nested.clone(), true)]).unwrap();
                    let schema = safe_schema(&batch.schema());
                    let utc = Zone::parse("UTC").unwrap();
                    let written = Encoder::new(&batch, &schema, &[format], utc)
                        .and_then(|encoder| encoder.rows_into(&mut BytesMut::new(), 0, 1, usize::MAX));
                    assert!(
                        written.is_ok() || matches!(told, DataType::Union(..)),
                        "{}: {written:?}",
                        nested.data_type()
                    );
                }
            }
        }
    }
    // A key that the announced types do not have: it is cast as well.
    let keys: ArrayRef = Arc::new(StringViewArray::from(vec!["k"]));
    let key = Arc::new(Field::new("key", DataType::Utf8View, false));
    let value = Arc::new(Field::new("value", DataType::Int32, true));
    let entries = StructArray::from(vec![(key, keys), (value, Arc::new(Int32Array::from(vec![1])) as ArrayRef)]);
    let entry = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let map = arrow::array::MapArray::new(entry, OffsetBuffer::from_lengths([1]), entries, None, false);
    assert_eq!(sent(vec![Arc::new(map)], Format::Text), [Some(br#"{"k":1}"#.to_vec())]);
}

/// What the announced types do not have is an error, not a question that is asked for ever.
#[test]
fn what_has_no_form_is_refused() {
    let view: ArrayRef = Arc::new(StringViewArray::from(vec!["x"]));
    assert!(values::text(&view, Zone::parse("UTC").unwrap()).is_err());
}
