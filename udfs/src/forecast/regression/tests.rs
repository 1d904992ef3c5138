use chrono::NaiveDate;

use super::*;
use crate::forecast::holidays::{Holiday, Period};
use crate::forecast::tests::assert_near;

const NAN: f64 = f64::NAN;
const SEASON: [f64; 12] = [5.0, -9.0, 2.0, 0.0, 1.0, 4.0, 3.0, -2.0, -4.0, 6.0, -5.0, -1.0];

/// Uniform between −1 and 1, from a fixed linear congruential generator.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A level that wanders, with a season.
fn base(count: usize) -> Vec<f64> {
    let mut level = 100.0;
    let steps = noise(count, 7).into_iter().zip(noise(count, 8)).enumerate();
    let value = |(t, (step, error)): (usize, (f64, f64))| {
        level += 0.3 + 0.2 * step;
        level + SEASON[t % 12] + 0.5 * error
    };
    steps.map(value).collect()
}

fn column(name: &str, values: Vec<f64>) -> Column {
    Column { name: name.to_owned(), values }
}

fn given(columns: Vec<Column>) -> Regressors {
    Regressors { given: columns, calendar: None }
}

fn months(count: usize) -> Steps {
    Steps::months(NaiveDate::from_ymd_opt(2004, 1, 1).unwrap(), 1, count).unwrap()
}

const PRICE: f64 = 2.0;

#[test]
fn a_planted_effect_is_recovered_and_put_on_the_future() {
    let (n, h) = (120, 12);
    let price: Vec<f64> = noise(n + h, 3).iter().map(|value| 50.0 + 10.0 * value).collect();
    let y: Vec<f64> = base(n).iter().zip(&price).map(|(y, price)| y + PRICE * (price - 50.0)).collect();
    let found = forecast_with(&y, 12, h, Model::AutoEts, &given(vec![column("price", price.clone())])).unwrap();
    let effect = &found.effects.given[0];
    assert!((effect.coefficient / PRICE - 1.0).abs() < 0.05, "{}", effect.coefficient);
    assert!(effect.t > 50.0 && !found.effects.multiplicative && found.effects.left_out.is_empty());
    for step in 0..h {
        let truth = effect.coefficient * (price[n + step] - effect.centre);
        assert!((effect.contribution[n + step] - truth).abs() < 1e-9);
        assert!((found.forecast.mean[step] - found.rest.mean[step] - truth).abs() < 1e-9);
        assert!((found.forecast.hi[step] - found.rest.hi[step] - truth).abs() < 1e-9);
    }
    let plain = forecast(&y, 12, h, Model::AutoEts).unwrap();
    let width = |forecast: &Forecast| forecast.hi[0] - forecast.lo[0];
    assert!(width(&found.forecast) < width(&plain) / 4.0, "{} {}", width(&found.forecast), width(&plain));
    assert!(found.forecast.spec.starts_with("regression on price; rest: ETS("), "{}", found.forecast.spec);
}

#[test]
fn a_scenario_is_another_future() {
    let (n, h) = (96, 6);
    let mut rate = noise(n + h, 5);
    let y: Vec<f64> = base(n).iter().zip(&rate).map(|(y, rate)| y + 4.0 * rate).collect();
    let low = forecast_with(&y, 12, h, Model::Dot, &given(vec![column("rate", rate.clone())])).unwrap();
    rate[n..].iter_mut().for_each(|rate| *rate += 1.5);
    let high = forecast_with(&y, 12, h, Model::Dot, &given(vec![column("rate", rate)])).unwrap();
    assert_eq!(low.rest, high.rest);
    let more = 1.5 * low.effects.given[0].coefficient;
    for (low, high) in low.forecast.mean.iter().zip(&high.forecast.mean) {
        assert!((high - low - more).abs() < 1e-9);
    }
}

#[test]
fn effects_are_products_where_the_logarithm_is_explained_better() {
    let (n, h) = (120, 12);
    let rate = noise(n + h, 11);
    let y: Vec<f64> =
        base(n).iter().zip(&rate).enumerate().map(|(t, (y, r))| (y / 30.0 + 0.02 * t as f64 + 0.1 * r).exp()).collect();
    let found = forecast_with(&y, 12, h, Model::AutoEts, &given(vec![column("rate", rate)])).unwrap();
    let effect = &found.effects.given[0];
    assert!(found.effects.multiplicative && (effect.coefficient / 0.1 - 1.0).abs() < 0.05, "{effect:?}");
    for step in 0..h {
        let ratio = found.forecast.mean[step] / found.rest.mean[step];
        assert!((ratio / effect.contribution[n + step] - 1.0).abs() < 1e-12);
    }
}

/// Festival weeks that lower the month they fall in.
fn with_festival(count: usize) -> Vec<f64> {
    let Steps::Months(periods) = months(count) else { unreachable!() };
    let windows = crate::forecast::adjust::effects::spring_festival(&periods, 7, 14).unwrap();
    (0..count).map(|t| -12.0 * windows.columns[1][t] - 9.0 * windows.columns[2][t]).collect()
}

#[test]
fn the_calendar_is_found_and_continued() {
    let (n, h) = (192, 24);
    let festival = with_festival(n + h);
    let y: Vec<f64> = base(n).iter().zip(&festival).map(|(y, effect)| y + effect).collect();
    let regressors = Regressors { given: vec![], calendar: Some(months(n + h)) };
    let found = forecast_with(&y, 12, h, Model::AutoEts, &regressors).unwrap();
    let [term] = &found.effects.calendar[..] else { panic!("{:?}", found.effects.calendar) };
    assert_eq!(term.group, Group::Holiday(Holiday::SpringFestival));
    assert!(term.p < 1e-6, "{}", term.p);
    let size = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let sign = if found.effects.multiplicative { 1.0 } else { 0.0 };
    let level = |t: usize| if found.effects.multiplicative { y[t.min(n - 1)] } else { 1.0 };
    let missed: Vec<f64> = (0..n + h).map(|t| (term.contribution[t] - sign) * level(t) - festival[t]).collect();
    assert!(size(&missed) < 0.05 * size(&festival), "{} {}", size(&missed), size(&festival));
    let mut names: Vec<&str> = found.effects.left_out.iter().map(|left| left.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["dragon_boat", "mid_autumn", "weekdays"]);
}

#[test]
fn chance_is_not_taken_for_a_calendar() {
    let mut kept = 0;
    for seed in 0..20 {
        let y: Vec<f64> = noise(120, 1000 + seed).iter().zip(base(120)).map(|(e, y)| y + e).collect();
        let regressors = Regressors { given: vec![], calendar: Some(months(126)) };
        kept += forecast_with(&y, 12, 6, Model::Naive, &regressors).unwrap().effects.calendar.len();
    }
    // Four groups in each of 20 series, of which the search for windows makes one or the other significant by chance.
    assert!(kept <= 2, "{kept} of 80");
}

#[test]
fn without_effects_the_forecast_is_the_plain_one() {
    let y = base(60);
    let found = forecast_with(&y, 12, 6, Model::Theta, &Regressors::default()).unwrap();
    assert_eq!(found.forecast, forecast(&y, 12, 6, Model::Theta).unwrap());
}

#[test]
fn what_cannot_be_estimated_is_left_out_with_its_reason() {
    let (n, h) = (72, 6);
    let rate = noise(n + h, 2);
    let trend: Vec<f64> = (0..n + h).map(|t| 3.0 * t as f64).collect();
    let season: Vec<f64> = (0..n + h).map(|t| SEASON[t % 12]).collect();
    let twice: Vec<f64> = rate.iter().map(|value| 2.0 * value - 7.0).collect();
    let mut step = vec![0.0; n + h];
    step[n..].fill(1.0);
    let columns = vec![
        column("constant", vec![4.0; n + h]),
        column("future", step),
        column("rate", rate),
        column("trend", trend),
        column("twice", twice),
        column("season", season),
    ];
    let found = forecast_with(&base(n), 12, h, Model::AutoEts, &given(columns)).unwrap();
    let reasons: Vec<(&str, Reason)> =
        found.effects.left_out.iter().map(|left| (left.name.as_str(), left.reason)).collect();
    let truth = [
        ("constant", Reason::Constant),
        ("future", Reason::Constant),
        ("trend", Reason::Absorbed),
        ("twice", Reason::Dependent),
        ("season", Reason::Absorbed),
    ];
    assert_eq!(reasons, truth);
    assert_eq!(found.effects.names().collect::<Vec<_>>(), ["rate"]);
}

#[test]
fn broken_regressors_are_told() {
    let y = base(48);
    let told = |values: Vec<f64>| {
        forecast_with(&y, 12, 4, Model::Naive, &given(vec![column("x", values)])).unwrap_err().to_string()
    };
    assert_eq!(told(vec![1.0; 51]), "regressor `x` has 51 values for 52 steps");
    let mut values = noise(52, 1);
    (values[3], values[50]) = (1.0, NAN);
    assert_eq!(told(values.clone()), "regressor `x` has no finite value at step 51");
    values[50] = f64::INFINITY;
    assert_eq!(told(values), "regressor `x` has no finite value at step 51");
    let short = Regressors { given: vec![], calendar: Some(months(50)) };
    assert!(forecast_with(&y, 12, 4, Model::Naive, &short).unwrap_err().to_string().contains("50 entries"));
    let first = NaiveDate::from_ymd_opt(2050, 1, 1).unwrap();
    let beyond = Regressors { given: vec![], calendar: Steps::months(first, 1, 100) };
    let told = forecast_with(&base(96), 12, 4, Model::Naive, &beyond).unwrap_err().to_string();
    assert!(told.contains("not for 2057"), "{told}");
}

#[test]
fn short_and_awkward_series_have_an_answer_or_an_error() {
    for n in 0..40 {
        for y in [base(n), vec![7.0; n], vec![NAN; n], base(n).iter().map(|y| y * 1e-300).collect()] {
            for period in [1, 4, 12] {
                let columns = given(vec![column("x", noise(n + 3, 9))]);
                let calendar = Regressors { given: vec![], calendar: Some(months(n + 3)) };
                for regressors in [columns, calendar] {
                    if let Ok(found) = forecast_with(&y, period, 3, Model::AutoEts, &regressors) {
                        assert!(found.forecast.mean.iter().all(|value| value.is_finite()), "{n} {period}");
                    }
                }
            }
        }
    }
    let few = forecast_with(&base(9), 1, 3, Model::Naive, &given(vec![column("x", noise(12, 1))]));
    assert_eq!(few.unwrap_err(), Error::TooShort { present: 9, least: 10 });
    let constant = forecast_with(&[7.0; 30], 1, 3, Model::Auto, &given(vec![column("x", noise(33, 1))])).unwrap();
    assert_near(&constant.forecast.mean, &[7.0; 3], 1e-12);
    // A future far outside of what was seen.
    let mut wild = noise(63, 4);
    wild[62] = 1e308;
    let y: Vec<f64> = base(60).iter().zip(&wild).map(|(y, x)| y + 3.0 * x).collect();
    assert_eq!(forecast_with(&y, 1, 3, Model::Naive, &given(vec![column("x", wild)])), Err(Error::TooLarge));
}

#[test]
fn gaps_are_bridged_with_the_effects() {
    let (n, h) = (120, 6);
    let price: Vec<f64> = noise(n + h, 3).iter().map(|value| 10.0 * value).collect();
    let full: Vec<f64> = base(n).iter().zip(&price).map(|(y, price)| y + PRICE * price).collect();
    let mut y = full.clone();
    for gap in [0, 1, 17, 40, 41, 77, 100, 118, 119] {
        y[gap] = NAN;
    }
    let mut values = price.clone();
    values[0] = NAN;
    let found = forecast_with(&y, 12, h, Model::AutoEts, &given(vec![column("price", values)])).unwrap();
    assert!(
        (found.effects.given[0].coefficient / PRICE - 1.0).abs() < 0.05,
        "{:?}",
        found.effects.given[0].coefficient
    );
    assert_eq!(found.forecast.mean.len(), h);
}

#[test]
fn the_unit_and_the_bits_stay() {
    let (n, h) = (96, 6);
    let rate = noise(n + h, 5);
    let y: Vec<f64> = base(n).iter().zip(&rate).map(|(y, rate)| y + 4.0 * rate).collect();
    let run = |unit: f64, of_rate: f64| {
        let y: Vec<f64> = y.iter().map(|value| value * unit).collect();
        let rate: Vec<f64> = rate.iter().map(|value| value * of_rate + 3.0).collect();
        let regressors = Regressors { given: vec![column("rate", rate)], calendar: Some(months(n + h)) };
        forecast_with(&y, 12, h, Model::AutoEts, &regressors).unwrap()
    };
    let plain = run(1.0, 1.0);
    assert_eq!(plain, run(1.0, 1.0));
    for (unit, of_rate) in [(1e-6, 1.0), (1e9, 1e5), (1.0, -1e-5)] {
        let found = run(unit, of_rate);
        let back: Vec<f64> = found.forecast.mean.iter().map(|value| value / unit).collect();
        assert_near(&back, &plain.forecast.mean, 1e-6);
        assert_eq!(found.effects.multiplicative, plain.effects.multiplicative);
    }
}

#[test]
fn days_know_the_holidays_and_the_arranged_rest() {
    let (n, h) = (1461, 30);
    let first = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
    let steps = Steps::days(first, n + h).unwrap();
    let Steps::Days(days) = steps.clone() else { unreachable!() };
    let errors = noise(n, 21);
    let level = |t: usize| 50.0 + [3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0][t % 7] + errors[t];
    let festival = |t: usize| {
        let date = Holiday::SpringFestival.date(chrono::Datelike::year(&days[t])).unwrap();
        if (0..=6).contains(&(days[t] - date).num_days()) { -15.0 } else { 0.0 }
    };
    let y: Vec<f64> = (0..n).map(|t| level(t) + festival(t)).collect();
    let found = forecast_with(&y, 7, h, Model::AutoEts, &Regressors { given: vec![], calendar: Some(steps) }).unwrap();
    let kept: Vec<Group> = found.effects.calendar.iter().map(|term| term.group).collect();
    assert_eq!(kept, [Group::Holiday(Holiday::SpringFestival)], "{:?}", found.effects.left_out);
    let off = (0..n).find(|t| festival(*t) != 0.0).unwrap();
    let at = found.effects.calendar[0].contribution[off];
    let effect = if found.effects.multiplicative { (at - 1.0) * 50.0 } else { at };
    assert!((effect / -15.0 - 1.0).abs() < 0.1, "{effect}");
    // The arrangements of later years are not known: their terms are left out, the festivals stay.
    let later = Steps::days(NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(), 760).unwrap();
    let found = forecast_with(&y[..730], 7, 30, Model::Naive, &Regressors { given: vec![], calendar: Some(later) });
    let left_out = found.unwrap().effects.left_out;
    assert!(left_out.iter().any(|left| left.name == "rest_days" && left.reason == Reason::Unknown), "{left_out:?}");
}

#[test]
fn steps_are_months_or_days_of_the_grid() {
    use crate::forecast::calendar::{Calendar, Moment};
    let moments = |dates: &[(i32, u32, u32)]| -> Vec<Moment> {
        let at = |(y, m, d): &(i32, u32, u32)| {
            let local = NaiveDate::from_ymd_opt(*y, *m, *d).unwrap().into();
            Moment { local, universal: local }
        };
        dates.iter().map(at).collect()
    };
    let start = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let quarters = Calendar::infer(&moments(&[(2020, 1, 1), (2020, 4, 1), (2020, 10, 1)])).unwrap();
    let Some(Steps::Months(periods)) = Steps::of(&quarters, 2) else { panic!() };
    assert_eq!(periods.len(), 6);
    assert_eq!(periods[5], Period { start: start(2021, 4, 1), months: 3 });
    let days = Calendar::infer(&moments(&[(2020, 1, 1), (2020, 1, 2), (2020, 1, 3)])).unwrap();
    let steps = Steps::of(&days, 1).unwrap();
    assert_eq!((steps.len(), steps.start(3)), (4, Some(start(2020, 1, 4))));
    let weeks = Calendar::infer(&moments(&[(2020, 1, 1), (2020, 1, 8), (2020, 1, 15)])).unwrap();
    assert_eq!(Steps::of(&weeks, 1), None);
}
