use super::*;

fn at(text: &str) -> Moment {
    let time = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S");
    let local = time(text).or_else(|_| time(&format!("{text} 00:00:00"))).unwrap();
    Moment { local, universal: local }
}

fn infer(texts: &[&str]) -> Result<Calendar, Error> {
    Calendar::infer(&texts.iter().map(|text| at(text)).collect::<Vec<_>>())
}

/// Step, period, and the next two timestamps.
fn check(texts: &[&str], step: &str, period: usize, next: [&str; 2]) {
    let calendar = infer(texts).unwrap();
    assert_eq!((calendar.step.to_string().as_str(), calendar.period()), (step, period));
    let future = |steps| match calendar.future(steps).unwrap() {
        Future::Local(local) | Future::Universal(local) => show(local),
    };
    assert_eq!([future(1), future(2)], next);
}

#[test]
fn steps_and_their_seasons() {
    check(&["2024-01-01", "2024-02-01", "2024-03-01"], "1 month", 12, ["2024-04-01", "2024-05-01"]);
    check(&["2023-03-31", "2023-06-30", "2023-09-30"], "3 months", 4, ["2023-12-31", "2024-03-31"]);
    check(&["2021-01-01", "2022-01-01", "2023-01-01"], "12 months", 1, ["2024-01-01", "2025-01-01"]);
    check(&["2024-02-05", "2024-02-12", "2024-02-19"], "7 days", 52, ["2024-02-26", "2024-03-04"]);
    check(&["2024-02-27", "2024-02-28", "2024-02-29"], "1 day", 7, ["2024-03-01", "2024-03-02"]);
    check(
        &["2024-02-28 22:00:00", "2024-02-28 23:00:00", "2024-02-29 00:00:00"],
        "3600 seconds",
        24,
        ["2024-02-29 01:00:00", "2024-02-29 02:00:00"],
    );
    check(&["2024-02-28 23:15:00", "2024-02-28 23:30:00"], "900 seconds", 96, ["2024-02-28 23:45:00", "2024-02-29"]);
    check(&["2024-01-01", "2024-01-15", "2024-01-29"], "14 days", 1, ["2024-02-12", "2024-02-26"]);
}

#[test]
fn month_ends_stay_month_ends() {
    check(&["2023-11-30", "2023-12-31", "2024-01-31"], "1 month", 12, ["2024-02-29", "2024-03-31"]);
    check(&["2024-02-29", "2024-04-30"], "2 months", 6, ["2024-06-30", "2024-08-31"]);
}

#[test]
fn a_day_that_short_months_lack_comes_back() {
    check(&["2023-12-30", "2024-01-30", "2024-02-29"], "1 month", 12, ["2024-03-30", "2024-04-30"]);
}

#[test]
fn the_time_of_day_is_kept() {
    check(
        &["2024-01-01 08:30:00", "2024-02-01 08:30:00"],
        "1 month",
        12,
        ["2024-03-01 08:30:00", "2024-04-01 08:30:00"],
    );
}

#[test]
fn gaps_are_places() {
    let calendar = infer(&["2024-01-01", "2024-02-01", "2024-05-01", "2024-06-01"]).unwrap();
    assert_eq!(calendar.places, [0, 1, 4, 5]);
    assert_eq!(calendar.len(), 6);
    // Working days: weekends are gaps of a daily series.
    let calendar = infer(&["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"]).unwrap();
    assert_eq!((calendar.step, calendar.places), (Step::Days(1), vec![0, 1, 4, 5]));
}

#[test]
fn what_is_off_the_grid_is_named() {
    let irregular = |texts: &[&str]| match infer(texts) {
        Err(Error::Irregular { at, after, step }) => [at, after, step],
        other => panic!("{other:?}"),
    };
    let months = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-02", "2024-05-01", "2024-06-01", "2024-07-01"];
    assert_eq!(irregular(&months), ["2024-04-02", "2024-03-01", "1 month"]);
    let days = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03 12:00:00", "2024-01-05"];
    assert_eq!(irregular(&days), ["2024-01-03 12:00:00", "2024-01-03", "1 day"]);
    let weeks = ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-23"];
    assert_eq!(irregular(&weeks), ["2024-01-23", "2024-01-15", "7 days"]);
}

#[test]
fn repeated_single_and_scattered_timestamps_are_refused() {
    let duplicate = infer(&["2024-01-01", "2024-02-01", "2024-02-01"]);
    assert_eq!(duplicate, Err(Error::Duplicate { at: "2024-02-01".to_owned() }));
    assert_eq!(infer(&[]), Err(Error::NoStep));
    assert_eq!(infer(&["2024-01-01"]), Err(Error::NoStep));
    let sparse = infer(&["2024-01-01", "2024-01-02", "2024-03-01"]).unwrap_err();
    assert_eq!(
        sparse.to_string(),
        "3 timestamps spread over 61 places of 1 day are too few; the widest gap follows 2024-01-02"
    );
}

#[test]
fn the_ends_of_the_calendar_are_ends() {
    let days = |first: NaiveDateTime| {
        let moment = |local| Moment { local, universal: local };
        Calendar::infer(&[moment(first), moment(first + TimeDelta::days(1))]).unwrap()
    };
    assert!(days(NaiveDateTime::MIN).future(10_000).is_some());
    assert!(days(NaiveDateTime::MAX - TimeDelta::days(2)).future(1).is_some());
    assert!(days(NaiveDateTime::MAX - TimeDelta::days(2)).future(2).is_none());
    let months = infer(&["2024-01-01", "2024-02-01"]).unwrap();
    assert_eq!(months.future(usize::MAX), None);
}
