use arrow::array::{Array, DictionaryArray, LargeStringArray, StringArray, StringViewArray, StructArray};
use arrow::datatypes::{Date32Type, Field, Int8Type};
use datafusion_common::config::ConfigOptions;

use super::*;

fn call(reader: &Reader, value: ColumnarValue, rows: usize) -> ColumnarValue {
    let returns = reader.return_type(&[value.data_type()]).unwrap();
    let answer = reader
        .invoke_with_args(ScalarFunctionArgs {
            arg_fields: vec![Arc::new(Field::new("text", value.data_type(), true))],
            args: vec![value],
            number_rows: rows,
            return_field: Arc::new(Field::new("answer", returns.clone(), true)),
            config_options: Arc::new(ConfigOptions::default()),
        })
        .unwrap();
    assert_eq!(answer.data_type(), returns);
    answer
}

fn of_column(reader: &Reader, texts: ArrayRef) -> ArrayRef {
    let rows = texts.len();
    call(reader, ColumnarValue::Array(texts), rows).to_array(rows).unwrap()
}

/// Each row's fields, joined; the last one is a null struct's.
fn rows(answer: &StructArray) -> Vec<String> {
    let columns: Vec<ArrayRef> = answer.columns().iter().map(|c| cast(c, &DataType::Utf8).unwrap()).collect();
    let field = |column: &ArrayRef, row| column.is_valid(row).then(|| column.as_string::<i32>().value(row).to_owned());
    let row = |row| columns.iter().map(|c| field(c, row).unwrap_or("-".to_owned())).collect::<Vec<_>>().join(" ");
    (0..answer.len()).map(row).collect()
}

fn check(reader: &Reader, text: &str) -> String {
    rows(of_column(reader, Arc::new(StringArray::from(vec![text]))).as_struct()).remove(0)
}

#[test]
fn citizen_numbers_say_what_they_are() {
    for (text, expected) in [
        ("11010519491231002X", "ok 11010519491231002X 110105 1949-12-31 2"),
        ("440524188001010014", "ok 440524188001010014 440524 1880-01-01 1"),
        ("110105491231002", "fifteen 11010519491231002X 110105 1949-12-31 2"),
        ("11010519491231002x", "lower_case 11010519491231002X 110105 1949-12-31 2"),
        ("110105194912310021", "bad_check - - - -"),
        ("110105194902300020", "bad_date - - - -"),
        ("110105490230002", "bad_date - - - -"),
        ("1101051949123100 X", "bad_char - - - -"),
        ("1101051949１231002X", "bad_char - - - -"),
        (" 11010519491231002X", "bad_length - - - -"),
        ("", "bad_length - - - -"),
    ] {
        assert_eq!(check(&Reader::cid_check(), text), expected, "`{text}`");
    }
}

#[test]
fn divisions_keep_their_zeros() {
    // No division begins with a zero, but a text that says so is shown as it is.
    let answer = check(&Reader::cid_check(), "000105491231002");
    assert!(answer.starts_with("fifteen 00010519491231002"), "{answer}");
    assert!(answer.contains(" 000105 "), "{answer}");
}

#[test]
fn credit_codes_say_what_they_are() {
    for (text, expected) in [
        ("11990100MB00100062", "ok 1 1 990100 MB0010006"),
        ("11990100MB00100063", "pilot_region 1 1 990100 MB0010006"),
        ("11990100MB00100052", "bad_check - - - -"),
        // Right as a whole, but not the organisation code within.
        ("129971983UGUXF7E0T", "bad_check - - - -"),
        ("11990100mB00100062", "bad_char - - - -"),
        ("1199010OMB00100062", "bad_char - - - -"),
        ("11990100MB0010006", "bad_length - - - -"),
    ] {
        assert_eq!(check(&Reader::uscc_check(), text), expected, "`{text}`");
    }
}

#[test]
fn numbers_are_upgraded_or_left_out() {
    let texts = ["110105491231002", "11010519491231002X", "11010519491231002x", "110105194912310021", ""];
    let answer = of_column(&Reader::cid_upgrade(), Arc::new(StringArray::from(texts.to_vec())));
    let right = Some("11010519491231002X");
    assert_eq!(answer.as_string::<i32>().iter().collect::<Vec<_>>(), [right, right, None, None, None]);
}

#[test]
fn no_text_gives_no_struct_and_no_field() {
    for reader in [Reader::cid_check(), Reader::uscc_check()] {
        let answer = of_column(&reader, Arc::new(StringArray::from(vec![None, Some("1")])));
        assert!(answer.is_null(0) && answer.is_valid(1));
        assert_eq!(rows(answer.as_struct()), ["- - - - -", "bad_length - - - -"]);
        let constant = call(&reader, ColumnarValue::Scalar(ScalarValue::Utf8(None)), 3);
        assert!(matches!(constant, ColumnarValue::Scalar(value) if value.is_null()));
    }
}

#[test]
fn every_type_of_text_is_read() {
    let texts = ["11010519491231002X", "110105491231002"];
    let plain = of_column(&Reader::cid_check(), Arc::new(StringArray::from(texts.to_vec())));
    let dictionary: DictionaryArray<Int8Type> = texts.into_iter().collect();
    let others: [ArrayRef; 3] = [
        Arc::new(LargeStringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from(texts.to_vec())),
        Arc::new(dictionary),
    ];
    for other in others {
        assert_eq!(&of_column(&Reader::cid_check(), other), &plain);
    }
    assert_eq!(plain.as_struct().column(3).as_primitive::<Date32Type>().value(0), -7306);
}

#[test]
fn a_part_of_a_column_and_none_of_it() {
    let column: ArrayRef = Arc::new(StringArray::from(vec![None, Some("110105491231002"), None]));
    let answer = of_column(&Reader::cid_check(), column.slice(1, 2));
    assert!(answer.is_valid(0) && answer.is_null(1));
    assert_eq!(of_column(&Reader::uscc_check(), column.slice(0, 0)).len(), 0);
}

#[test]
fn constants_stay_constants() {
    let text = ScalarValue::Utf8View(Some("110105491231002".to_owned()));
    let answer = call(&Reader::cid_upgrade(), ColumnarValue::Scalar(text), 5);
    assert!(matches!(answer, ColumnarValue::Scalar(ScalarValue::Utf8(Some(text))) if text == "11010519491231002X"));
}
