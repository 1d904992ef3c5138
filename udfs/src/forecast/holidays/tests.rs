use std::fs::File;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use chrono::{Datelike, NaiveDate, Weekday};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::lunar::{FIRST_YEAR, LAST_YEAR};
use super::regressor::Error;
use super::rest_days::RestDays;
use super::working::count;
use super::*;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn holidays_are_where_almanacs_have_them() {
    assert_eq!(Holiday::SpringFestival.date(2024), Some(date(2024, 2, 10)));
    assert_eq!(Holiday::DragonBoat.date(2023), Some(date(2023, 6, 22)));
    assert_eq!(Holiday::MidAutumn.date(2025), Some(date(2025, 10, 6)));
    assert_eq!(Holiday::MidAutumn.date(1978), Some(date(1978, 9, 17)));
    for holiday in Holiday::ALL {
        assert!(holiday.date(FIRST_YEAR).is_some() && holiday.date(LAST_YEAR).is_some());
        assert!([FIRST_YEAR - 1, LAST_YEAR + 1, i32::MIN, i32::MAX].iter().all(|year| holiday.date(*year).is_none()));
    }
}

#[test]
fn spring_festivals_agree_with_a_published_table() {
    let Some(folder) = std::env::var_os("HUITONG_DATASETS") else {
        println!("skipped: HUITONG_DATASETS does not name a folder with macro/holiday_dates.parquet");
        return;
    };
    let file = File::open(PathBuf::from(folder).join("macro/holiday_dates.parquet")).unwrap();
    let mut compared = 0;
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let column = |name: &str, to: DataType| cast(batch.column_by_name(name).unwrap(), &to).unwrap();
        let (names, dates) = (column("holiday", DataType::Utf8), column("date", DataType::Date32));
        for row in 0..batch.num_rows() {
            let day = Date32Type::to_naive_date_opt(dates.as_primitive::<Date32Type>().value(row)).unwrap();
            if names.as_string::<i32>().value(row) == "cny" && day.year() >= FIRST_YEAR {
                assert_eq!(Holiday::SpringFestival.date(day.year()), Some(day));
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 81);
}

/// The new moon nearest to a day, in days of Beijing time since 2000-01-01 00:00. Meeus, Astronomical Algorithms, 2nd
/// ed., chapter 49, the terms above 20 seconds; dynamical time is at most 94 s ahead of universal time until 2056.
fn new_moon(near: f64) -> f64 {
    let k = ((near - 5.6) / 29.530_588_861).round();
    let t = k / 1236.85;
    let days = 5.597_66 + 8.0 / 24.0 + 29.530_588_861 * k + 0.000_154_37 * t * t;
    let angle = |start: f64, rate: f64| (start + rate * k).to_radians();
    let (sun, moon) = (angle(2.5534, 29.105_356_70), angle(201.5643, 385.816_935_28));
    let (latitude, node) = (angle(160.7108, 390.670_502_84), angle(124.7746, -1.563_755_88));
    let e = 1.0 - 0.002_516 * t;
    let terms = [
        (-0.407_20, moon),
        (0.172_41 * e, sun),
        (0.016_08, 2.0 * moon),
        (0.010_39, 2.0 * latitude),
        (0.007_39 * e, moon - sun),
        (-0.005_14 * e, moon + sun),
        (0.002_08 * e * e, 2.0 * sun),
        (-0.001_11, moon - 2.0 * latitude),
        (-0.000_57, moon + 2.0 * latitude),
        (0.000_56 * e, 2.0 * moon + sun),
        (-0.000_42, 3.0 * moon),
        (0.000_42 * e, sun + 2.0 * latitude),
        (0.000_38 * e, sun - 2.0 * latitude),
        (-0.000_24 * e, 2.0 * moon - sun),
        (-0.000_17, node),
        (0.000_325, (299.77 + 0.107_408 * k - 0.009_173 * t * t).to_radians()),
    ];
    days + terms.iter().map(|(size, angle)| size * angle.sin()).sum::<f64>() - 65.0 / 86_400.0
}

#[test]
fn every_holiday_is_counted_from_a_new_moon() {
    let origin = date(2000, 1, 1);
    let mut narrowest = f64::MAX;
    for year in FIRST_YEAR..=LAST_YEAR {
        for (holiday, after) in [(Holiday::SpringFestival, 0), (Holiday::DragonBoat, 4), (Holiday::MidAutumn, 14)] {
            let first = (holiday.date(year).unwrap() - origin).num_days() - after;
            let moon = new_moon(first as f64 + 0.5);
            narrowest = narrowest.min((moon - moon.round()).abs());
            assert_eq!(moon.floor() as i64, first, "{holiday:?} {year}, {moon}");
        }
    }
    // Nearer to midnight than the terms left out could not be told apart.
    assert!(narrowest > 60.0 / 86_400.0, "{narrowest}");
}

#[test]
fn months_between_holidays_are_whole() {
    for year in FIRST_YEAR..=LAST_YEAR {
        let [spring, boat, autumn] = Holiday::ALL.map(|holiday| holiday.date(year).unwrap());
        // A leap month may come between.
        let whole = |days: i64, months: f64, after: f64| {
            [months, months + 1.0].iter().any(|months| (days as f64 - after - 29.53 * months).abs() < 2.0)
        };
        assert!(whole((boat - spring).num_days(), 4.0, 4.0), "{year}");
        assert!(whole((autumn - boat).num_days(), 3.0, 10.0), "{year}");
    }
}

#[test]
fn rest_days_are_weekdays_and_worked_days_weekends() {
    let is_weekend = |day: NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    for year in 2004..=2026 {
        let rest_days = RestDays::of(year).unwrap();
        let day = |number: &u16| date(year, u32::from(number / 100), u32::from(number % 100));
        assert!(rest_days.off.iter().all(|number| !is_weekend(day(number))), "{year}");
        assert!(rest_days.worked.iter().all(|number| is_weekend(day(number))), "{year}");
        assert!(rest_days.off.is_sorted() && rest_days.worked.is_sorted(), "{year}");
    }
    assert!(RestDays::of(2003).is_none() && RestDays::of(2027).is_none());
}

#[test]
fn working_days_of_months() {
    let of = |year, month, next_year, next| count(date(year, month, 1), date(next_year, next, 1));
    // February 2024: 21 weekdays, 12 to 16 off, 4 and 18 worked.
    let february = of(2024, 2, 2024, 3);
    assert_eq!((february.days, february.weekdays, february.working_days), (29, 21.0, 18.0));
    assert!(february.rest_days_known);
    // 2023: 260 weekdays, 18 off, 7 weekend days worked.
    assert_eq!(of(2023, 1, 2024, 1).working_days, 249.0);
    let future = of(2040, 1, 2040, 2);
    assert!(!future.rest_days_known && future.weekdays == future.working_days);
    // Saturdays: worked in 1993, half in 1994, off in 1996.
    assert_eq!(of(1993, 5, 1993, 6).weekdays, 26.0);
    assert_eq!(of(1994, 5, 1994, 6).weekdays, 24.0);
    assert_eq!(of(1996, 5, 1996, 6).weekdays, 23.0);
    assert_eq!(count(date(2024, 1, 2), date(2024, 1, 1)).days, 0);
}

#[test]
fn a_regressor_is_a_centred_share_of_the_window() {
    let window = Window { holiday: Holiday::SpringFestival, first: -6, last: -1 };
    // 2014: 31 January; all six days in January. 2015: 19 February. 2011: 3 February, two days in February.
    assert_eq!(window.share(date(2014, 1, 1), 1), Some(1.0));
    assert_eq!(window.share(date(2015, 1, 1), 1), Some(0.0));
    assert_eq!(window.share(date(2011, 2, 1), 1), Some(2.0 / 6.0));
    assert_eq!(window.share(date(2011, 1, 1), 3), Some(1.0));
    let starts: Vec<NaiveDate> = (FIRST_YEAR..=LAST_YEAR).flat_map(|y| (1..=12).map(move |m| date(y, m, 1))).collect();
    let x = window.regressor(&Period::of(&starts, 1)).unwrap();
    for month in 0..12 {
        let sum: f64 = x.iter().skip(month).step_by(12).sum();
        assert!(sum.abs() < 1e-9, "{month}: {sum}");
    }
    for year in x.chunks(12) {
        assert!(year.iter().sum::<f64>().abs() < 1e-9);
    }
    // A quarter that always holds the whole window has no moving part.
    let quarters: Vec<NaiveDate> = (2000..2020).map(|y| date(y, 1, 1)).collect();
    assert!(window.regressor(&Period::of(&quarters, 3)).unwrap().iter().all(|x| x.abs() < 1e-12));
}

#[test]
fn a_window_may_reach_over_the_new_year() {
    // 21 January 1966 less 27 days: the window begins in December 1965.
    let window = Window { holiday: Holiday::SpringFestival, first: -27, last: -1 };
    let (first, last) = regressor::days(&window, 1966).unwrap();
    assert_eq!((first, last), (date(1965, 12, 25), date(1966, 1, 20)));
    assert_eq!(window.share(date(1965, 12, 1), 1), Some(7.0 / 27.0));
    assert_eq!(window.share(date(1965, 11, 1), 1), Some(0.0));
}

#[test]
fn unknown_years_are_refused() {
    let window = Window { holiday: Holiday::MidAutumn, first: 0, last: 2 };
    assert_eq!(window.regressor(&Period::of(&[date(LAST_YEAR + 1, 1, 1)], 1)), Err(Error::Unknown(LAST_YEAR + 1)));
    assert_eq!(window.regressor(&Period::of(&[date(2000, 1, 1)], 5)), Err(Error::Period(5)));
}
