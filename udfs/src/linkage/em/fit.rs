//! A model from a specification and counts.

use serde_json::{Value, json};

use super::super::Error;
use super::super::model::defaults;
use super::super::spec::{Comparison, Level, Session, Spec};
use super::counts::{Counts, DETERMINISTIC, MATCHES, PAIRS, SAMPLE};
use super::session::{Learned, Parameters, run};

/// Chances by comparison and value of the level.
type Chances = Vec<Vec<f64>>;

/// The specification with the numbers that the counts say, and a trace of how they came about.
///
/// # Errors
/// Counts of a session that is none or of patterns that are none; fewer pairs in all than the rules of the prior would have.
pub fn fit(mut spec: Spec, counts: &Counts) -> Result<Spec, Error> {
    counts.check(&spec)?;
    let mut trace = Trace::default();
    let fixed = by_value(&spec, |level| level.fix_u);
    let mut u: Chances =
        spec.comparisons.iter().map(|comparison| in_order_of_value(comparison, &defaults::u(comparison))).collect();
    learn_u(&spec, counts, &fixed, &mut u, &mut trace)?;
    spec.prior.value = prior(&spec, counts)?;
    let mut learner = Learner::new(&spec, u);
    for session in &spec.training.sessions {
        let patterns = counts.patterns(&session.rule.name, &spec)?;
        if !patterns.is_empty() {
            learner.session(&spec, session, &patterns, &mut trace);
        }
    }
    learner.matches(&counts.patterns(MATCHES, &spec)?);
    if spec.prior.learn && spec.prior.recall.is_none() && !learner.priors.is_empty() {
        // The median of how many pairs there are to a match.
        let mut reciprocals: Vec<f64> = learner.priors.iter().map(|prior| prior.recip()).collect();
        spec.prior.value = median(&mut reciprocals).recip();
    }
    learner.tell_unobserved(&spec, &mut trace);
    let Learner { m, u, .. } = learner;
    write(&mut spec, &m, &u);
    spec.trace = trace.to_json();
    Ok(spec)
}

#[derive(Debug, Default)]
struct Trace {
    sample_pairs: f64,
    sessions: Vec<Value>,
    not_observed: Vec<Value>,
}

impl Trace {
    fn to_json(&self) -> Value {
        json!({"sample_pairs": self.sample_pairs, "sessions": self.sessions, "not_observed": self.not_observed})
    }

    fn not_observed(&mut self, comparison: &Comparison, value: usize, parameter: &str) {
        let level = i8::try_from(value).ok().and_then(|value| comparison.level(value));
        let label = level.map(|level| level.label.as_str());
        self.not_observed.push(json!({"comparison": comparison.name, "level": label, "parameter": parameter}));
    }
}

/// Something of each level that is not one of nulls, by value.
fn by_value<T: Clone>(spec: &Spec, of: impl Fn(&Level) -> T) -> Vec<Vec<T>> {
    let of_comparison = |comparison: &Comparison| {
        let levels = comparison.levels.iter().filter(|level| !level.is_null);
        levels.rev().map(&of).collect()
    };
    spec.comparisons.iter().map(of_comparison).collect()
}

fn in_order_of_value(comparison: &Comparison, of_levels: &[f64]) -> Vec<f64> {
    let levels = comparison.levels.iter().zip(of_levels).filter(|(level, _)| !level.is_null);
    levels.rev().map(|(_, chance)| *chance).collect()
}

fn learn_u(spec: &Spec, counts: &Counts, fixed: &[Vec<bool>], u: &mut Chances, trace: &mut Trace) -> Result<(), Error> {
    let patterns = counts.patterns(SAMPLE, spec)?;
    trace.sample_pairs = counts.total(SAMPLE).unwrap_or_default();
    for (at, found) in shares(&patterns, u).into_iter().enumerate().filter(|_| !patterns.is_empty()) {
        for (value, share) in found.into_iter().enumerate().filter(|(value, _)| !fixed[at][*value]) {
            match share {
                Some(share) => u[at][value] = share,
                None => trace.not_observed(&spec.comparisons[at], value, "u"),
            }
        }
    }
    Ok(())
}

/// Of the pairs that can be compared, how many fall into each level; nothing of a level into which none does.
fn shares(patterns: &[(Vec<i8>, f64)], like: &Chances) -> Vec<Vec<Option<f64>>> {
    let mut sums: Chances = like.iter().map(|chances| vec![0.0; chances.len()]).collect();
    for (values, pairs) in patterns {
        for (sums, value) in sums.iter_mut().zip(values) {
            if let Some(sum) = usize::try_from(*value).ok().and_then(|value| sums.get_mut(value)) {
                *sum += pairs;
            }
        }
    }
    let share = |sums: Vec<f64>| {
        let total: f64 = sums.iter().sum();
        sums.into_iter().map(|sum| (sum > 0.0).then(|| sum / total)).collect()
    };
    sums.into_iter().map(share).collect()
}

/// From pairs that rules join and how much of all matches they are, where that is known.
fn prior(spec: &Spec, counts: &Counts) -> Result<f64, Error> {
    let known = (counts.total(DETERMINISTIC), counts.total(PAIRS), spec.prior.recall);
    let (Some(joined), Some(pairs), Some(recall)) = known else { return Ok(spec.prior.value) };
    if joined > pairs * recall {
        let mend = format!("a `recall` of at least {:.4}, or stricter rules", joined / pairs);
        return Err(Error::new("prior", format!("{joined} of {pairs} pairs are joined by its rules"), mend));
    }
    let least = f64::MIN_POSITIVE;
    Ok((joined / recall / pairs).clamp(least, 1.0 - f64::EPSILON))
}

struct Learner {
    m: Chances,
    u: Chances,
    fixed: Vec<Vec<bool>>,
    /// What each session says of `m`.
    said: Vec<Vec<Vec<f64>>>,
    /// What each session says of the chance of a match.
    priors: Vec<f64>,
}

impl Learner {
    fn new(spec: &Spec, u: Chances) -> Self {
        let m: Chances =
            spec.comparisons.iter().map(|comparison| in_order_of_value(comparison, &defaults::m(comparison))).collect();
        let said = m.iter().map(|m| vec![Vec::new(); m.len()]).collect();
        Learner { m, u, fixed: by_value(spec, |level| level.fix_m), said, priors: Vec::new() }
    }

    fn session(&mut self, spec: &Spec, session: &Session, patterns: &[(Vec<i8>, f64)], trace: &mut Trace) {
        let used: Vec<bool> =
            spec.comparisons.iter().map(|comparison| !session.excluded.contains(&comparison.name)).collect();
        let decided = decided_levels(spec, session);
        let factor = |learner: &Self| {
            decided.iter().map(|(at, value)| learner.m[*at][*value] / learner.u[*at][*value]).product::<f64>()
        };
        let lambda = chance(odds(spec.prior.value) * factor(self));
        let start = Parameters { lambda, m: self.m.clone(), u: self.u.clone() };
        let training = &spec.training;
        let learned = run(patterns, start, &used, &self.fixed, training.max_iterations, training.convergence);
        self.hear(&learned, &used);
        self.priors.push(chance(odds(learned.parameters.lambda) / factor(self)));
        let pairs: f64 = patterns.iter().map(|(_, pairs)| pairs).sum();
        trace.sessions.push(json!({
            "session": session.rule.name,
            "pairs": pairs,
            "iterations": learned.log_likelihood.len() - 1,
            "lambda": short(learned.parameters.lambda),
            "largest_change": short(learned.largest_change),
            "converged": learned.largest_change < training.convergence,
            "log_likelihood": learned.log_likelihood.iter().copied().map(short).collect::<Vec<_>>(),
        }));
    }

    fn hear(&mut self, learned: &Learned, used: &[bool]) {
        for (at, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            for (value, chance) in learned.parameters.m[at].iter().enumerate() {
                if learned.observed[at][value] && !self.fixed[at][value] {
                    self.said[at][value].push(*chance);
                    self.m[at][value] = median(&mut self.said[at][value].clone());
                }
            }
        }
    }

    /// Pairs that are known to match say one thing more.
    fn matches(&mut self, patterns: &[(Vec<i8>, f64)]) {
        for (at, found) in shares(patterns, &self.m).into_iter().enumerate() {
            for (value, share) in found.into_iter().enumerate().filter(|(value, _)| !self.fixed[at][*value]) {
                if let Some(share) = share {
                    self.said[at][value].push(share);
                    self.m[at][value] = median(&mut self.said[at][value].clone());
                }
            }
        }
    }

    fn tell_unobserved(&self, spec: &Spec, trace: &mut Trace) {
        for (at, comparison) in spec.comparisons.iter().enumerate() {
            let unheard = |value: &usize| self.said[at][*value].is_empty() && !self.fixed[at][*value];
            (0..self.m[at].len()).filter(unheard).for_each(|value| trace.not_observed(comparison, value, "m"));
        }
    }
}

/// Levels that all pairs of a session fall into, as (comparison, value): those that are exact on the columns of its rule, on as many
/// at once as possible.
fn decided_levels(spec: &Spec, session: &Session) -> Vec<(usize, usize)> {
    let mut exact = Vec::new();
    for (at, comparison) in spec.comparisons.iter().enumerate() {
        for (level, value) in comparison.levels.iter().zip(comparison.values()) {
            if let (Some(columns), Ok(value)) = (level.condition.exact_columns(), usize::try_from(value)) {
                exact.push((at, value, columns));
            }
        }
    }
    exact.sort_by_key(|(_, _, columns)| std::cmp::Reverse(columns.len()));
    let mut open = session.rule.columns();
    let mut decided = Vec::new();
    for (at, value, columns) in exact {
        if columns.iter().all(|column| open.contains(column)) {
            open.retain(|column| !columns.contains(column));
            decided.push((at, value));
        }
    }
    decided
}

fn odds(chance: f64) -> f64 {
    chance / (1.0 - chance)
}

fn chance(odds: f64) -> f64 {
    let chance = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    chance.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)
}

/// Of at least one number; between two in the middle their mean.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() % 2 {
        1 => numbers[middle],
        _ => (numbers[middle - 1] + numbers[middle]) / 2.0,
    }
}

/// Twelve digits: more than counts can say, and few enough that the JSON text gives back the same number.
fn short(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

fn write(spec: &mut Spec, m: &Chances, u: &Chances) {
    spec.prior.value = short(spec.prior.value);
    for (at, comparison) in spec.comparisons.iter_mut().enumerate() {
        let values = comparison.values();
        for (level, value) in comparison.levels.iter_mut().zip(values) {
            if let Ok(value) = usize::try_from(value) {
                level.m = Some(short(m[at][value]));
                level.u = Some(short(u[at][value]));
            }
        }
    }
}
