use chrono::{TimeZone, Utc};

use super::*;

#[test]
fn ticks_follow_the_clocks_of_the_zone() {
    // Berlin: 02:00 becomes 03:00 on 2027-03-28, 03:00 becomes 02:00 on 2027-10-31.
    let cases: [(&str, &str, &str, &[&str]); 9] = [
        ("30 2 * * *", "UTC", "2027-03-27 12:00:00", &["2027-03-28 02:30", "2027-03-29 02:30"]),
        ("30 2 * * *", "Asia/Shanghai", "2027-03-27 12:00:00", &["2027-03-27 18:30", "2027-03-28 18:30"]),
        // Skipped on that day: the first moment after the gap.
        ("30 2 * * *", "Europe/Berlin", "2027-03-27 12:00:00", &["2027-03-28 01:00", "2027-03-29 00:30"]),
        // Twice on that day: the first.
        ("30 2 * * *", "Europe/Berlin", "2027-10-30 12:00:00", &["2027-10-31 00:30", "2027-11-01 01:30"]),
        ("0 * * * *", "Europe/Berlin", "2027-03-28 00:00:00", &["2027-03-28 01:00", "2027-03-28 02:00"]),
        (
            "0 * * * *",
            "Europe/Berlin",
            "2027-10-30 23:30:00",
            &["2027-10-31 00:00", "2027-10-31 01:00", "2027-10-31 02:00"],
        ),
        ("*/15 * * * *", "Europe/Berlin", "2027-03-28 00:40:00", &["2027-03-28 00:45", "2027-03-28 01:00"]),
        ("0 9 * * MON", "Asia/Shanghai", "2027-03-28 12:00:00", &["2027-03-29 01:00", "2027-04-05 01:00"]),
        ("0 0 29 2 *", "UTC", "2027-01-01 00:00:00", &["2028-02-29 00:00", "2032-02-29 00:00"]),
    ];
    for (cron, zone, start, expected) in cases {
        let schedule = Schedule::parse(cron, zone).unwrap();
        let mut time = at(&format!("{start}.5"));
        for tick in expected {
            time = schedule.next_after(time).unwrap();
            assert_eq!(time, at(&format!("{tick}:00")), "`{cron}` in {zone} after {start}");
        }
    }
}

#[test]
fn a_tick_is_not_its_own_successor() {
    let schedule = Schedule::parse("0 12 * * *", "UTC").unwrap();
    let noon = at("2027-01-01 12:00:00");
    assert_eq!(schedule.next_after(noon).unwrap(), at("2027-01-02 12:00:00"));
    assert_eq!(schedule.next_after(Timestamp::from_ms(noon.ms() - 1)).unwrap(), noon);
}

#[test]
fn what_is_no_schedule_is_refused() {
    let cases = [
        ("", "UTC"),
        ("* * * *", "UTC"),
        ("0 * * * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("daily", "UTC"),
        ("* * * * *", "Mars/Base"),
    ];
    let long = format!("{} * * * *", "0,".repeat(200));
    for (cron, zone) in cases.into_iter().chain([(long.as_str(), "UTC")]) {
        assert_eq!(
            Schedule::parse(cron, zone).map(drop).map_err(|error| error.code),
            Err(Code::BAD_JOB),
            "{cron} {zone}"
        );
    }
    let never =
        Schedule::parse("0 0 30 2 *", "UTC").and_then(|schedule| schedule.next_after(at("2027-01-01 00:00:00")));
    assert_eq!(never.map_err(|error| error.code), Err(Code::BAD_JOB));
    let every_day = Schedule::parse("@daily", "UTC").unwrap();
    assert_eq!(every_day.next_after(at("2027-01-01 08:00:00")).unwrap(), at("2027-01-02 00:00:00"));
    assert!(every_day.next_after(Timestamp::from_ms(i64::MAX)).is_err());
}

fn at(text: &str) -> Timestamp {
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
    Timestamp::from_ms(Utc.from_utc_datetime(&time).timestamp_millis())
}
