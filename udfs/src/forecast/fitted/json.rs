//! A fit as JSON and back. What is read is checked: whatever was written there, a fit that is read can be run.
//!
//! `{"model": name, "period": steps, "scale": number, "members": […]}`. A member has a `kind` and, but for the naive ones, its `fit`
//! (null where the series was too short for any) and the `season` that is taken off before, if any. Numbers are texts (see
//! [`super::numbers`]).

use serde_json::{Value, json};

use super::{Fitted, Member, numbers};
use crate::forecast::arima::{self, predict::Kept};
use crate::forecast::ces::{self, form::Complex, state::Pair};
use crate::forecast::ets::{self, form::Form, state::Smoothing, state::State};
use crate::forecast::model::Model;
use crate::forecast::season::{Adjusted, Kind, Season};
use crate::forecast::stlf::{self, Cycles};
use crate::forecast::theta::{self, Variant, trend::Line, trend::Scope};

/// Longest season of anything.
const PERIOD_MAX: u64 = 10_000;
const MEMBERS_MAX: usize = 4;

pub fn write(fitted: &Fitted) -> Value {
    json!({
        "model": fitted.model.name(),
        "period": fitted.period,
        "scale": numbers::write(&[fitted.scale]),
        "members": fitted.members.iter().map(write_member).collect::<Vec<_>>(),
    })
}

/// `None` where something is missing, of another type, or out of range.
pub fn read(value: &Value) -> Option<Fitted> {
    let members = value.get("members")?.as_array().filter(|members| (1..=MEMBERS_MAX).contains(&members.len()))?;
    let [scale] = array(value, "scale")?;
    let model = Model::from_name(text(value, "model")?)?;
    (scale > 0.0 && (members.len() == 1 || model == Model::Auto)).then_some(())?;
    let members = members.iter().map(read_member).collect::<Option<Vec<_>>>()?;
    Some(Fitted { model, period: count(value, "period", 1..=PERIOD_MAX)?, scale, members })
}

fn write_member(member: &Member) -> Value {
    match member {
        Member::Ets(fit) => adjusted("ets", fit, write_ets),
        Member::Arima(fit) => adjusted("arima", fit, write_arima),
        Member::Ces(fit) => adjusted("ces", fit, write_ces),
        Member::Theta(fit) => adjusted("theta", fit, write_theta),
        Member::Stlf(fit) => {
            let mut value = adjusted("stlf", &fit.adjusted, write_ets);
            value["cycles"] = json!(
                fit.season
                    .as_ref()
                    .map(|Cycles { period, values }| { json!({"period": period, "values": numbers::write(values)}) })
            );
            value
        }
        Member::Intermittent(method) => json!({"kind": Model::Intermittent(*method).name()}),
        Member::Drift(slope) => json!({"kind": "drift", "slope": numbers::write(&[*slope])}),
        Member::SeasonalNaive => json!({"kind": "snaive"}),
        Member::Naive => json!({"kind": "naive"}),
    }
}

fn read_member(value: &Value) -> Option<Member> {
    match text(value, "kind")? {
        "ets" => read_adjusted(value, read_ets).map(Member::Ets),
        "arima" => read_adjusted(value, read_arima).map(Member::Arima),
        "ces" => read_adjusted(value, read_ces).map(Member::Ces),
        "theta" => read_adjusted(value, read_theta).map(Member::Theta),
        "stlf" => {
            let season = optional(value, "cycles", read_cycles)?;
            Some(Member::Stlf(stlf::Fitted { season, adjusted: read_adjusted(value, read_ets)? }))
        }
        "drift" => array(value, "slope").map(|[slope]| Member::Drift(slope)),
        name => match Model::from_name(name)? {
            Model::Intermittent(method) => Some(Member::Intermittent(method)),
            Model::SeasonalNaive => Some(Member::SeasonalNaive),
            Model::Naive => Some(Member::Naive),
            _ => None,
        },
    }
}

fn adjusted<F>(kind: &str, fitted: &Adjusted<Option<F>>, fit: impl Fn(&F) -> Value) -> Value {
    let season = fitted.season.as_ref().map(|Season { kind, indices }| {
        json!({"kind": if *kind == Kind::Additive { "additive" } else { "multiplicative" }, "indices": numbers::write(indices)})
    });
    json!({"kind": kind, "season": season, "fit": fitted.fit.as_ref().map(fit)})
}

fn read_adjusted<F>(value: &Value, fit: impl Fn(&Value) -> Option<F>) -> Option<Adjusted<Option<F>>> {
    Some(Adjusted { season: optional(value, "season", read_season)?, fit: optional(value, "fit", fit)? })
}

fn read_season(value: &Value) -> Option<Season> {
    let kind = match text(value, "kind")? {
        "additive" => Kind::Additive,
        "multiplicative" => Kind::Multiplicative,
        _ => return None,
    };
    let indices = list(value, "indices").filter(|indices| within(indices.len(), PERIOD_MAX))?;
    Some(Season { kind, indices })
}

fn read_cycles(value: &Value) -> Option<Cycles> {
    let period = count(value, "period", 1..=PERIOD_MAX)?;
    Some(Cycles { period, values: list(value, "values").filter(|values| values.len() >= period)? })
}

fn write_ets(fit: &ets::fit::Fit) -> Value {
    let Smoothing { alpha, beta, gamma, phi } = fit.smoothing;
    let start = [&[fit.start.level, fit.start.slope], &fit.start.season[..]].concat();
    json!({
        "form": fit.form.letters(),
        "smoothing": numbers::write(&[alpha, beta, gamma, phi]),
        "start": numbers::write(&start),
    })
}

fn read_ets(value: &Value) -> Option<ets::fit::Fit> {
    let form = Form::parse(text(value, "form")?)?;
    let [alpha, beta, gamma, phi] = array(value, "smoothing")?;
    let start = list(value, "start")?;
    let [level, slope, season @ ..] = &start[..] else { return None };
    let fits = if form.season.is_some() { within(season.len(), PERIOD_MAX) } else { season.is_empty() };
    let start = State { level: *level, slope: *slope, season: season.to_vec() };
    let smoothing = Smoothing { alpha, beta, gamma, phi };
    fits.then_some(ets::fit::Fit { form, smoothing, start, criterion: f64::NAN })
}

fn write_arima(fit: &Kept) -> Value {
    json!({
        "order": fit.order.text(), "constant": fit.order.constant, "period": fit.period, "from": fit.from,
        "mean": numbers::write(&[fit.mean]), "ar": numbers::write(&fit.phi), "ma": numbers::write(&fit.theta),
    })
}

fn read_arima(value: &Value) -> Option<Kept> {
    let order = arima::Order::parse(text(value, "order")?)?;
    let order = arima::Order { constant: value.get("constant")?.as_bool()?, ..order };
    let period = count(value, "period", 1..=arima::PERIOD_MAX as u64)?;
    let terms = |plain: u8, seasonal: u8| usize::from(plain) + usize::from(seasonal) * period;
    let phi = list(value, "ar").filter(|phi| phi.len() == terms(order.plain.ar, order.seasonal.ar))?;
    let theta = list(value, "ma").filter(|theta| theta.len() == terms(order.plain.ma, order.seasonal.ma))?;
    let [mean] = array(value, "mean")?;
    Some(Kept { order, period, phi, theta, mean, from: count(value, "from", 0..=u64::from(u32::MAX))? })
}

fn write_ces(fit: &ces::fit::Fit) -> Value {
    let pair = |pair: &Pair| [pair.value, pair.potential];
    let start: Vec<f64> = std::iter::once(&fit.start.level).chain(&fit.start.season).flat_map(pair).collect();
    let ces::state::Smoothing { level, season } = fit.smoothing;
    let smoothing = [level.real, level.imaginary, season.real, season.imaginary];
    json!({"form": fit.form.name(), "smoothing": numbers::write(&smoothing), "start": numbers::write(&start)})
}

fn read_ces(value: &Value) -> Option<ces::fit::Fit> {
    let name = text(value, "form")?;
    // One of all forms: those of a series with a season.
    let form = *ces::form::Form::candidates(2).iter().find(|form| form.name() == name)?;
    let [real, imaginary, season_real, season_imaginary] = array(value, "smoothing")?;
    let smoothing = ces::state::Smoothing {
        level: Complex { real, imaginary },
        season: Complex { real: season_real, imaginary: season_imaginary },
    };
    let start = list(value, "start")?;
    let (pairs, []) = start.as_chunks::<2>() else { return None };
    let mut pairs = pairs.iter().map(|[value, potential]| Pair { value: *value, potential: *potential });
    let start = ces::state::State { level: pairs.next()?, season: pairs.collect() };
    let none = form == ces::form::Form::None;
    let fits = if none { start.season.is_empty() } else { within(start.season.len(), PERIOD_MAX) };
    let end = start.clone();
    fits.then_some(ces::fit::Fit { form, smoothing, start, end, squares: f64::NAN, aicc: f64::NAN })
}

fn write_theta(fit: &theta::fit::Fit) -> Value {
    let Line { intercept, slope, mean, .. } = fit.line;
    json!({
        "variant": fit.variant.name(), "alpha": numbers::write(&[fit.alpha]), "weight": numbers::write(&[fit.weight]),
        "level": numbers::write(&[fit.level]), "line": numbers::write(&[intercept, slope, mean]), "count": fit.line.count,
    })
}

fn read_theta(value: &Value) -> Option<theta::fit::Fit> {
    let (scope, optimised) = match text(value, "variant")? {
        "STM" => (Scope::Static, false),
        "OTM" => (Scope::Static, true),
        "DSTM" => (Scope::Dynamic, false),
        "DOTM" => (Scope::Dynamic, true),
        _ => return None,
    };
    let variant = Variant { scope, optimised };
    let one = |name: &str| array(value, name).map(|[number]| number);
    let bounded = |name: &str, (low, high): (f64, f64)| one(name).filter(|number| (low..=high).contains(number));
    let [intercept, slope, mean] = array(value, "line")?;
    let line = Line { intercept, slope, mean, count: count(value, "count", 0..=u64::from(u32::MAX))? };
    Some(theta::fit::Fit {
        variant,
        alpha: bounded("alpha", theta::fit::ALPHA)?,
        weight: bounded("weight", theta::fit::WEIGHT)?,
        level: one("level")?,
        line,
        mse: f64::NAN,
        parameters: variant.parameters(),
    })
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn count(value: &Value, name: &str, range: std::ops::RangeInclusive<u64>) -> Option<usize> {
    value.get(name)?.as_u64().filter(|count| range.contains(count)).map(|count| count as usize)
}

/// Numbers, none missing.
fn list(value: &Value, name: &str) -> Option<Vec<f64>> {
    numbers::read(text(value, name)?).filter(|numbers| numbers.iter().all(|number| number.is_finite()))
}

fn array<const N: usize>(value: &Value, name: &str) -> Option<[f64; N]> {
    list(value, name)?.try_into().ok()
}

/// `Some(None)` for null: nothing is there, and nothing is wrong.
fn optional<T>(value: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.get(name)? {
        Value::Null => Some(None),
        value => read(value).map(Some),
    }
}

/// From one to `most`.
fn within(length: usize, most: u64) -> bool {
    length > 0 && length as u64 <= most
}
