//! A specification as JSON.

use serde_json::{Map, Value, json};

use super::{Comparison, Expression, Key, Level, Prior, Rule, Session, Spec, Step, TermFrequency};

pub fn spec(spec: &Spec) -> Value {
    let mut out = Map::new();
    out.insert("prior".to_owned(), prior(&spec.prior));
    out.insert("comparisons".to_owned(), spec.comparisons.iter().map(comparison).collect());
    out.insert("blocking".to_owned(), spec.blocking.iter().map(rule).collect());
    out.insert(
        "training".to_owned(),
        json!({
            "sample": spec.training.sample,
            "sessions": spec.training.sessions.iter().map(session).collect::<Vec<_>>(),
            "max_iterations": spec.training.max_iterations,
            "convergence": spec.training.convergence,
        }),
    );
    if !spec.trace.is_null() {
        out.insert("trace".to_owned(), spec.trace.clone());
    }
    Value::Object(out)
}

fn prior(prior: &Prior) -> Value {
    let mut out = Map::new();
    out.insert("value".to_owned(), json!(prior.value));
    if prior.learn {
        out.insert("learn".to_owned(), json!(true));
    }
    if let Some(recall) = prior.recall {
        out.insert("rules".to_owned(), prior.rules.iter().map(rule).collect());
        out.insert("recall".to_owned(), json!(recall));
    }
    Value::Object(out)
}

fn comparison(comparison: &Comparison) -> Value {
    json!({
        "name": comparison.name,
        "columns": comparison.on,
        "levels": comparison.levels.iter().map(level).collect::<Vec<_>>(),
    })
}

fn level(level: &Level) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        out.insert(name.to_owned(), value);
    };
    put("when", level.written.clone());
    put("label", json!(level.label));
    if level.is_null && level.written != "null" {
        put("null", json!(true));
    }
    for (name, value) in [("m", level.m), ("u", level.u)] {
        if let Some(value) = value {
            put(name, json!(value));
        }
    }
    for (name, flag) in [("fix_m", level.fix_m), ("fix_u", level.fix_u)] {
        if flag {
            put(name, json!(true));
        }
    }
    if let Some(TermFrequency { column, weight, min_u, own_u }) = &level.term_frequency {
        put("term_frequency", json!({"column": column, "weight": weight, "min_u": min_u, "own_u": own_u}));
    }
    Value::Object(out)
}

fn rule(rule: &Rule) -> Value {
    json!({"name": rule.name, "equal": rule.keys.iter().map(key).collect::<Vec<_>>()})
}

fn session(session: &Session) -> Value {
    let mut out = rule(&session.rule);
    if let Some(map) = out.as_object_mut() {
        map.insert("exclude".to_owned(), json!(session.excluded));
    }
    out
}

fn key(key: &Key) -> Value {
    match key.left == key.right {
        true => expression(&key.left),
        false => json!({"left": expression(&key.left), "right": expression(&key.right)}),
    }
}

fn expression(expression: &Expression) -> Value {
    expression.steps.iter().fold(json!(expression.column), |of, step| match step {
        Step::Substring { start, length } => json!({"substr": [of, start, length]}),
        Step::Extract { pattern, group } => json!({"extract": [of, pattern, group]}),
        Step::Date { format } => json!({"date": [of, format]}),
        Step::Lower => json!({"lower": of}),
        Step::Upper => json!({"upper": of}),
        Step::EmptyIsNull => json!({"empty_is_null": of}),
        Step::Text => json!({"text": of}),
        Step::Year => json!({"year": of}),
        Step::Month => json!({"month": of}),
        Step::Day => json!({"day": of}),
    })
}
