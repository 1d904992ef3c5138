//! What the words say, before they are words.

use chrono::{Datelike, NaiveDate};

use super::numbers::{Place, Time};
use super::{Asked, Components, Past};
use crate::forecast::Model;
use crate::forecast::adjust::outliers::Kind;
use crate::forecast::holidays::Holiday;
use crate::forecast::model::Forecast;
use crate::forecast::regression::{Effects, Given, Group, LeftOut, OneOff, Reason, Steps, Term};

#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub model: Model,
    /// What was fitted to the series without effects.
    pub spec: String,
    pub n_obs: usize,
    pub multiplicative: bool,
    pub growth: Option<Growth>,
    pub trend: Option<Trend>,
    pub season: Option<Season>,
    pub festivals: Vec<Festival>,
    pub calendar: Vec<(Group, f64)>,
    pub given: Vec<Regressor>,
    pub left_out: Vec<LeftOut>,
    /// Those of largest ratio, in order of time.
    pub one_offs: Vec<Event>,
    /// Found in all.
    pub one_offs_count: usize,
    pub interval: Interval,
    pub past: Option<Past>,
}

/// The sum of the next cycle by that of the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    pub steps: usize,
    pub factor: f64,
}

/// How the forecast changes apart from season, calendar and regressors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    pub from: Time,
    pub to: Time,
    /// Per year, or per step where no year is known.
    pub per_year: bool,
    pub change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    Factor(f64),
    Amount(f64),
}

/// The places of the cycle that are raised and lowered most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Season {
    pub highest: (Place, Change),
    pub lowest: (Place, Change),
}

/// A Spring Festival of the horizon, the one before, and what its date makes of the steps around.
#[derive(Debug, Clone, PartialEq)]
pub struct Festival {
    pub date: NaiveDate,
    pub before: Option<NaiveDate>,
    pub effects: Vec<(Time, Change)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Regressor {
    pub name: String,
    /// Of one unit more.
    pub change: Change,
    pub t: f64,
    pub centre: f64,
    /// Smallest and largest contribution in the forecast.
    pub range: (Change, Change),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    pub time: Time,
    /// Whether it lasts.
    pub lasting: bool,
    pub change: Change,
}

/// The interval of the last step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub time: Time,
    pub level: f64,
    pub mean: f64,
    pub lo: f64,
    pub hi: f64,
}

/// One-offs that are named.
const EVENTS_MAX: usize = 5;

impl Facts {
    #[expect(clippy::too_many_arguments, reason = "it gathers what the parts of the explanation found")]
    pub fn new(
        y: &[f64],
        asked: &Asked,
        forecast: &Forecast,
        spec: &str,
        effects: &Effects,
        components: &Components,
        season: &[f64],
        past: Option<Past>,
    ) -> Self {
        let names = Names { steps: asked.steps.as_ref().or(asked.regressors.calendar.as_ref()), history: y.len() };
        let change = |value: f64| if effects.multiplicative { Change::Factor(value) } else { Change::Amount(value) };
        let last = forecast.mean.len().saturating_sub(1);
        let at = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
        let (mean, lo, hi) = (at(&forecast.mean), at(&forecast.lo), at(&forecast.hi));
        let mut strongest: Vec<&OneOff> = effects.one_offs.iter().collect();
        strongest.sort_by(|a, b| b.t.abs().total_cmp(&a.t.abs()));
        strongest.truncate(EVENTS_MAX);
        strongest.sort_by_key(|one_off| one_off.outlier.place);
        let event = |one_off: &&OneOff| Event {
            time: names.time(one_off.outlier.place),
            lasting: one_off.outlier.kind == Kind::LevelShift,
            change: change(one_off.size),
        };
        Facts {
            model: asked.model,
            spec: spec.to_owned(),
            n_obs: forecast.n_obs,
            multiplicative: effects.multiplicative,
            growth: growth(y, &forecast.mean, asked.period),
            trend: trend(&components.trend, &names),
            season: extremes(season, &names, change),
            festivals: festivals(effects, &names, change),
            calendar: effects.calendar.iter().map(|term| (term.group, term.p)).collect(),
            given: effects.given.iter().map(|given| regressor(given, effects)).collect(),
            left_out: effects.left_out.clone(),
            one_offs: strongest.iter().map(event).collect(),
            one_offs_count: effects.one_offs.len(),
            interval: Interval { time: names.time(y.len() + last), level: asked.level, mean, lo, hi },
            past,
        }
    }
}

/// What steps are called.
struct Names<'a> {
    steps: Option<&'a Steps>,
    history: usize,
}

impl Names<'_> {
    fn time(&self, step: usize) -> Time {
        match self.steps {
            Some(Steps::Months(periods)) => match periods.get(step) {
                Some(period) if period.months == 1 => Time::Month(period.start),
                Some(period) => Time::Months(period.start, period.months),
                None => Time::Step(step + 1),
            },
            Some(Steps::Days(days)) => days.get(step).map_or(Time::Step(step + 1), |day| Time::Day(*day)),
            None => Time::Step(step + 1),
        }
    }

    /// Of a step of the forecast in a cycle of so many places.
    fn place(&self, h: usize, period: usize) -> Place {
        match self.steps {
            Some(Steps::Months(periods)) => {
                // Beyond the horizon the cycle is the same.
                let cycle_before = || periods.get((self.history + h).checked_sub(period)?);
                let Some(known) = periods.get(self.history + h).or_else(cycle_before) else {
                    return Place::Step(h + 1);
                };
                let month = known.start.month();
                match (period, known.months) {
                    (11 | 12, 1) => Place::Month(month),
                    (11, months) => Place::Months(month, (month + months - 2) % 12 + 1),
                    (4, 3) => Place::Quarter(known.start.month0() / 3 + 1),
                    _ => Place::Step(h + 1),
                }
            }
            Some(Steps::Days(days)) if period == 7 => {
                let first = days.get(self.history);
                let day = first.and_then(|first| first.checked_add_days(chrono::Days::new(h as u64)));
                day.map_or(Place::Step(h + 1), |day| Place::Weekday(day.weekday()))
            }
            _ => Place::Step(h + 1),
        }
    }

    fn steps_per_year(&self) -> Option<f64> {
        const DAYS: f64 = 365.2425;
        match self.steps? {
            Steps::Months(periods) => periods.last().map(|period| 12.0 / f64::from(period.months)),
            Steps::Days(_) => Some(DAYS),
        }
    }
}

/// Of series whose sums are positive, where the whole cycle was observed.
fn growth(y: &[f64], mean: &[f64], period: usize) -> Option<Growth> {
    let next: f64 = mean.get(..period)?.iter().sum();
    let last: f64 = y.get(y.len().checked_sub(period)?..)?.iter().sum();
    (period > 1 && next > 0.0 && last > 0.0).then(|| Growth { steps: period, factor: next / last })
}

/// From the first step to the last, where there are two.
fn trend(trend: &[f64], names: &Names) -> Option<Trend> {
    let (first, last) = (trend.first()?, trend.last()?);
    let steps = trend.len().checked_sub(1).filter(|steps| *steps > 0)? as f64;
    let per_year = names.steps_per_year();
    let years = steps / per_year.unwrap_or(1.0);
    let change = match *first > 0.0 && *last > 0.0 {
        true => Change::Factor((last / first).powf(1.0 / years)),
        false => Change::Amount((last - first) / years),
    };
    let [from, to] = [names.time(names.history), names.time(names.history + trend.len() - 1)];
    Some(Trend { from, to, per_year: per_year.is_some(), change })
}

fn extremes(season: &[f64], names: &Names, change: impl Fn(f64) -> Change) -> Option<Season> {
    let by_size = || season.iter().copied().enumerate();
    let highest = by_size().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let lowest = by_size().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let named = |(h, value): (usize, f64)| (names.place(h, season.len()), change(value));
    Some(Season { highest: named(highest), lowest: named(lowest) })
}

/// The festivals whose steps are forecast and changed by their date.
fn festivals(effects: &Effects, names: &Names, change: impl Fn(f64) -> Change) -> Vec<Festival> {
    let is_festival = |term: &&Term| term.group == Group::Holiday(Holiday::SpringFestival);
    let (Some(Steps::Months(periods)), Some(term)) = (names.steps, effects.calendar.iter().find(is_festival)) else {
        return vec![];
    };
    let neutral = if effects.multiplicative { 1.0 } else { 0.0 };
    let mut found: Vec<Festival> = vec![];
    for (step, period) in periods.iter().enumerate().skip(names.history) {
        let value = term.contribution[step];
        let Some(date) = Holiday::SpringFestival.date(period.start.year()) else { continue };
        if (value - neutral).abs() <= 1e-9 * value.abs().max(f64::MIN_POSITIVE) {
            continue;
        }
        let effect = (names.time(step), change(value));
        match found.last_mut() {
            Some(last) if last.date == date => last.effects.push(effect),
            _ => {
                let before = Holiday::SpringFestival.date(date.year() - 1);
                found.push(Festival { date, before, effects: vec![effect] });
            }
        }
    }
    found
}

/// Names with their reason, those of equal reasons together.
pub fn by_reason(left_out: &[LeftOut]) -> Vec<(Vec<&str>, Reason)> {
    let mut all: Vec<(Vec<&str>, Reason)> = vec![];
    for LeftOut { name, reason } in left_out {
        match all.iter_mut().find(|(_, other)| other == reason) {
            Some((names, _)) => names.push(name),
            None => all.push((vec![name], *reason)),
        }
    }
    all
}

fn regressor(given: &Given, effects: &Effects) -> Regressor {
    let future = &given.contribution[effects.history..];
    let low = future.iter().copied().fold(f64::INFINITY, f64::min);
    let high = future.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let change = |value: f64| if effects.multiplicative { Change::Factor(value) } else { Change::Amount(value) };
    let unit = if effects.multiplicative { given.coefficient.exp() } else { given.coefficient };
    Regressor {
        name: given.name.clone(),
        change: change(unit),
        t: given.t,
        centre: given.centre,
        range: (change(low), change(high)),
    }
}
