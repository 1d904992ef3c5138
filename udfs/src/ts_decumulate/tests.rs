use arrow::array::{ArrayRef, UInt32Array};

use crate::series::testing::{ask, months, numbers, text, try_ask};

/// Three years of monthly values as sums since January, without a figure for January.
fn eleven() -> (ArrayRef, Vec<f64>) {
    let sum = |t: usize| (0..=t % 12).map(|m| 10.0 + m as f64 + (t / 12) as f64).sum::<f64>();
    let kept: Vec<usize> = (0..36).filter(|t| t % 12 != 0).collect();
    let rows = UInt32Array::from_iter_values(kept.iter().map(|t| *t as u32));
    (arrow::compute::take(&months((2020, 1), 36), &rows, None).unwrap(), kept.iter().map(|t| sum(*t)).collect())
}

#[test]
fn eleven_figures_a_year_become_twelve_values() {
    let (ts, ytd) = eleven();
    let found = ask("ts_decumulate", &[ts, numbers(&ytd)]);
    let y = found.numbers("y");
    // The first row is February 2020, whose January is not in the series.
    assert_eq!((y.len(), found.texts("note")[0].as_str()), (35, "gap"));
    assert_eq!((y[1], y[11], y[12], y[13]), (12.0, 11.5, 11.5, 13.0));
    assert_eq!(found.texts("note")[11..14], ["split", "split", "published"]);
}

#[test]
fn merged_by_option() {
    let (ts, ytd) = eleven();
    let rows = ytd.len();
    let none = arrow::array::new_null_array(&arrow::datatypes::DataType::Float64, rows);
    let found = ask("ts_decumulate", &[ts, numbers(&ytd), none, text(r#"{"jan_feb": "merge"}"#, rows)]);
    let y = found.numbers("y");
    assert_eq!((y[0], y[12]), (21.0, 23.0));
    assert!(y[11].is_nan() && found.texts("note")[11] == "merged");
}

#[test]
fn growth_with_a_base_becomes_levels() {
    let growth = [10.0; 24];
    let base: Vec<f64> = (0..24).map(|t| if t < 12 { 100.0 * (t + 1) as f64 } else { f64::NAN }).collect();
    let found = ask("ts_decumulate", &[months((2020, 1), 24), numbers(&growth), numbers(&base)]);
    for (t, y) in found.numbers("y").into_iter().enumerate() {
        let truth = if t < 12 { 110.0 } else { 121.0 };
        assert!((y - truth).abs() < 1e-6, "{t}: {y}");
    }
    let options = text(r#"{"growth_of": "period"}"#, 24);
    let single = ask("ts_decumulate", &[months((2020, 1), 24), numbers(&growth), numbers(&base), options]);
    assert!((single.numbers("y")[13] - 242.0).abs() < 1e-9);
}

#[test]
fn steps_that_are_no_part_of_a_year_are_told() {
    let found = ask("ts_decumulate", &[months((2020, 1), 1), numbers(&[1.0])]);
    assert!(found.error().contains("at least two"));
    assert!(
        try_ask("ts_decumulate", &[months((2020, 1), 1), numbers(&[1.0]), numbers(&[1.0]), text("{\"x\":1}", 1)])
            .is_err()
    );
}
