use crate::series::testing::{ask, months, numbers};

#[test]
fn turns_of_a_wave() {
    let y: Vec<f64> = (0..96).map(|t| 50.0 + 10.0 * (std::f64::consts::TAU * t as f64 / 48.0).sin()).collect();
    let found = ask("ts_turning_points", &[months((2010, 1), 96), numbers(&y)]);
    assert_eq!(found.texts("kind"), ["peak", "trough", "peak", "trough"]);
    assert_eq!(found.dates("ts")[1].to_string(), "2013-01-01");
    assert!(found.numbers("amplitude")[0].is_nan() && (found.numbers("amplitude")[1] + 20.0).abs() < 1e-9);
    let line: Vec<f64> = (0..20).map(f64::from).collect();
    assert!(ask("ts_turning_points", &[months((2010, 1), 20), numbers(&line)]).texts("kind").is_empty());
}
