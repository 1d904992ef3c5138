use crate::series::testing::{ask_bytes, months, numbers, text, try_ask};

use super::state::State;

#[test]
fn a_series_without_a_model_has_a_state_that_says_so() {
    let read = |bytes: Vec<u8>| match State::read(&bytes).unwrap() {
        State::Failed(failure) => failure,
        State::Model(saved) => panic!("{saved:?}"),
    };
    let failure = read(ask_bytes("ts_fit", &[months((2020, 1), 1), numbers(&[4.0]), text("Theta", 1)]));
    assert_eq!(failure.error, "one timestamp does not show the time step; at least two are needed");
    assert_eq!((failure.model.as_deref(), failure.level, failure.n_obs), (Some("theta"), 0.95, 1));
    let failure = read(ask_bytes("ts_fit", &[months((2020, 1), 3), numbers(&[f64::NAN; 3])]));
    assert_eq!((failure.error.as_str(), failure.model.as_deref()), ("no observations", Some("auto")));
    assert_eq!(read(ask_bytes("ts_fit", &[months((2020, 1), 0), numbers(&[])])).error, "no observations");
}

#[test]
fn twenty_years_of_months_are_small() {
    let y: Vec<f64> = (0..240).map(|t| 1000.0 + t as f64 + ((t * 7919) % 1009) as f64 / 10.0).collect();
    let sizes = ["auto", "theta", "stlf", "naive"]
        .map(|model| ask_bytes("ts_fit", &[months((2000, 1), 240), numbers(&y), text(model, 240)]).len());
    println!("{sizes:?} bytes");
    assert!(sizes[0] < 6_000 && sizes[3] < 3_000, "{sizes:?}");
}

#[test]
fn a_wrong_call_fails_the_query() {
    let told = |model, options| {
        let columns = [months((2020, 1), 9), numbers(&[1.0; 9]), text(model, 9), text(options, 9)];
        try_ask("ts_fit", &columns).unwrap_err().to_string()
    };
    assert!(told("nave", "{}").contains("ts_fit: unknown model `nave`; did you mean `naive`?"));
    assert!(told("naive", r#"{"level": 2}"#).contains("option `level` must be from 0.5 to 0.999, got 2"));
}
