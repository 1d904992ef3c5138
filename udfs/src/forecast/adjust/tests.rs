use std::fs::File;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use chrono::{Datelike, Months, NaiveDate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::forecast::linear::least_squares;
use crate::forecast::statistics::f_tail;

/// A published monthly series.
pub(in crate::forecast) fn load(name: &str) -> Option<Vec<f64>> {
    let Some(folder) = std::env::var_os("HUITONG_DATASETS") else {
        println!("skipped: HUITONG_DATASETS does not name a folder with macro/monthly_with_moving_holiday.parquet");
        return None;
    };
    let file = File::open(PathBuf::from(folder).join("macro/monthly_with_moving_holiday.parquet")).unwrap();
    let mut values = vec![];
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let names = cast(batch.column_by_name("series").unwrap(), &DataType::Utf8).unwrap();
        let numbers = batch.column_by_name("value").unwrap().as_primitive::<Float64Type>().clone();
        let rows = (0..batch.num_rows()).filter(|row| names.as_string::<i32>().value(*row) == name);
        values.extend(rows.map(|row| numbers.value(row)));
    }
    Some(values)
}

fn months(from: (i32, u32), count: usize) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(from.0, from.1, 1).unwrap();
    (0..count).map(|by| first + Months::new(by as u32)).collect()
}

fn asked(starts: Option<Vec<NaiveDate>>) -> Asked {
    let calendar = starts.map(|starts| Period::of(&starts, 1));
    Asked { period: 12, calendar, mode: Mode::Auto, outliers: true, robust: true, seasonal: Some(13) }
}

/// Standard deviation of the growth of the adjusted series into January, February and March.
fn early_growth(adjusted: &[f64], starts: &[NaiveDate]) -> f64 {
    let growth = adjusted.windows(2).zip(&starts[1..]).filter(|(_, start)| start.month() <= 3);
    let growth: Vec<f64> = growth.map(|(pair, _)| (pair[1] / pair[0]).ln()).collect();
    crate::forecast::statistics::variance(&growth).sqrt()
}

/// Tail probability of the F-test that windows of Spring Festival still explain the irregular component.
fn residual_test(irregular: &[f64], starts: &[NaiveDate]) -> f64 {
    let y: Vec<f64> = irregular.iter().map(|value| value.ln()).collect();
    let windows = effects::spring_festival(&Period::of(starts, 1), 14, 14).unwrap();
    let ones = vec![1.0; y.len()];
    let all: Vec<&[f64]> = std::iter::once(&ones).chain(&windows.columns).map(Vec::as_slice).collect();
    let (with, without) = (least_squares(&all, &y), least_squares(&[&ones], &y));
    let f = (without.rss - with.rss) / 3.0 / (with.rss / with.freedom as f64);
    f_tail(f, 3.0, with.freedom as f64)
}

/// The festival's effect on trade before 1993 was another one, in a series of large jumps of other kinds; on the whole series
/// the cut is 32 % for imports and 17 % for exports.
#[test]
fn spring_festival_leaves_nothing_in_chinas_trade() {
    for (name, year, cut) in [
        ("china_exports", 2000, 0.5),
        ("china_imports", 2000, 0.5),
        ("china_exports", 1993, 0.5),
        ("china_imports", 1993, 0.5),
        ("china_exports", 1983, 0.15),
        ("china_imports", 1983, 0.3),
    ] {
        let Some(y) = load(name) else { return };
        let all = months((1983, 7), y.len());
        let skip = all.iter().position(|start| start.year() >= year).unwrap();
        let (y, starts) = (&y[skip..], &all[skip..]);
        let with = decompose(y, &asked(Some(starts.to_vec()))).unwrap();
        let without = decompose(y, &asked(None)).unwrap();
        let (before, after) = (early_growth(&without.adjusted, starts), early_growth(&with.adjusted, starts));
        let [p_before, p] = [&without, &with].map(|parts| residual_test(&parts.irregular, starts));
        println!(
            "{name} from {year}: {} effects, {} outliers; January to March growth {before:.4} -> {after:.4} ({:.1} % less); \
             F-test p {p_before:.1e} -> {p:.3}",
            with.effects.len(),
            with.outliers.len(),
            100.0 * (1.0 - after / before),
        );
        assert!(with.multiplicative && p_before < 0.01);
        assert!(p > 0.05, "{name}: {p}");
        assert!(after <= (1.0 - cut) * before, "{name} from {year}: {after} of {before}");
    }
}

const SEASON: [f64; 12] = [0.05, -0.2, 0.08, 0.0, 0.02, 0.06, -0.03, -0.02, 0.04, 0.01, 0.03, -0.04];

/// Twenty years of months: growth, season, a festival that lowers its week and the two after, a strike, and noise.
fn generated() -> (Vec<f64>, Vec<NaiveDate>, Vec<f64>) {
    let starts = months((2000, 1), 240);
    let windows = effects::spring_festival(&Period::of(&starts, 1), 7, 14).unwrap();
    let calendar: Vec<f64> = (0..240)
        .map(|t| 0.05 * windows.columns[0][t] - 0.25 * windows.columns[1][t] - 0.1 * windows.columns[2][t])
        .collect();
    let noise = |t: usize| (((t * 7919 + 13) * 104_729) % 1009) as f64 / 1009.0 - 0.5;
    let strike = |t: usize| if t == 100 { -0.4 } else { 0.0 };
    let log = |t: usize| 4.0 + 0.008 * t as f64 + SEASON[t % 12] + calendar[t] + strike(t) + 0.02 * noise(t);
    ((0..240).map(|t| log(t).exp()).collect(), starts, calendar)
}

#[test]
fn known_components_are_found() {
    let (y, starts, calendar) = generated();
    let found = decompose(&y, &asked(Some(starts))).unwrap();
    assert!(found.multiplicative);
    assert!(found.outliers.contains(&Outlier { place: 100, kind: Kind::Additive }), "{:?}", found.outliers);
    assert!((found.outlier[100].ln() + 0.4).abs() < 0.05);
    for t in 0..240 {
        assert!((found.calendar[t].ln() - calendar[t]).abs() < 0.02, "{t}: {} {}", found.calendar[t].ln(), calendar[t]);
        assert!((found.seasonal[t].ln() - SEASON[t % 12]).abs() < 0.03, "{t}");
        assert!((found.trend[t].ln() - 4.0 - 0.008 * t as f64).abs() < 0.02, "{t}");
    }
    let plain = Asked { outliers: false, mode: Mode::Additive, ..asked(None) };
    assert!(decompose(&y, &plain).unwrap().outliers.is_empty());
}

#[test]
fn components_make_up_the_series() {
    let (y, starts, _) = generated();
    for mode in [Mode::Additive, Mode::Multiplicative] {
        let found = decompose(&y, &Asked { mode, ..asked(Some(starts.clone())) }).unwrap();
        for (t, y) in y.iter().enumerate() {
            let parts =
                [&found.trend, &found.seasonal, &found.calendar, &found.outlier, &found.irregular].map(|p| p[t]);
            let whole: f64 = if mode == Mode::Additive { parts.iter().sum() } else { parts.iter().product() };
            assert!((whole - y).abs() <= 1e-9 * y.abs(), "{t}");
        }
    }
}

#[test]
fn another_unit_gives_the_same_components() {
    let (y, starts, _) = generated();
    let base = decompose(&y, &asked(Some(starts.clone()))).unwrap();
    for unit in [1e-8, 1000.0, 1e12] {
        let other: Vec<f64> = y.iter().map(|y| y * unit).collect();
        let found = decompose(&other, &asked(Some(starts.clone()))).unwrap();
        assert_eq!((&found.outliers, &found.effects), (&base.outliers, &base.effects));
        for t in 0..y.len() {
            assert!((found.calendar[t] - base.calendar[t]).abs() < 1e-9);
            assert!((found.trend[t] / unit / base.trend[t] - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn gaps_have_a_trend_but_no_irregular() {
    let (mut y, starts, _) = generated();
    (y[0], y[50], y[239]) = (f64::NAN, f64::NAN, f64::NAN);
    let found = decompose(&y, &asked(Some(starts))).unwrap();
    assert!(found.trend[50].is_finite() && found.irregular[50].is_nan() && found.adjusted[50].is_nan());
    assert!(found.trend[0].is_nan() && found.trend[239].is_nan() && found.trend[238].is_finite());
}

#[test]
fn bad_series_are_told_or_decomposed_as_far_as_they_go() {
    let plain = asked(None);
    assert_eq!(decompose(&[], &plain), Err(Error::Empty));
    assert_eq!(decompose(&[1.0, f64::INFINITY], &plain), Err(Error::Infinite { position: 2 }));
    assert_eq!(decompose(&[1.0, 2.0], &plain), Err(Error::TooShort { present: 2, least: 3 }));
    for y in [vec![1.0, 5.0, 2.0], vec![7.0; 40], vec![0.0; 40], vec![-1e300, 1e300, 0.0, 4.0], vec![1e-300; 30]] {
        let found = decompose(&y, &plain).unwrap();
        assert!(found.irregular.iter().all(|value| value.is_finite()), "{y:?}");
    }
    let negative = Asked { mode: Mode::Multiplicative, ..plain };
    assert!(decompose(&[1.0, -1.0, 2.0], &negative).unwrap_err().to_string().contains("positive"));
    let beyond = asked(Some(months((2050, 1), 120)));
    let y: Vec<f64> = (0..120).map(|t| 5.0 + SEASON[t % 12]).collect();
    assert!(decompose(&y, &beyond).unwrap_err().to_string().contains("not for 2057"));
}

#[test]
fn sent_back_is_the_adjoint() {
    for period in [1, 4, 12] {
        let seasonal_theta = if period > 1 { 0.6 } else { 0.0 };
        let errors = Airline { period, theta: 0.4, seasonal_theta };
        let value = |t: usize, seed: usize| ((t * t * 31 + t * seed + 11) * 7919 % 1009) as f64 / 1009.0 - 0.5;
        let column: Vec<f64> = (0..50).map(|t| value(t, 7)).collect();
        let residuals: Vec<f64> = (0..50 - Airline::lost(period)).map(|t| value(t, 3)).collect();
        let forth = crate::forecast::linear::dot(&errors.innovations(&column), &residuals);
        let back = crate::forecast::linear::dot(&column, &errors.sent_back(&residuals));
        assert!((forth - back).abs() < 1e-12, "{period}: {forth} {back}");
    }
}

#[test]
fn a_shift_of_level_goes_to_the_trend() {
    let (mut y, _, _) = generated();
    y.iter_mut().skip(150).for_each(|value| *value *= 1.5);
    let found = decompose(&y, &asked(None)).unwrap();
    assert!(found.outliers.contains(&Outlier { place: 150, kind: Kind::LevelShift }), "{:?}", found.outliers);
    assert!((found.trend[150] / found.trend[149]).ln() > 0.3);
    assert!((found.outlier[150] - 1.0).abs() < 1e-12);
}

/// Work that grew with the square of the length would not come to an end here.
#[test]
fn long_series_are_decomposed() {
    let y: Vec<f64> = (0..10_000).map(|t| 50.0 + SEASON[t % 7] + ((t * t * 31 + 11) % 1009) as f64 / 1009.0).collect();
    for period in [7, 1] {
        let parts = decompose(&y, &Asked { period, ..asked(None) }).unwrap();
        assert!(parts.trend.len() == y.len() && parts.trend.iter().all(|value| value.is_finite()), "{period}");
    }
}
