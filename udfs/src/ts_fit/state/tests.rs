use arrow::datatypes::{DataType, TimeUnit};
use chrono::TimeDelta;
use serde_json::json;

use super::{BYTES_MAX, Failure, NAME, Saved, State, VERSION, checksum, sealed};
use crate::forecast::Model;
use crate::forecast::calendar::{MonthDay, Step};
use crate::forecast::fitted::Fitted;
use crate::forecast::series::Series;
use crate::ts_fit::time::Time;

fn saved(model: &str) -> Saved {
    let y: Vec<f64> =
        (0..26).map(|t| 20.0 + (t % 4) as f64 + ((t * 7919) % 101) as f64 / 7.0).chain([f64::NAN, 30.0]).collect();
    let fitted = Fitted::to(&Series::new(&y, 4).unwrap(), Model::from_name(model).unwrap());
    let time = Time { data_type: DataType::Date32, step: Step::Months(3, MonthDay::Last), last: 19_722 };
    Saved { time, level: 0.9, y, fitted }
}

fn state(model: &str) -> Vec<u8> {
    State::Model(Box::new(saved(model))).write()
}

fn body(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).unwrap().split_once('\n').unwrap().1.to_owned()
}

#[test]
fn states_are_read_back() {
    for model in ["auto", "stlf", "naive", "otm", "sba", "drift"] {
        let bytes = state(model);
        let read = State::read(&bytes).unwrap();
        assert_eq!(read.write(), bytes, "{model}");
        assert!(matches!(read, State::Model(saved) if saved.y.len() == 28 && saved.level == 0.9), "{model}");
    }
    let failed = State::Failed(Failure { error: "a \"b\"\n".to_owned(), model: None, level: 0.95, n_obs: 3 });
    assert_eq!(State::read(&failed.write()), Ok(failed));
}

#[test]
fn times_of_every_kind_are_read_back() {
    let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("Asia/Shanghai".into()));
    let types = [DataType::Date32, DataType::Date64, DataType::Timestamp(TimeUnit::Nanosecond, None), zoned];
    let steps = [
        Step::Months(1, MonthDay::Day(31)),
        Step::Months(12, MonthDay::Last),
        Step::Days(7),
        Step::Span(TimeDelta::nanoseconds(1_500_000_000)),
    ];
    for (data_type, step) in types.into_iter().zip(steps) {
        let time = Time { data_type, step, last: 19_722 };
        assert_eq!(Time::read(&time.write()), Some(time));
    }
    for (name, to) in [
        ("unit", json!("day")),
        ("unit", json!("")),
        ("step", json!("months 0 last")),
        ("step", json!("months 1 32")),
        ("step", json!("days -1")),
        ("step", json!("weeks 1")),
        ("last", json!(i64::MAX)),
        ("last", json!(1.5)),
    ] {
        let mut value = saved("naive").time.write();
        value[name] = to.clone();
        assert!(Time::read(&value).is_none(), "{name} {to}");
    }
    let mut value = saved("naive").time.write();
    (value["unit"], value["zone"]) = (json!("ms"), json!("Atlantis"));
    assert!(Time::read(&value).is_none());
}

#[test]
fn what_is_no_state_is_told_apart() {
    let told = |bytes: &[u8]| State::read(bytes).unwrap_err();
    for foreign in ["", "\n", "{}", "huitong-ts-model 1\n{}", "huitong-ts-model x 0\n{}", "huitong-ts-model 0 0\n{}"] {
        assert_eq!(told(foreign.as_bytes()), "this is no model state: `ts_fit` makes one", "{foreign}");
    }
    assert!(told(&[0xff, 0xfe]).contains("no model state"));
    let later = format!("{NAME} {} {}\n{{}}", VERSION + 1, checksum("{}"));
    assert_eq!(told(later.as_bytes()), "the model state has version 2; this program reads version 1");
    assert_eq!(told(sealed(&json!({})).as_bytes()), "the model state is damaged");
    assert!(told(&vec![b' '; BYTES_MAX + 1]).contains("at most 16777216 are read"));
}

#[test]
fn a_state_that_would_be_too_large_says_so() {
    let mut large = saved("naive");
    large.y = vec![1.0 / 3.0; BYTES_MAX / 18];
    let State::Failed(failure) = State::read(&State::Model(Box::new(large)).write()).unwrap() else {
        panic!("a model")
    };
    assert!(failure.error.contains("at most 16777216 are allowed"), "{}", failure.error);
    assert_eq!(failure.model.as_deref(), Some("naive"));
}

/// Any flipped bit and any cut.
#[test]
fn damage_is_found() {
    let bytes = state("auto");
    for place in 0..bytes.len() {
        assert!(State::read(&bytes[..place]).is_err(), "cut at {place}");
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            assert!(State::read(&flipped).is_err(), "bit {bit} of {place}");
        }
    }
}

/// With a checksum made to fit, what is read may still be anything: it is refused or can be run.
#[test]
fn forged_states_are_refused_or_run() {
    let (mut refused, mut run) = (0, 0);
    for model in ["ets:AAA", "arima:(0,1,1)(0,1,1)", "ces", "dot", "stlf", "snaive"] {
        let body = body(&state(model));
        for place in 0..body.len() {
            for forged in [b'0', b'9', b'-', b'e', b' ', b'"', b'}'] {
                let mut bytes = body.clone().into_bytes();
                bytes[place] = forged;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                match State::read(format!("{NAME} {VERSION} {}\n{text}", checksum(&text)).as_bytes()) {
                    Ok(State::Model(saved)) => {
                        run += 1;
                        let _ = saved.fitted.forecast(&saved.y, 3);
                        let _ = saved.time.calendar(saved.y.len());
                        let _ = saved.extended(&[19_813], &[1.0]);
                    }
                    _ => refused += 1,
                }
            }
        }
    }
    assert!(refused > 1_000 && run > 1_000, "{refused} {run}");
}
