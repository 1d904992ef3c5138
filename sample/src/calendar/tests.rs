use chrono::{Datelike, NaiveDate};

use super::*;

#[test]
fn days_agree_with_chrono_over_three_centuries() {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    for count in (-40_000..60_000).step_by(1) {
        let date = epoch + chrono::Duration::days(count);
        let day = Day(count as i32);
        assert_eq!(day.parts(), (date.year(), date.month() as i32, date.day() as i32));
        assert_eq!(Day::of(date.year(), date.month() as i32, date.day() as i32), day);
        assert_eq!(day.weekday() as u32, date.weekday().num_days_from_monday());
    }
}

#[test]
fn ages_count_birthdays() {
    let born = Day::of(2000, 2, 29);
    assert_eq!(born.age_at(Day::of(2018, 2, 28)), 17);
    assert_eq!(born.age_at(Day::of(2018, 3, 1)), 18);
}

#[test]
fn a_day_after_the_year_is_none() {
    let mut rng = Rng::stream(1, crate::rng::Domain::Life, 0, 0);
    assert_eq!(Day::within_after(&mut rng, 2020, Day::of(2020, 12, 31)), None);
    assert_eq!(Day::within_after(&mut rng, 2020, Day::of(2020, 12, 30)), Some(Day::of(2020, 12, 31)));
}
