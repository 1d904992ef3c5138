use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, DictionaryArray, LargeStringArray, ListArray, StringArray};
use arrow::array::{StringViewArray, new_null_array};
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type};
use datafusion_common::config::ConfigOptions;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs};

use crate::all_scalars;

/// Calls a function of SQL as a session does, coercion included.
fn call(name: &str, arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let function = all_scalars().into_iter().find(|function| function.name() == name).unwrap();
    let types: Vec<DataType> = arguments.iter().map(ColumnarValue::data_type).collect();
    let types = function.coerce_types(&types)?;
    let args = arguments.iter().zip(&types).map(|(argument, to)| argument.cast_to(to, None)).collect::<Result<_>>()?;
    let field = |data_type: &DataType| Arc::new(Field::new("a", data_type.clone(), true));
    let args = ScalarFunctionArgs {
        args,
        arg_fields: types.iter().map(field).collect(),
        number_rows: rows,
        return_field: field(&function.return_type(&types)?),
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(args)?.into_array(rows)
}

fn column(array: impl Array + 'static) -> ColumnarValue {
    ColumnarValue::Array(Arc::new(array))
}

fn text(text: &str) -> ColumnarValue {
    ColumnarValue::Scalar(ScalarValue::from(text))
}

fn numbers_of(array: &ArrayRef) -> Vec<Option<f64>> {
    array.as_primitive::<Float64Type>().iter().collect()
}

#[test]
fn every_kind_of_text_gives_the_same() {
    let texts = [Some("martha"), None, Some(""), Some("王小明")];
    let other = ColumnarValue::Scalar(ScalarValue::from("marhta"));
    let wanted = vec![Some(0.9611111111111111), None, Some(0.0), Some(0.0)];
    let dictionary: DictionaryArray<Int32Type> = texts.into_iter().collect();
    for kind in [
        column(StringArray::from(texts.to_vec())),
        column(LargeStringArray::from(texts.to_vec())),
        column(StringViewArray::from(texts.to_vec())),
        column(dictionary),
    ] {
        let answer = numbers_of(&call("jaro_winkler", &[kind.clone(), other.clone()], 4).unwrap());
        for (answer, wanted) in answer.iter().zip(&wanted) {
            assert!(answer.zip(*wanted).map_or(answer == wanted, |(one, other)| (one - other).abs() < 1e-12));
        }
    }
    let null = column(new_null_array(&DataType::Null, 4));
    assert_eq!(call("jaro", &[null, other.clone()], 4).unwrap().null_count(), 4);
    let constants = call("lcs_ratio", &[text("marhta"), other], 3).unwrap();
    assert_eq!(numbers_of(&constants), vec![Some(1.0); 3]);
}

#[test]
fn functions_answer_refuse_and_pass_nulls_on() {
    let whole = |number: i64| ColumnarValue::Scalar(ScalarValue::from(number));
    let edits = |arguments: &[ColumnarValue]| {
        call("damerau_levenshtein", arguments, 1).map(|answer| answer.as_primitive::<Int64Type>().value(0))
    };
    assert_eq!(edits(&[text("ca"), text("abc")]).unwrap(), 2);
    assert_eq!(edits(&[text("王小明"), text("王明小")]).unwrap(), 1);
    assert_eq!(edits(&[text("kitten"), text("sitting"), whole(1)]).unwrap(), 2);
    assert!(edits(&[text("a"), text("b"), whole(-1)]).unwrap_err().to_string().contains("from 0 to 1000"));
    assert!(edits(&[text("a")]).is_err());
    let ratio = |arguments: &[ColumnarValue]| numbers_of(&call("jaccard", arguments, 1).unwrap())[0];
    assert_eq!(ratio(&[text("abcd"), text("bcde"), whole(2)]), Some(0.5));
    assert_eq!(ratio(&[text("😀😁"), text("😁")]), Some(0.5));
    assert!(call("jaccard", &[text("a"), text("b"), whole(9)], 1).is_err());
    let number = |number: f64| ColumnarValue::Scalar(ScalarValue::from(number));
    assert_eq!(numbers_of(&call("relative_difference", &[number(90.0), number(100.0)], 1).unwrap()), [Some(0.1)]);
    let days = column(Date32Array::from(vec![Some(0), None, Some(i32::MAX)]));
    let answer = call("days_apart", &[days.clone(), column(Date32Array::from(vec![31, 0, 0]))], 3).unwrap();
    assert_eq!(answer.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(31), None, None]);
    let answer = call("months_apart", &[days, column(Date32Array::from(vec![31, 0, 0]))], 3).unwrap();
    assert_eq!(answer.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None, None]);
    assert!(call("days_apart", &[text("a"), text("b")], 1).is_err());
}

#[test]
fn jaccard_of_lists_is_of_their_sets() {
    let list = |rows: Vec<Option<Vec<Option<i32>>>>| column(ListArray::from_iter_primitive::<Int32Type, _, _>(rows));
    let left = list(vec![Some(vec![Some(1), Some(2), Some(2), None]), None, Some(vec![])]);
    let right = list(vec![Some(vec![Some(2), Some(3)]), Some(vec![]), Some(vec![])]);
    let answer = call("jaccard", &[left, right], 3).unwrap();
    assert_eq!(numbers_of(&answer), [Some(1.0 / 3.0), None, Some(0.0)]);
}
