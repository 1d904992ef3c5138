use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Float64Builder, Int64Array, ListBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::Int64Type;

use super::super::cell_key::KEYS;
use crate::series::testing::{Answer, ask, try_ask};

type Row<'a> = (&'a [Option<&'a str>], i64, Option<f64>);

fn dims(rows: &[Row]) -> ArrayRef {
    let mut all = ListBuilder::new(StringBuilder::new());
    for (names, ..) in rows {
        names.iter().for_each(|name| all.values().append_option(*name));
        all.append(true);
    }
    Arc::new(all.finish())
}

fn arguments(options: &str, rows: &[Row]) -> Vec<ArrayRef> {
    vec![
        Arc::new(StringArray::from(vec![options; rows.len()])),
        dims(rows),
        Arc::new(rows.iter().map(|(_, grouping, _)| Some(*grouping)).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|(.., value)| *value).collect::<Float64Array>()),
    ]
}

fn given(options: &str, rows: &[Row]) -> Answer {
    ask("sdc_protect", &arguments(options, rows))
}

fn refused(options: &str, rows: &[Row]) -> String {
    try_ask("sdc_protect", &arguments(options, rows)).unwrap_err().to_string()
}

const E: Option<&str> = Some("east");
const W: Option<&str> = Some("west");
const A: Option<&str> = Some("a");
const B: Option<&str> = Some("b");

/// With some totals, and a category without a name.
const CITY: [Row; 7] = [
    (&[E, A], 0, Some(4.0)),
    (&[E, None], 0, Some(30.0)),
    (&[W, A], 0, Some(25.0)),
    (&[W, None], 0, Some(40.0)),
    (&[W, B], 0, Some(50.0)),
    (&[None, None], 0b11, Some(149.0)),
    (&[E, None], 0b01, Some(34.0)),
];

#[test]
fn a_table_is_completed_and_protected() {
    let found = given(r#"{"zeros":"publish"}"#, &CITY);
    let groupings = found.column("grouping").as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(groupings, [0, 0, 0, 1, 0, 0, 0, 1, 2, 2, 2, 3]);
    let names: Vec<String> = (0..12)
        .map(|row| {
            let names = found.column("dims").as_list::<i32>().value(row);
            names.as_string::<i32>().iter().map(|name| name.unwrap_or("-")).collect::<Vec<_>>().join("/")
        })
        .collect();
    assert_eq!(names[..5], ["east/-", "east/a", "east/b", "east/-", "west/-"]);
    let (values, flags, reasons) = (found.numbers("value"), found.texts("flag"), found.texts("reason"));
    assert!(values[1].is_nan() && flags[1] == "suppressed" && reasons[1] == "confidential");
    assert_eq!((values[2], flags[2].as_str()), (0.0, "published"));
    assert_eq!(values[11], 149.0);
    let truth = [30.0, 4.0, 0.0, 34.0, 40.0, 25.0, 50.0, 115.0, 70.0, 29.0, 50.0, 149.0];
    for ((value, truth), flag) in values.iter().zip(truth).zip(&flags) {
        assert!(if flag == "published" { *value == truth } else { value.is_nan() });
    }
    assert_eq!(flags.iter().filter(|flag| *flag == "suppressed").count(), 4);
}

#[test]
fn reasons_are_told_to_those_who_ask() {
    let reasons = given(r#"{"explain":true,"zeros":"publish"}"#, &CITY).texts("reason");
    assert_eq!(reasons.iter().filter(|reason| *reason == "threshold").count(), 1);
    assert_eq!(reasons.iter().filter(|reason| *reason == "secondary").count(), 3);
}

#[test]
fn impossible_cells_are_never_complements() {
    let rows: [Row; 4] =
        [(&[E, A], 0, Some(40.0)), (&[E, B], 0, None), (&[W, A], 0, Some(20.0)), (&[W, B], 0, Some(30.0))];
    let found = given("{}", &rows);
    assert_eq!(found.texts("flag")[1], "impossible");
    assert!(found.texts("flag").iter().all(|flag| flag != "suppressed"));
    let open: Vec<Row> =
        rows.iter().copied().map(|(names, grouping, value)| (names, grouping, value.or(Some(0.0)))).collect();
    assert!(given("{}", &open).texts("flag").iter().any(|flag| flag == "suppressed"));
}

fn with_keys(options: &str, rows: &[Row], keys: &[Option<i64>]) -> datafusion_common::Result<Answer> {
    let mut arguments = arguments(options, rows);
    let none = || -> ArrayRef { Arc::new(arrow::array::NullArray::new(rows.len())) };
    arguments.extend([none(), none(), Arc::new(Int64Array::from(keys.to_vec())) as ArrayRef]);
    try_ask("sdc_protect", &arguments)
}

#[test]
fn noise_is_the_same_in_every_table() {
    let rows = &CITY[..5];
    let keys: Vec<Option<i64>> = (0..5).map(|at| Some(at * 700_000_001)).collect();
    for method in ["cell_key", "round"] {
        let options = format!(r#"{{"method":"{method}","min_cell":10}}"#);
        let found = with_keys(&options, rows, &keys).unwrap();
        let values = found.numbers("value");
        let truth = [30.0, 4.0, 0.0, 34.0, 40.0, 25.0, 50.0, 115.0, 70.0, 29.0, 50.0, 149.0];
        assert!(values.iter().zip(truth).all(|(value, truth)| (value - truth).abs() <= 5.0), "{values:?}");
        assert_ne!(values, truth);
        assert_eq!(values[2], 0.0);
        // The same people as one cell of another table.
        let whole: [Row; 1] = [(&[E], 0, Some(34.0))];
        let sum = keys[0].unwrap() + keys[1].unwrap() + KEYS;
        assert_eq!(with_keys(&options, &whole, &[Some(sum)]).unwrap().numbers("value")[0], values[3]);
    }
    let missing = with_keys(r#"{"method":"round"}"#, rows, &[None, Some(1), Some(1), Some(1), Some(1)]).unwrap_err();
    assert!(missing.to_string().contains("for all cells, or for none"));
    assert!(refused(r#"{"method":"round"}"#, rows).contains("record keys"));
}

fn amounts(rows: &[Row], counts: &[Option<i64>], top: &[[f64; 2]], options: &str) -> datafusion_common::Result<Answer> {
    let mut arguments = arguments(options, rows);
    let mut largest = ListBuilder::new(Float64Builder::new());
    for pair in top {
        largest.values().append_slice(pair);
        largest.append(true);
    }
    arguments.extend([Arc::new(Int64Array::from(counts.to_vec())) as ArrayRef, Arc::new(largest.finish())]);
    try_ask("sdc_protect", &arguments)
}

#[test]
fn amounts_are_protected_by_who_contributed() {
    let rows: [Row; 5] = [
        (&[Some("1")], 0, Some(100.5)),
        (&[Some("2")], 0, Some(200.25)),
        (&[Some("3")], 0, Some(300.0)),
        (&[Some("4")], 0, Some(0.0)),
        (&[None], 1, Some(600.75)),
    ];
    let counts = [20, 20, 20, 0, 60].map(Some);
    let top = [[95.0, 3.0], [20.0, 20.0], [30.0, 20.0], [0.0, 0.0], [95.0, 30.0]];
    let found = amounts(&rows, &counts, &top, r#"{"dominance":85,"explain":true}"#).unwrap();
    let reasons = found.texts("reason");
    assert_eq!(reasons[0], "dominance");
    assert_eq!(reasons.iter().filter(|reason| *reason == "secondary").count(), 1);
    assert_eq!(found.numbers("value")[3..], [0.0, 600.75]);
    let partly = amounts(&rows, &[Some(20), None, Some(20), Some(0), Some(60)], &top, "{}").unwrap_err();
    assert!(partly.to_string().contains("for all cells and totals"));
    assert!(
        amounts(&rows, &[-1, 20, 20, 0, 60].map(Some), &top, "{}").unwrap_err().to_string().contains("less than 0")
    );
    assert!(amounts(&rows, &counts, &[[f64::NAN, 1.0]; 5], "{}").is_err());
    assert!(amounts(&rows, &counts, &top, r#"{"method":"round"}"#).unwrap_err().to_string().contains("amounts"));
}

#[test]
fn what_is_no_table_is_told() {
    let cell = |value: f64| -> Vec<Row> { vec![(&[E], 0, Some(value))] };
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(refused("{}", &cell(wrong)).contains("finite number"), "{wrong}");
    }
    assert!(refused("{}", &cell(1.5)).contains("whole number"));
    assert!(refused("{}", &[(&[E], 0, Some(1.0)), (&[E], 0, Some(1.0))]).contains("twice"));
    assert!(refused("{}", &[(&[E], 0, Some(20.0)), (&[None], 1, Some(21.0))]).contains("not the sums"));
    assert!(refused("{}", &[(&[E], 0, Some(20.0)), (&[None], 1, Some(f64::NAN))]).contains("not the sums"));
    assert!(refused("{}", &[(&[E], 0, Some(20.0)), (&[E, A], 0, Some(21.0))]).contains("same dimensions"));
    assert!(refused("{}", &[(&[E], 2, Some(20.0))]).contains("grouping"));
    assert!(refused("{}", &[(&[E], -1, Some(20.0))]).contains("grouping"));
    assert!(refused("{}", &[(&[None], 1, Some(20.0))]).contains("dimensions"));
    assert!(refused("{}", &[(&[], 0, Some(20.0))]).contains("dimensions"));
    assert!(refused(r#"{"min_cel":10}"#, &cell(20.0)).contains("unknown option `min_cel`"));
    assert_eq!(ask("sdc_protect", &arguments("{}", &[])).0.value(0).len(), 0);
    assert_eq!(given("{}", &cell(20.0)).numbers("value"), [20.0, 20.0]);
    assert_eq!(given("{}", &cell(2.0)).texts("flag"), ["suppressed", "suppressed"]);
    let mut mixed = arguments("{}", &CITY);
    mixed[0] = Arc::new(StringArray::from(vec!["{}", "{}", "{} ", "{}", "{}", "{}", "{}"]));
    assert!(try_ask("sdc_protect", &mixed).unwrap_err().to_string().contains("same for all cells"));
}
