use crate::series::testing::{ask, months, numbers};

#[test]
fn one_row_per_feature() {
    let y: Vec<f64> = (0..60).map(|t| 100.0 + t as f64 + if t % 12 == 1 { -20.0 } else { 0.0 }).collect();
    let found = ask("ts_features", &[months((2020, 1), 60), numbers(&y)]);
    let names = found.texts("feature");
    let value = |name: &str| found.numbers("value")[names.iter().position(|known| known == name).unwrap()];
    assert_eq!((value("length"), value("period"), value("missing")), (60.0, 12.0, 0.0));
    assert!(value("trend_strength") > 0.95 && value("seasonal_strength") > 0.95);
    assert_eq!(found.dates("ts")[0].to_string(), "2024-12-01");
    assert_eq!(ask("ts_features", &[months((2020, 1), 0), numbers(&[])]).error(), "no observations");
}
