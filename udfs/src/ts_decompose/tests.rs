use chrono::Datelike;

use crate::series::testing::{ask, months, numbers, text, try_ask};

const SEASON: [f64; 12] = [5.0, -9.0, 2.0, 0.0, 1.0, 4.0, 3.0, -2.0, -4.0, 6.0, -5.0, -1.0];

fn series() -> Vec<f64> {
    (0..96).map(|t| 100.0 + 0.5 * t as f64 + SEASON[t % 12] + ((t * 37) % 11) as f64 / 9.0).collect()
}

#[test]
fn one_row_per_month_that_adds_up() {
    let found = ask("ts_decompose", &[months((2010, 1), 96), numbers(&series()), text(r#"{"mode": "additive"}"#, 96)]);
    let column = |name: &str| found.numbers(name);
    let parts = ["trend", "seasonal", "calendar", "outlier", "irregular"].map(column);
    for (t, y) in column("y").into_iter().enumerate() {
        assert!((parts.iter().map(|part| part[t]).sum::<f64>() - y).abs() < 1e-9);
        assert!((column("adjusted")[t] - (y - parts[1][t] - parts[2][t])).abs() < 1e-9);
    }
    assert_eq!(found.dates("ts")[95].year(), 2017);
    assert_eq!(found.texts("spec")[0], "additive STL(12)");
    let short = ask("ts_decompose", &[months((2010, 1), 20), numbers(&series()[..20])]);
    assert_eq!(short.texts("spec")[0], "additive trend without season");
}

#[test]
fn missing_months_are_rows() {
    let rows: Vec<usize> = (0..96).filter(|t| *t != 40).collect();
    let keep = arrow::array::UInt32Array::from_iter_values(rows.iter().map(|row| *row as u32));
    let pick = |array| arrow::compute::take(&array, &keep, None).unwrap();
    let found = ask("ts_decompose", &[pick(months((2010, 1), 96)), pick(numbers(&series()))]);
    assert_eq!(found.numbers("y").len(), 96);
    assert!(found.numbers("y")[40].is_nan() && found.numbers("trend")[40].is_finite());
}

/// Sums of January and February stand in February; the festival, mostly within the two, shifts little between steps.
#[test]
fn years_of_eleven_figures_are_not_filled_up() {
    const OPTIONS: &str = r#"{"calendar": "CN", "mode": "multiplicative"}"#;
    let y: Vec<f64> = series().iter().enumerate().map(|(t, y)| if t % 12 == 0 { f64::NAN } else { *y }).collect();
    let y: Vec<f64> = y.iter().enumerate().map(|(t, y)| if t % 12 == 1 { y * 2.0 } else { *y }).collect();
    let found = ask("ts_decompose", &[months((2010, 1), 96), numbers(&y), text(OPTIONS, 96)]);
    assert!(
        found.texts("spec")[0].contains("STL(11); January and February are one step"),
        "{}",
        found.texts("spec")[0]
    );
    let (trend, seasonal) = (found.numbers("trend"), found.numbers("seasonal"));
    assert!(trend[12].is_nan() && trend[13].is_finite());
    // February holds about twice as much as other steps.
    assert!((0..96).filter(|t| t % 12 == 1).all(|t| seasonal[t] > 1.5), "{seasonal:?}");
    let irregular = found.numbers("irregular");
    assert!((0..96).all(|t| (t % 12 == 0) == irregular[t].is_nan()));
}

#[test]
fn the_calendar_needs_months_and_known_years() {
    let options = || text(r#"{"calendar": "CN"}"#, 96);
    let found = ask("ts_decompose", &[months((2010, 1), 96), numbers(&series()), options()]);
    assert_eq!(found.numbers("calendar").len(), 96);
    let late = ask("ts_decompose", &[months((2055, 1), 96), numbers(&series()), options()]);
    assert!(late.error().contains("not for 2057"), "{}", late.error());
}

#[test]
fn wrong_options_fail_the_query_and_bad_series_only_themselves() {
    let told = |options: &str| {
        try_ask("ts_decompose", &[months((2010, 1), 3), numbers(&[1.0; 3]), text(options, 3)]).unwrap_err().to_string()
    };
    assert!(told(r#"{"calender": "CN"}"#).contains("unknown option `calender`"));
    assert!(told(r#"{"calendar": "US"}"#).contains("must be one of none, CN"));
    assert!(told("{").contains("not JSON"));
    let short = ask("ts_decompose", &[months((2010, 1), 2), numbers(&[1.0, 2.0])]);
    assert_eq!(short.error(), "2 values are too few; at least 3 are needed");
    assert_eq!(ask("ts_decompose", &[months((2010, 1), 0), numbers(&[])]).error(), "no observations");
}
