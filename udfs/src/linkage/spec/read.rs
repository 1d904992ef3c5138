//! A specification from its JSON text.

use serde_json::Value;

use super::fields::{Fields, items};
use super::when;
use super::{Comparison, Error, Expression, Key, Level, PRIOR, Prior, Rule, Session, Spec, TermFrequency, Training};
use crate::linkage::model::defaults;

/// Of which a comparison has at most.
const LEVELS_MOST: usize = 100;
const CHANCE: std::ops::RangeInclusive<f64> = 0.0..=1.0;

pub fn spec(text: &str) -> Result<Spec, Error> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Error::new("the text", format!("it is not JSON: {error}"), "correct it there"))?;
    let fields = Fields::new(&value, "", &["comparisons", "blocking", "prior", "training", "trace"])?;
    let comparisons = each(&fields, "comparisons", |at, item| comparison(item, &at))?;
    if comparisons.is_empty() {
        return Err(Error::new("comparisons", "there are none", "compare at least one column"));
    }
    unique(comparisons.iter().map(|comparison| comparison.name.as_str()), "comparisons")?;
    let blocking = each(&fields, "blocking", |at, item| rule(item, &at))?;
    unique(blocking.iter().map(|rule| rule.name.as_str()), "blocking")?;
    let spec = Spec {
        prior: prior(fields.get("prior"))?,
        training: training(fields.get("training"), &comparisons, &blocking)?,
        trace: fields.get("trace").cloned().unwrap_or_default(),
        comparisons,
        blocking,
    };
    let all = spec.radices().into_iter().try_fold(1_i64, i64::checked_mul);
    match all {
        Some(_) => Ok(spec),
        None => {
            Err(Error::new("comparisons", "their levels make more patterns than a BIGINT tells apart", "use fewer"))
        }
    }
}

fn each<T>(fields: &Fields, name: &str, read: impl Fn(String, &Value) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    fields.items(name)?.into_iter().map(|(at, item)| read(at, item)).collect()
}

fn unique<'a>(names: impl Iterator<Item = &'a str>, place: &str) -> Result<(), Error> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::new(place, format!("two of the name `{}`", pair[0]), "give each its own `name`")),
        None => Ok(()),
    }
}

fn comparison(value: &Value, at: &str) -> Result<Comparison, Error> {
    let fields = Fields::new(value, at, &["name", "column", "columns", "levels"])?;
    let mut on: Vec<String> = fields.text("column")?.map(str::to_owned).into_iter().collect();
    for (at, item) in fields.items("columns")? {
        let wrong = || Error::new(at, format!("{item} is no column"), "write its name in quotes");
        on.push(item.as_str().filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(wrong)?);
    }
    let default = (!on.is_empty()).then(|| on.join("_"));
    let name = fields.required("name", fields.text("name")?.map(str::to_owned).or(default))?;
    let mut levels = each(&fields, "levels", |at, item| level(item, &on, &at))?;
    let within = |what: &str, mend: &str| Err(Error::new(fields.at("levels"), what, mend));
    let valued = levels.iter().filter(|level| !level.is_null).count();
    match levels.last() {
        _ if levels.len() > LEVELS_MOST => return within("more than 100 levels", "use fewer"),
        _ if levels.iter().rev().skip(1).any(|level| level.condition == super::Condition::Else) => {
            return within("a level after \"else\" is never reached", "put \"else\" last");
        }
        Some(last) if last.condition == super::Condition::Else && !last.is_null => {}
        _ => return within("the last level must be \"else\"", "add {\"when\": \"else\"}"),
    }
    if valued < 2 {
        return within("one level says nothing", "add a level before \"else\" such as {\"when\": \"exact\"}");
    }
    unlabelled(&mut levels);
    let comparison = Comparison { name, on, levels };
    defaults::check_terms(&comparison, at)?;
    Ok(comparison)
}

/// Labels of levels that have none: their condition.
fn unlabelled(levels: &mut [Level]) {
    for level in levels.iter_mut().filter(|level| level.label.is_empty()) {
        level.label = match &level.written {
            Value::String(word) => word.clone(),
            Value::Object(map)
                if map.len() == 1 && map.values().all(|value| value.is_number() || value.is_string()) =>
            {
                map.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect()
            }
            other => other.to_string(),
        };
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn level(value: &Value, on: &[String], at: &str) -> Result<Level, Error> {
    let known = ["when", "label", "m", "u", "fix_m", "fix_u", "null", "term_frequency"];
    let fields = Fields::new(value, at, &known)?;
    let written = fields.required("when", fields.get("when"))?.clone();
    let is_null = written == "null" || fields.flag("null")?;
    let level = Level {
        label: fields.text("label")?.unwrap_or_default().to_owned(),
        condition: when::condition(&written, on, &fields.at("when"))?,
        written,
        is_null,
        m: fields.number("m", CHANCE)?,
        u: fields.number("u", CHANCE)?,
        fix_m: fields.flag("fix_m")?,
        fix_u: fields.flag("fix_u")?,
        term_frequency: fields
            .get("term_frequency")
            .map(|value| term(value, on, &fields.at("term_frequency")))
            .transpose()?,
    };
    match is_null && (level.m.is_some() || level.u.is_some() || level.term_frequency.is_some()) {
        true => Err(Error::new(at, "a level of nulls weighs nothing", "leave `m`, `u` and `term_frequency` out")),
        false => Ok(level),
    }
}

/// `true`, a column, or an object.
fn term(value: &Value, on: &[String], at: &str) -> Result<TermFrequency, Error> {
    let of = |column: Option<&str>| match (column, on) {
        (Some(column), _) => Ok(column.to_owned()),
        (None, [column]) => Ok(column.clone()),
        _ => Err(Error::new(at, "of which column?", "name it in `column`")),
    };
    match value {
        Value::Bool(true) => Ok(TermFrequency { column: of(None)?, weight: 1.0, min_u: 0.0, own_u: false }),
        Value::String(column) => Ok(TermFrequency { column: of(Some(column))?, weight: 1.0, min_u: 0.0, own_u: false }),
        object => {
            let fields = Fields::new(object, at, &["column", "weight", "min_u", "own_u"])?;
            Ok(TermFrequency {
                column: of(fields.text("column")?)?,
                weight: fields.number("weight", CHANCE)?.unwrap_or(1.0),
                min_u: fields.number("min_u", CHANCE)?.unwrap_or(0.0),
                own_u: fields.flag("own_u")?,
            })
        }
    }
}

/// A list of expressions that are equal on both sides, or an object with `equal`; or `sql`.
fn rule(value: &Value, at: &str) -> Result<Rule, Error> {
    if value.is_array() || value.is_string() {
        return named(None, keys(value, at)?, at);
    }
    let fields = Fields::new(value, at, &["name", "equal", "sql"])?;
    let keys = match (fields.get("equal"), fields.text("sql")?) {
        (Some(equal), None) => keys(equal, &fields.at("equal"))?,
        (None, Some(text)) => super::sql::keys(text, &fields.at("sql"))?,
        _ => return Err(Error::new(at, "a rule says what is equal", "give one of `equal` and `sql`")),
    };
    named(fields.text("name")?, keys, at)
}

fn named(name: Option<&str>, keys: Vec<Key>, at: &str) -> Result<Rule, Error> {
    let mut rule = Rule { name: name.unwrap_or_default().to_owned(), keys };
    if rule.keys.is_empty() {
        return Err(Error::new(at, "a rule without keys joins all rows with all", "name at least one column"));
    }
    if rule.name.is_empty() {
        rule.name = rule.sql("l", "r");
    }
    Ok(rule)
}

fn keys(value: &Value, at: &str) -> Result<Vec<Key>, Error> {
    let items = if value.is_array() { items(value, at)? } else { vec![(at.to_owned(), value)] };
    let key = |(at, item): (String, &Value)| match item.get("left").or_else(|| item.get("right")) {
        Some(_) => {
            let fields = Fields::new(item, at, &["left", "right"])?;
            let side = |name: &str| -> Result<Expression, Error> {
                when::expression(fields.required(name, fields.get(name))?, &fields.at(name))
            };
            Ok(Key { left: side("left")?, right: side("right")? })
        }
        None => when::expression(item, &at).map(|expression| Key { left: expression.clone(), right: expression }),
    };
    items.into_iter().map(key).collect()
}

fn prior(value: Option<&Value>) -> Result<Prior, Error> {
    let plain = |value: f64| Prior { value, learn: false, rules: Vec::new(), recall: None };
    let Some(value) = value else { return Ok(plain(PRIOR)) };
    let least = f64::MIN_POSITIVE..=1.0 - f64::EPSILON;
    if value.is_number() {
        return super::fields::number(value, "prior", least).map(plain);
    }
    let fields = Fields::new(value, "prior", &["value", "learn", "rules", "recall"])?;
    let recall = fields.number("recall", 1e-6..=1.0)?;
    let rules = each(&fields, "rules", |at, item| rule(item, &at))?;
    if rules.is_empty() != recall.is_none() {
        return Err(Error::new("prior", "`rules` and `recall` belong together", "give both or neither"));
    }
    Ok(Prior { value: fields.number("value", least)?.unwrap_or(PRIOR), learn: fields.flag("learn")?, rules, recall })
}

fn training(value: Option<&Value>, comparisons: &[Comparison], blocking: &[Rule]) -> Result<Training, Error> {
    let default = Training::default();
    let Some(value) = value else { return Ok(default) };
    let fields = Fields::new(value, "training", &["sample", "sessions", "max_iterations", "convergence"])?;
    let sessions = each(&fields, "sessions", |at, item| session(item, comparisons, blocking, &at))?;
    unique(sessions.iter().map(|session| session.rule.name.as_str()), "training.sessions")?;
    Ok(Training {
        sample: fields.count("sample", 1..=1_000_000_000)?.unwrap_or(default.sample),
        sessions,
        max_iterations: fields.count("max_iterations", 1..=10_000)?.unwrap_or(default.max_iterations),
        convergence: fields.number("convergence", 1e-15..=1.0)?.unwrap_or(default.convergence),
    })
}

/// A rule, or the name of one of `blocking` in `rule`; comparisons that read a column of it are excluded unless others are named.
fn session(value: &Value, comparisons: &[Comparison], blocking: &[Rule], at: &str) -> Result<Session, Error> {
    let object = value.get("rule").is_some() || value.get("exclude").is_some();
    let fields = match object {
        true => Some(Fields::new(value, at, &["name", "equal", "sql", "rule", "exclude"])?),
        false => None,
    };
    let named = fields.as_ref().map(|fields| fields.text("rule")).transpose()?.flatten();
    let rule = match named {
        Some(name) => blocking.iter().find(|rule| rule.name == name).cloned().ok_or_else(|| {
            Error::new(at, format!("no rule of `blocking` has the name `{name}`"), "name one that is there")
        })?,
        None => {
            let mut own = value.clone();
            own.as_object_mut().map(|map| map.remove("exclude"));
            rule(&own, at)?
        }
    };
    let columns = rule.columns();
    let is_decided = |comparison: &&Comparison| comparison.columns().iter().any(|column| columns.contains(column));
    let excluded = match fields.as_ref().map(|fields| (fields.get("exclude"), fields.items("exclude"))) {
        Some((Some(_), given)) => {
            given?.into_iter().map(|(at, item)| known(item, comparisons, &at)).collect::<Result<_, _>>()?
        }
        _ => comparisons.iter().filter(is_decided).map(|comparison| comparison.name.clone()).collect(),
    };
    Ok(Session { rule, excluded })
}

fn known(item: &Value, comparisons: &[Comparison], at: &str) -> Result<String, Error> {
    let names: Vec<&str> = comparisons.iter().map(|comparison| comparison.name.as_str()).collect();
    match item.as_str().filter(|name| names.contains(name)) {
        Some(name) => Ok(name.to_owned()),
        None => {
            let mend = format!("name one of {}", super::fields::list(&names));
            Err(Error::new(at, format!("{item} is no comparison"), mend))
        }
    }
}
