use crate::series::testing::{ask, months, numbers, text, try_ask};

fn noise(t: usize) -> f64 {
    ((t * 7919 + 13) * 104_729 % 1009) as f64 / 1009.0 - 0.5
}

#[test]
fn a_change_is_found_behind_a_season() {
    let season = |t: usize| if t % 12 == 1 { -30.0 } else { 0.0 };
    let y: Vec<f64> = (0..96).map(|t| 100.0 + season(t) + noise(t) + if t >= 50 { 8.0 } else { 0.0 }).collect();
    let found = ask("ts_changepoints", &[months((2015, 1), 96), numbers(&y)]);
    assert_eq!(found.dates("ts").iter().map(ToString::to_string).collect::<Vec<_>>(), ["2019-03-01"]);
    assert!((found.numbers("change")[0] - 8.0).abs() < 0.5, "{:?}", found.numbers("change"));
}

#[test]
fn no_change_is_an_empty_list() {
    let y: Vec<f64> = (0..96).map(noise).collect();
    assert!(ask("ts_changepoints", &[months((2015, 1), 96), numbers(&y)]).numbers("change").is_empty());
    let told = try_ask("ts_changepoints", &[months((2015, 1), 2), numbers(&[1.0; 2]), text(r#"{"penalty": 0}"#, 2)]);
    assert!(told.unwrap_err().to_string().contains("must be a positive number"));
}
