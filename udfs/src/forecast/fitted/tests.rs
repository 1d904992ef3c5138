use serde_json::{Value, json};

use super::{Fitted, Member, json, numbers};
use crate::forecast::arima::Order;
use crate::forecast::series::Series;
use crate::forecast::tests::{assert_near, months};
use crate::forecast::{Error, Forecast, Model, ces, forecast, theta};

const NAN: f64 = f64::NAN;

fn fit(y: &[f64], period: usize, model: Model) -> Fitted {
    Fitted::to(&Series::new(y, period).unwrap(), model)
}

/// Through its text, as it travels.
fn carried(fitted: &Fitted) -> Fitted {
    let text = json::write(fitted).to_string();
    let read = json::read(&serde_json::from_str(&text).unwrap()).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(json::write(&read).to_string(), text);
    read
}

fn named(name: &str) -> Model {
    Model::from_name(name).unwrap()
}

fn models() -> Vec<Model> {
    let named =
        ["ets:MAdM", "ets:ANA", "ets:MNN", "arima:(0,1,1)(0,1,1)", "arima:(2,0,1)", "arima:(1,1,0)(1,0,0)"].map(named);
    Model::ALL.into_iter().chain(named).collect()
}

/// Numbers that no short text holds.
fn odd(t: usize) -> f64 {
    ((t * 7919 + 13) % 1009) as f64 / 7.0
}

#[test]
fn the_forecast_of_a_fit_is_the_forecast() {
    let gaps: Vec<f64> =
        months().iter().enumerate().map(|(t, y)| if t % 11 == 3 || t > 57 { NAN } else { *y }).collect();
    let series = [
        months(),
        gaps,
        months()[..9].to_vec(),
        (0..50).map(odd).collect(),
        (0..50).map(|t| odd(t) * 1e-200).collect(),
        (0..40).map(|t| if t % 5 == 0 { odd(t) } else { 0.0 }).collect(),
        months().iter().map(|y| -y).collect(),
        vec![3.25; 30],
        vec![5.0, 7.0],
        vec![5.0],
    ];
    for y in &series {
        for model in models() {
            let found = carried(&fit(y, 12, model)).forecast(y, 9);
            assert_eq!(found, forecast(y, 12, 9, model), "{model:?} of {} values", y.len());
        }
    }
}

#[test]
fn long_seasons_are_kept_beside_the_model() {
    let season = |place: usize| ((place.pow(3) * 31 + place * 17) % 997) as f64 / 50.0;
    let y: Vec<f64> = (0..500).map(|t| 40.0 + season(t % 200) + odd(t) / 200.0).collect();
    for model in [Model::AutoEts, Model::Ces, Model::Dot, named("arima:(1,0,0)")] {
        let fitted = fit(&y, 200, model);
        assert!(json::write(&fitted)["members"][0]["season"].is_object(), "{model:?}");
        assert_eq!(carried(&fitted).forecast(&y, 5), forecast(&y, 200, 5, model));
    }
}

/// The first part's fit run on over the whole series.
fn run_on(model: &str, y: &[f64], period: usize, known: usize) -> (Fitted, Forecast) {
    let fitted = carried(&fit(&y[..known], period, named(model)));
    let forecast = fitted.forecast(y, 4).unwrap();
    (fitted, forecast)
}

fn values(period: usize) -> Vec<f64> {
    (0..70).map(|t| 20.0 + 0.3 * t as f64 + 4.0 * (t % period) as f64 + odd(t) / 40.0).collect()
}

/// Simple exponential smoothing by its one equation (Brown, 1956).
#[test]
fn simple_smoothing_runs_on_with_its_parameter() {
    let y = values(1);
    let (fitted, found) = run_on("ses", &y, 1, 50);
    let Member::Ets(ets) = &fitted.members[0] else { panic!("{fitted:?}") };
    let ets = ets.fit.as_ref().unwrap();
    let (alpha, mut level, mut squares) = (ets.smoothing.alpha, ets.start.level * fitted.scale, 0.0);
    for value in &y {
        squares += (value - level).powi(2);
        level += alpha * (value - level);
    }
    assert_near(&found.mean, &[level; 4], 1e-9);
    let deviation = (squares / 68.0).sqrt();
    let half = |h: f64| 1.959_963_984_540_054 * deviation * (1.0 + (h - 1.0) * alpha * alpha).sqrt();
    assert_near(&found.hi, &[1.0, 2.0, 3.0, 4.0].map(|h| level + half(h)), 1e-9);
}

/// Holt-Winters' additive and multiplicative recursions, written out.
#[test]
fn seasonal_smoothing_runs_on_with_its_parameters() {
    let y = values(4);
    for (model, multiplicative) in [("ets:AAA", false), ("ets:MAdM", true)] {
        let (fitted, found) = run_on(model, &y, 4, 50);
        let Member::Ets(ets) = &fitted.members[0] else { panic!("{fitted:?}") };
        let ets = ets.fit.as_ref().unwrap();
        let (by, unit) = (ets.smoothing, fitted.scale);
        let (mut l, mut b) = (ets.start.level * unit, ets.start.slope * unit);
        let mut s: Vec<f64> = ets.start.season.iter().map(|s| if multiplicative { *s } else { s * unit }).collect();
        for (t, value) in y.iter().enumerate() {
            let (trend, season) = (l + by.phi * b, s[t % 4]);
            let (of_level, of_season) = match multiplicative {
                true => (value / season - trend, value / trend - season),
                false => (value - season - trend, value - trend - season),
            };
            l = trend + by.alpha * of_level;
            b = by.phi * b + by.beta * of_level;
            s[t % 4] = season + by.gamma * of_season;
        }
        let mut truth = vec![];
        for h in 0..4_usize {
            let damped: f64 = (1..=h as i32 + 1).map(|j| by.phi.powi(j)).sum();
            let (trend, season) = (l + damped * b, s[(70 + h) % 4]);
            truth.push(if multiplicative { trend * season } else { trend + season });
        }
        assert_near(&found.mean, &truth, 1e-9);
    }
}

/// A first-order autoregression about its mean, whose exact innovations are written out.
#[test]
fn an_autoregression_runs_on_with_its_coefficients() {
    let y: Vec<f64> = (0..70).map(|t| 50.0 + odd(t) / 10.0 + if t > 50 { 6.0 } else { 0.0 }).collect();
    let (fitted, found) = run_on("arima:(1,0,0)", &y, 1, 50);
    let Member::Arima(arima) = &fitted.members[0] else { panic!("{fitted:?}") };
    let kept = arima.fit.as_ref().unwrap();
    let (phi, mean) = (kept.phi[0], kept.mean * fitted.scale);
    let truth: Vec<f64> = (1..=4).map(|h| mean + phi.powi(h) * (y[69] - mean)).collect();
    assert_near(&found.mean, &truth, 1e-9);
    let first = (y[0] - mean).powi(2) * (1.0 - phi * phi);
    let rest = y.windows(2).map(|pair| (pair[1] - mean - phi * (pair[0] - mean)).powi(2));
    let sigma2 = (first + rest.sum::<f64>()) / 68.0;
    let half = |h: i32| (0..h).map(|j| phi.powi(2 * j)).sum::<f64>().sqrt() * sigma2.sqrt() * 1.959_963_984_540_054;
    let truth: Vec<f64> = (1..=4).map(|h| truth[h as usize - 1] + half(h)).collect();
    assert_near(&found.hi, &truth, 1e-9);
}

/// The innovations algorithm of a first-order moving average of changes (Brockwell & Davis, Time Series: Theory and Methods,
/// example 5.2.1).
#[test]
fn a_moving_average_runs_on_with_its_coefficients() {
    let y = values(1);
    let order = Order { constant: false, ..Order::parse("(0,1,1)").unwrap() };
    let series = Series::new(&y[..50], 1).unwrap();
    let fitted = carried(&Fitted::to(&series, Model::Arima(order)));
    let Member::Arima(arima) = &fitted.members[0] else { panic!("{fitted:?}") };
    let theta = arima.fit.as_ref().unwrap().theta[0];
    let (mut error, mut variance) = (0.0, 1.0 + theta * theta);
    for (t, pair) in y.windows(2).enumerate() {
        let expected = if t == 0 { 0.0 } else { theta * error / variance };
        variance = if t == 0 { variance } else { 1.0 + theta * theta - theta * theta / variance };
        error = pair[1] - pair[0] - expected;
    }
    let next = y[69] + theta * error / variance;
    assert_near(&fitted.forecast(&y, 4).unwrap().mean, &[next; 4], 1e-9);
}

/// Filtering in two parts is filtering the whole.
#[test]
fn complex_smoothing_and_theta_run_on_from_their_first_states() {
    let y = values(4);
    let fit = ces::fitted(&y[..48], 4).fit.unwrap();
    let mut state = fit.start.clone();
    let squares = state.forward(fit.form, &fit.smoothing, &y[..48]);
    assert_eq!((&state, squares), (&fit.end, fit.squares));
    let more = state.forward(fit.form, &fit.smoothing, &y[48..]);
    let whole = fit.through(&y);
    assert_eq!(state, whole.end);
    assert!((whole.squares - squares - more).abs() < 1e-9);

    let fit = theta::fit::given(&y[..48], theta::Variant::OPTIMISED).unwrap();
    let (mean, _) = theta::predict::predict(&fit, &y, 2);
    let (mut level, mut power) = (fit.level, 1.0);
    for value in &y {
        level += fit.alpha * (value - level);
        power *= 1.0 - fit.alpha;
    }
    assert_near(&mean[..1], &[level + fit.weight * theta::trend::drift(&fit.line, fit.alpha, power)], 1e-12);
    assert_eq!(fit.line, theta::trend::Line::through(&y[..48]));
}

#[test]
fn what_is_chosen_stays_and_what_is_seen_counts() {
    let y = values(4);
    for model in models() {
        let fitted = carried(&fit(&y[..48], 4, model));
        let (before, after) = (fitted.forecast(&y[..48], 3).unwrap(), fitted.forecast(&y, 3).unwrap());
        assert_eq!((before.spec, before.n_obs, after.n_obs), (after.spec, 48, 70), "{model:?}");
        assert_ne!(before.mean, after.mean, "{model:?}");
    }
    let (_, found) = run_on("drift", &[0.0, 2.0, 4.0, 6.0, 7.0], 1, 4);
    assert_near(&found.mean, &[9.0, 11.0, 13.0, 15.0], 1e-12);
    let (_, found) = run_on("auto", &[3.0, 3.0, 3.0, 3.0, 4.0], 1, 4);
    assert_eq!((found.spec.as_str(), &found.mean[..2]), ("naive", &[4.0, 4.0][..]));
}

#[test]
fn a_multiplicative_form_does_not_run_through_zero() {
    let mut y = values(4);
    y[60] = 0.0;
    for model in ["ets:MAM", "ets:MNN"] {
        let fitted = fit(&y[..50], 4, named(model));
        assert!(matches!(fitted.forecast(&y, 3), Err(Error::NotPositive { .. })), "{model}");
        assert!(fitted.forecast(&y[..60], 3).is_ok());
    }
    assert!(fit(&y[..50], 4, named("ets:AAA")).forecast(&y, 3).is_ok());
}

#[test]
fn numbers_are_read_back_to_the_last_bit() {
    let values = [0.1 + 0.2, -0.0, 1e-310, f64::MAX, 5e-324, -1234567.0, 1.0 / 3.0, NAN];
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&numbers::read(&numbers::write(&values)).unwrap()), bits(&values));
    assert!(numbers::read("").unwrap().is_empty());
    for wrong in ["inf", "NaN", "1  2", "1,2", " ", "1e999", "--"] {
        assert!(numbers::read(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn what_could_not_be_run_is_not_read() {
    let y = values(4);
    let good = |model| json::write(&fit(&y, 4, named(model)));
    let fails = |mut value: Value, path: &str, to: Value| {
        let place = value.pointer_mut(path).unwrap_or_else(|| panic!("{path}"));
        *place = to.clone();
        assert!(json::read(&value).is_none(), "{path} {to}");
    };
    for (path, to) in [
        ("/model", json!("autos")),
        ("/model", json!("ses")),
        ("/period", json!(0)),
        ("/period", json!(10_001)),
        ("/period", json!(2.5)),
        ("/scale", json!("0")),
        ("/scale", json!("-1")),
        ("/scale", json!("1 2")),
        ("/scale", json!("-")),
        ("/members", json!([])),
        ("/members/0/kind", json!("auto")),
    ] {
        fails(good("auto"), path, to);
    }
    for (path, to) in [
        ("/members/0/fit/form", json!("AAX")),
        ("/members/0/fit/form", json!("AAN")),
        ("/members/0/fit/smoothing", json!("0.1 0.1 0.1")),
        ("/members/0/fit/start", json!("1")),
        ("/members/0/fit/start", json!("1 - 3 4 5 6")),
        ("/members/0/season", json!({"kind": "additive", "indices": ""})),
        ("/members/0/season", json!([])),
    ] {
        fails(good("ets:AAA"), path, to);
    }
    for (path, to) in [
        ("/members/0/fit/order", json!("(9,1,1)")),
        ("/members/0/fit/period", json!(0)),
        ("/members/0/fit/period", json!(5)),
        ("/members/0/fit/ma", json!("0.1")),
        ("/members/0/fit/from", json!(-1)),
        ("/members/0/fit/constant", json!("no")),
    ] {
        fails(good("arima:(0,1,1)(0,1,1)"), path, to);
    }
    fails(good("dot"), "/members/0/fit/alpha", json!("1.5"));
    fails(good("otm"), "/members/0/fit/variant", json!("XTM"));
    fails(good("ces"), "/members/0/fit/start", json!("1 2 3"));
    fails(good("stlf"), "/members/0/cycles/values", json!("1 2 3"));
    fails(good("drift"), "/members/0/slope", json!(1));
}
