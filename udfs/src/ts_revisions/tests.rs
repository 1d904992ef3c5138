use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

use crate::series::testing::{ask, months, numbers};

fn pick(array: &ArrayRef, rows: &[u32]) -> ArrayRef {
    take(array, &UInt32Array::from(rows.to_vec()), None).unwrap()
}

#[test]
fn first_and_latest_by_vintage() {
    let all = months((2024, 1), 8);
    let (ts, vintage) = (pick(&all, &[0, 0, 0, 1, 1, 2, 3, 3]), pick(&all, &[4, 2, 3, 3, 4, 4, 5, 6]));
    let found = ask("ts_revisions", &[ts, vintage, numbers(&[3.0, 1.0, 2.0, 5.0, 5.0, 9.0, 4.0, f64::NAN])]);
    assert_eq!(found.numbers("first"), [1.0, 5.0, 9.0, 4.0]);
    assert_eq!(found.numbers("revision")[..2], [2.0, 0.0]);
    // Of the last two periods one figure each is known.
    assert!(found.numbers("revision")[2..].iter().all(|revision| revision.is_nan()));
    assert_eq!((found.numbers("mean_revision")[3], found.numbers("mean_absolute")[0]), (1.0, 1.0));
}

#[test]
fn one_vintage_twice_is_told() {
    let all = months((2024, 1), 3);
    let found = ask("ts_revisions", &[pick(&all, &[0, 0]), pick(&all, &[2, 2]), numbers(&[1.0, 2.0])]);
    assert_eq!(found.error(), "2024-01-01 has one vintage twice");
}
