use arrow::array::{AsArray, UInt32Array};

use crate::series::testing::{ask, months, numbers, text, try_ask};

#[test]
fn steps_become_complete() {
    let rows = UInt32Array::from(vec![0, 1, 3, 4]);
    let ts = arrow::compute::take(&months((2020, 1), 5), &rows, None).unwrap();
    let found = ask("ts_fill", &[ts, numbers(&[1.0, 2.0, 4.0, f64::NAN]), text("previous", 4)]);
    assert_eq!(found.numbers("y"), [1.0, 2.0, 2.0, 4.0, 4.0]);
    let filled: Vec<bool> = found.column("is_filled").as_boolean().values().iter().collect();
    assert_eq!(filled, [false, false, true, false, true]);
}

#[test]
fn unknown_methods_fail_and_repeated_times_are_told() {
    let told = try_ask("ts_fill", &[months((2020, 1), 2), numbers(&[1.0, 2.0]), text("spline", 2)]).unwrap_err();
    assert!(told.to_string().contains("unknown method `spline`; known are `season`"), "{told}");
    let twice = arrow::compute::take(&months((2020, 1), 2), &UInt32Array::from(vec![0, 1, 1]), None).unwrap();
    assert!(ask("ts_fill", &[twice, numbers(&[1.0, 2.0, 3.0])]).error().contains("occurs more than once"));
}
