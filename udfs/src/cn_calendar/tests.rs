use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array, ListArray};
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type};
use chrono::NaiveDate;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::CnCalendar;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn call(from: Option<NaiveDate>, to: Option<NaiveDate>) -> ListArray {
    let array = |date: Option<NaiveDate>| {
        ColumnarValue::Array(Arc::new(Date32Array::from(vec![date.map(Date32Type::from_naive_date)])))
    };
    let function = CnCalendar::new();
    let field = Arc::new(Field::new("a", DataType::Date32, true));
    let arguments = ScalarFunctionArgs {
        args: vec![array(from), array(to)],
        arg_fields: vec![field.clone(), field],
        number_rows: 1,
        return_field: Arc::new(Field::new("f", function.return_type(&[]).unwrap(), true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let ColumnarValue::Array(array) = function.invoke_with_args(arguments).unwrap() else { panic!("a scalar") };
    array.as_list::<i32>().clone()
}

#[test]
fn months_from_and_to_are_both_there() {
    let list = call(Some(date(2024, 1, 20)), Some(date(2024, 12, 3))).value(0);
    assert_eq!(list.len(), 12);
    let column = |name: &str| list.as_struct().column_by_name(name).unwrap().clone();
    assert_eq!(column("working_days").as_primitive::<Float64Type>().value(1), 18.0);
    assert!(column("rest_days_known").as_boolean().value(11));
    let spring = column("spring_festival");
    assert_eq!(spring.as_primitive::<Date32Type>().value_as_date(1), Some(date(2024, 2, 10)));
    assert_eq!(spring.null_count(), 11);
    assert_eq!(column("ts").as_primitive::<Date32Type>().value_as_date(0), Some(date(2024, 1, 1)));
    // The festival was on 10 February: more of the week before it than usual was in that month.
    assert!(column("spring_before").as_primitive::<Float64Type>().value(1) > 0.0);
}

#[test]
fn no_months_and_unknown_years() {
    assert_eq!(call(Some(date(2024, 5, 1)), Some(date(2024, 4, 30))).value_length(0), 0);
    assert_eq!(call(None, Some(date(2024, 4, 30))).value_length(0), 0);
    let refused = call(Some(date(2050, 1, 1)), Some(date(2057, 1, 1))).value(0);
    assert_eq!(refused.len(), 1);
    let told = refused.as_struct().column_by_name("error").unwrap().as_string::<i32>().value(0).to_owned();
    assert_eq!(told, "the dates of lunar holidays are known for 1950 to 2056, not for 2057");
    let unknown = call(Some(date(2040, 1, 1)), Some(date(2040, 1, 1))).value(0);
    assert!(!unknown.as_struct().column_by_name("rest_days_known").unwrap().as_boolean().value(0));
}
