use arrow::array::{Date32Array, LargeStringArray, StringArray, StringViewArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::Field;
use datafusion_common::config::ConfigOptions;

use super::*;

fn call(function: &dyn ScalarUDFImpl, values: ArrayRef, rest: Vec<ScalarValue>) -> Result<ArrayRef> {
    let given: Vec<DataType> =
        [values.data_type().clone()].into_iter().chain(rest.iter().map(ScalarValue::data_type)).collect();
    let wanted = function.coerce_types(&given)?;
    let rows = values.len();
    let rest = rest.iter().zip(&wanted[1..]).map(|(value, kind)| Ok(ColumnarValue::Scalar(value.cast_to(kind)?)));
    let args = [Ok(ColumnarValue::Array(cast(&values, &wanted[0])?))].into_iter().chain(rest);
    let args = args.collect::<Result<Vec<_>>>()?;
    let returns = function.return_type(&wanted)?;
    let answer = function.invoke_with_args(ScalarFunctionArgs {
        arg_fields: wanted.iter().map(|kind| Arc::new(Field::new("a", kind.clone(), true))).collect(),
        args,
        number_rows: rows,
        return_field: Arc::new(Field::new("answer", returns.clone(), true)),
        config_options: Arc::new(ConfigOptions::default()),
    })?;
    assert_eq!(answer.data_type(), returns);
    answer.to_array(rows)
}

fn told(answer: &ArrayRef) -> Vec<Option<String>> {
    cast(answer, &DataType::Utf8).unwrap().as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).chain([None]).collect()
}

#[test]
fn texts_of_every_kind_are_masked_alike() {
    let given = [Some("王芳"), Some("13812345678"), Some(""), None];
    let arrays: [ArrayRef; 3] = [
        Arc::new(StringArray::from(given.to_vec())),
        Arc::new(LargeStringArray::from(given.to_vec())),
        Arc::new(StringViewArray::from(given.to_vec())),
    ];
    let numbers = |numbers: &[i64]| numbers.iter().map(|number| ScalarValue::Int64(Some(*number))).collect::<Vec<_>>();
    for array in arrays {
        let kept = call(&Part::keep(), array.clone(), numbers(&[1, 0])).unwrap();
        assert_eq!(kept.data_type(), array.data_type());
        assert_eq!(told(&kept), some(&["王*", "1**********", ""]));
        let above = call(&Part::region(), array.clone(), numbers(&[3])).unwrap();
        assert_eq!(told(&above), some(&["王芳", "13800000000", ""]));
        let key = vec![ScalarValue::Binary(Some(b"Jefe".to_vec()))];
        let one = told(&call(&Hash::default(), array.clone(), key.clone()).unwrap());
        assert_eq!(one, told(&call(&Hash::default(), array.clone(), key).unwrap()), "equal stays equal");
        assert!(one[..3].iter().all(|text| text.as_ref().is_some_and(|text| text.len() == 64)) && one[3].is_none());
        let other = vec![ScalarValue::Binary(Some(b"other".to_vec()))];
        assert_ne!(one, told(&call(&Hash::default(), array, other).unwrap()), "not across keys");
    }
}

#[test]
fn days_are_masked_in_their_own_type() {
    // 1999-12-31, and a day beyond the calendar.
    let array: ArrayRef = Arc::new(Date32Array::from(vec![Some(10_956), Some(i32::MAX), None]));
    let month = vec![ScalarValue::Utf8(Some("month".to_owned()))];
    let five = vec![ScalarValue::Int64(Some(5))];
    let text = |answer: ArrayRef| told(&answer);
    assert_eq!(text(call(&Period::default(), array.clone(), month.clone()).unwrap())[0].as_deref(), Some("1999-12-01"));
    let bands = text(call(&Period::default(), array, five.clone()).unwrap());
    assert_eq!(bands, [Some("1995-01-01".to_owned()), None, None]);
    let moment: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![946_684_799_000_001]));
    assert_eq!(text(call(&Period::default(), moment, month).unwrap())[0].as_deref(), Some("1999-12-01T00:00:00"));
}

#[test]
fn what_is_no_mask_is_refused() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let numbers: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    let int = |number| ScalarValue::Int64(Some(number));
    for (function, values, rest) in [
        (&Part::keep() as &dyn ScalarUDFImpl, &texts, vec![int(1)]),
        (&Part::keep(), &texts, vec![int(-1), int(0)]),
        (&Part::keep(), &numbers, vec![int(1), int(1)]),
        (&Part::region(), &texts, vec![]),
        (&Period::default(), &texts, vec![int(1)]),
        (&Period::default(), &numbers, vec![int(0)]),
        (&Period::default(), &numbers, vec![ScalarValue::Utf8(Some("day".to_owned()))]),
        (&Hash::default(), &numbers, vec![ScalarValue::Binary(Some(vec![1]))]),
        (&Hash::default(), &texts, vec![int(1)]),
    ] {
        assert!(call(function, values.clone(), rest.clone()).is_err(), "{} {rest:?}", function.name());
    }
}
