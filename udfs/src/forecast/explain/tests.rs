use chrono::NaiveDate;

use super::*;
use crate::forecast::adjust::effects::spring_festival;
use crate::forecast::holidays::Period;
use crate::forecast::regression::Column;

const SEASON: [f64; 12] = [0.05, -0.2, 0.08, 0.0, 0.02, 0.06, -0.03, -0.02, 0.04, 0.11, 0.03, -0.04];

fn noise(t: usize) -> f64 {
    (((t * 7919 + 13) * 104_729) % 1009) as f64 / 1009.0 - 0.5
}

fn months(count: usize) -> Steps {
    Steps::months(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap(), 1, count).unwrap()
}

fn festival(count: usize) -> Vec<f64> {
    let Steps::Months(periods) = months(count) else { unreachable!() };
    let windows = spring_festival(&periods, 7, 14).unwrap();
    (0..count).map(|t| -0.25 * windows.columns[1][t] - 0.1 * windows.columns[2][t]).collect()
}

/// Fifteen years of months that grow by a tenth each year: season, festival, a rate, a strike and a shift.
fn products(count: usize, rate: &[f64]) -> Vec<f64> {
    let festival = festival(count);
    let events = |t: usize| if t == 100 { -0.4 } else { 0.0 } + if t >= 130 { 0.3 } else { 0.0 };
    let log = |t: usize| 1.1_f64.ln() / 12.0 * t as f64 + SEASON[t % 12] + festival[t] + 0.05 * rate[t] + events(t);
    (0..count).map(|t| 50.0 * (log(t) + 0.02 * noise(t)).exp()).collect()
}

fn rate(count: usize) -> Vec<f64> {
    (0..count).map(|t| 4.0 * noise(3 * t + 1)).collect()
}

fn asked(n: usize, horizon: usize, model: Model) -> Asked {
    let given = vec![Column { name: "rate".to_owned(), values: rate(n + horizon) }];
    Asked {
        period: 12,
        horizon,
        model,
        level: 0.9,
        regressors: Regressors { given, calendar: Some(months(n + horizon)) },
        steps: None,
        origins: 3,
    }
}

fn plain(period: usize, horizon: usize, model: Model) -> Asked {
    Asked { period, horizon, model, level: 0.95, regressors: Regressors::default(), steps: None, origins: 0 }
}

fn assert_identity(found: &Explanation) {
    for (h, mean) in found.forecast.mean.iter().enumerate() {
        let total = found.components.total(h);
        assert!((total - mean).abs() <= 1e-10 * mean.abs().max(1.0), "{h}: {total} {mean}");
    }
    assert_eq!(found.words_en.len(), found.words_zh.len());
}

#[test]
fn known_parts_are_told_and_multiply_to_the_forecast() {
    let n = 180;
    let y = products(n, &rate(n));
    let found = explain(&y, &asked(n, 24, Model::AutoEts)).unwrap();
    assert_identity(&found);
    found.words_en.iter().chain(&found.words_zh).for_each(|words| println!("{words}"));
    let facts = &found.facts;
    assert!(found.components.multiplicative);
    let Some(facts::Change::Factor(per_year)) = facts.trend.map(|trend| trend.change) else { panic!() };
    assert!((per_year - 1.1).abs() < 0.02, "{per_year}");
    let season = facts.season.unwrap();
    assert_eq!((season.highest.0, season.lowest.0), (numbers::Place::Month(10), numbers::Place::Month(2)));
    let truth = festival(n + 24);
    for h in 0..24 {
        assert!((found.components.calendar[h].ln() - truth[n + h]).abs() < 0.02, "{h}");
        let given = 0.05 * rate(n + 24)[n + h];
        let centre = 0.05 * facts.given[0].centre;
        assert!((found.components.regressors[0].1[h].ln() - given + centre).abs() < 0.02, "{h}");
        assert!((found.components.one_offs[h].ln() - 0.3).abs() < 0.05);
    }
    let events: Vec<(Option<String>, bool)> =
        facts.one_offs.iter().map(|event| (event.time.iso(), event.lasting)).collect();
    assert_eq!(events, [(Some("2008-05".to_owned()), false), (Some("2010-11".to_owned()), true)]);
    assert_eq!(facts.festivals.len(), 2);
    assert_eq!(facts.past.unwrap().origins, 3);
    let said =
        |words: &[String], part: &str| assert!(words.iter().any(|word| word.contains(part)), "{part}: {words:?}");
    said(&found.words_en, "Spring Festival is on 2015-02-19 (the year before: 2014-01-31)");
    said(&found.words_en, "highest in October");
    said(&found.words_en, "One unit more of `rate` goes with +5.");
    said(&found.words_en, "The 90 % interval of 2016-12 is");
    said(&found.words_zh, "春节在2015年2月19日（上一年为2014年1月31日）");
    said(&found.words_zh, "在2月最低");
    said(&found.words_zh, "2010年11月起持续 +3");
}

#[test]
fn every_model_s_parts_make_up_its_forecast() {
    let n = 72;
    let sums: Vec<f64> = (0..n).map(|t| 5.0 * (SEASON[t % 12] + 0.05 * noise(t)) - 0.02 * t as f64 + 0.3).collect();
    for y in [products(n, &vec![0.0; n]), sums] {
        for model in Model::ALL {
            for (period, horizon) in [(12, 12), (12, 1), (1, 6), (12, 40), (4, 3)] {
                let found = explain(&y, &plain(period, horizon, model)).unwrap();
                assert_identity(&found);
                let truth = crate::forecast::forecast(&y, period, horizon, model).unwrap();
                assert_eq!(found.forecast, truth);
            }
        }
    }
}

#[test]
fn a_model_without_season_has_none_and_a_season_is_the_model_s_own() {
    let y = products(72, &[0.0; 72]);
    let flat = explain(&y, &plain(12, 12, Model::Naive)).unwrap();
    assert_eq!(flat.facts.season, None);
    assert!(flat.words_en.contains(&"The forecast has no season.".to_owned()));
    let cycle = explain(&y, &plain(12, 12, Model::SeasonalNaive)).unwrap();
    let level = cycle.components.trend[0];
    assert!(cycle.components.trend.iter().all(|trend| (trend / level - 1.0).abs() < 1e-9));
    // Steps are counted where no dates are known: the cycle starts in January.
    assert_eq!(cycle.facts.season.unwrap().lowest.0, numbers::Place::Step(2));
    assert_eq!(cycle.facts.trend.unwrap().from, numbers::Time::Step(73));
    assert!((cycle.facts.growth.unwrap().factor - 1.0).abs() < 1e-12);
}

#[test]
fn awkward_series_are_explained_or_refused() {
    let model = Model::Auto;
    assert_eq!(explain(&[], &plain(12, 3, model)), Err(Error::Empty));
    for y in [vec![5.0], vec![0.0; 30], vec![-3.0; 30], vec![1.0, f64::NAN, 4.0], vec![1e-300, 3e-300, 2e-300]] {
        let found = explain(&y, &plain(12, 3, model)).unwrap();
        assert_identity(&found);
        assert!(found.words_en.iter().all(|words| !words.contains("NaN") && !words.contains("inf")), "{found:?}");
    }
    let wrong = Asked { steps: Some(months(30)), ..plain(12, 3, model) };
    assert!(explain(&[1.0; 30], &wrong).unwrap_err().to_string().contains("30 entries for 33"));
    assert!(explain(&[1.0; 30], &plain(12, 0, model)).is_ok());
}

#[test]
fn quarters_and_days_have_their_names() {
    let quarters: Vec<f64> = (0..48).map(|t| 40.0 + t as f64 + [0.0, 9.0, 3.0, -8.0][t % 4] + noise(t)).collect();
    let first = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap();
    let steps = Steps::months(first, 3, 56);
    let found = explain(&quarters, &Asked { steps, ..plain(4, 8, Model::AutoEts) }).unwrap();
    let season = found.facts.season.unwrap();
    assert_eq!((season.highest.0, season.lowest.0), (numbers::Place::Quarter(2), numbers::Place::Quarter(4)));
    assert_eq!(found.facts.interval.time.iso().unwrap(), "2023 Q4");
    let days: Vec<f64> = (0..100).map(|t| 40.0 + [0.0, 0.0, 9.0, 3.0, -8.0, 0.0, 1.0][t % 7] + noise(t)).collect();
    let found = explain(&days, &Asked { steps: Steps::days(first, 107), ..plain(7, 7, Model::AutoEts) }).unwrap();
    // 1 January 2010 was a Friday.
    let season = found.facts.season.unwrap();
    assert_eq!(season.highest.0, numbers::Place::Weekday(chrono::Weekday::Sun));
    assert_eq!(season.lowest.0, numbers::Place::Weekday(chrono::Weekday::Tue));
    let joint: Vec<Period> = (0..77)
        .map(|t| {
            let year = 2010 + t / 11;
            let (month, months) = if t % 11 == 0 { (1, 2) } else { (t % 11 + 2, 1) };
            Period { start: NaiveDate::from_ymd_opt(year, month as u32, 1).unwrap(), months }
        })
        .collect();
    let y: Vec<f64> = (0..66).map(|t| 40.0 + if t % 11 == 0 { 30.0 } else { (t % 11) as f64 } + noise(t)).collect();
    let found = explain(&y, &Asked { steps: Some(Steps::Months(joint)), ..plain(11, 11, Model::AutoEts) }).unwrap();
    assert_eq!(found.facts.season.unwrap().highest.0, numbers::Place::Months(1, 2));
}

#[test]
fn numbers_have_four_digits() {
    use numbers::{number, percent_of, signed};
    let shown: Vec<String> = [0.0, 0.012346, 1.5, -12.3456, 123_456.7, 2e20].map(number).to_vec();
    assert_eq!(shown, ["0", "0.01235", "1.500", "−12.35", "123457", "2.000e20"]);
    assert_eq!((signed(-2.5), signed(2.5)), ("−2.500".to_owned(), "+2.500".to_owned()));
    assert_eq!((percent_of(1.25), percent_of(0.9)), ("+25.0 %".to_owned(), "−10.0 %".to_owned()));
}
