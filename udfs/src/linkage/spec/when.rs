//! Conditions and expressions, as JSON writes them.

use serde_json::Value;

use super::fields::{Fields, items, list, number};
use super::{Condition, Error, Expression, Measure, Operand, Order, Score, Step, sql};

/// Measures with their names and how a threshold stands to them.
const MEASURES: [(&str, Measure, Order, f64); 14] = [
    ("jaro", Measure::Jaro, Order::AtLeast, 1.0),
    ("jaro_winkler", Measure::JaroWinkler, Order::AtLeast, 1.0),
    ("jaccard", Measure::Jaccard, Order::AtLeast, 1.0),
    ("lcs_ratio", Measure::LcsRatio, Order::AtLeast, 1.0),
    ("shared", Measure::Shared, Order::AtLeast, 1e6),
    ("overlap", Measure::Overlap, Order::AtLeast, 1.0),
    ("levenshtein", Measure::Levenshtein, Order::AtMost, EDITS_MOST),
    ("damerau_levenshtein", Measure::DamerauLevenshtein, Order::AtMost, EDITS_MOST),
    ("seconds", Measure::Seconds, Order::AtMost, f64::MAX),
    ("days", Measure::Days, Order::AtMost, f64::MAX),
    ("months", Measure::Months, Order::AtMost, f64::MAX),
    ("years", Measure::Months, Order::AtMost, f64::MAX),
    ("difference", Measure::Difference, Order::AtMost, f64::MAX),
    ("relative_difference", Measure::RelativeDifference, Order::AtMost, 2.0),
];
/// The work of an edit distance grows with what is allowed.
pub const EDITS_MOST: f64 = 100.0;
const OTHERS: [&str; 7] = ["exact", "null", "swapped", "all", "any", "not", "sql"];

/// A condition; the word `null` is also a level of nulls.
pub fn condition(written: &Value, on: &[String], place: &str) -> Result<Condition, Error> {
    match written {
        Value::String(word) => match word.as_str() {
            "null" => Ok(nothing_to_compare(&here(on, place)?)),
            "exact" => Ok(all(here(on, place)?.into_iter().map(equal).collect())),
            "else" => Ok(Condition::Else),
            _ => {
                let mend = "write \"null\", \"exact\", \"else\" or an object such as {\"jaro_winkler\": 0.9}";
                Err(Error::new(place, format!("unknown condition `{word}`"), mend))
            }
        },
        other => of_object(other, on, place),
    }
}

fn of_object(written: &Value, on: &[String], place: &str) -> Result<Condition, Error> {
    let mut known: Vec<&str> = MEASURES.iter().map(|(name, ..)| *name).collect();
    known.extend(OTHERS);
    let names = list(&known);
    known.push("on");
    let fields = Fields::new(written, place, &known)?;
    let mut keys = fields.keys().filter(|key| *key != "on");
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(Error::new(place, "a condition has one measure", format!("give one of {names}")));
    };
    let value = fields.required(key, fields.get(key))?;
    let at = fields.at(key);
    if OTHERS.contains(&key) && fields.get("on").is_some() {
        return Err(Error::new(place, format!("`{key}` takes no `on`"), "name the columns in it"));
    }
    match key {
        "exact" => Ok(all(expressions(value, &at)?.into_iter().map(equal).collect())),
        "null" => Ok(nothing_to_compare(&expressions(value, &at)?)),
        "swapped" => swapped(value, &at),
        "all" => Ok(Condition::All(parts(value, on, &at)?)),
        "any" => Ok(Condition::Any(parts(value, on, &at)?)),
        "not" => Ok(Condition::Not(Box::new(condition(value, on, &at)?))),
        "sql" => match value.as_str() {
            Some(text) => sql::condition(text, &at),
            None => Err(Error::new(at, format!("{value} is no text"), "write the condition as a text")),
        },
        _ => {
            let on = match fields.get("on") {
                Some(given) => expressions(given, &fields.at("on"))?,
                None => here(on, place)?,
            };
            measured(key, value, on, &at)
        }
    }
}

fn measured(key: &str, value: &Value, on: Vec<Expression>, at: &str) -> Result<Condition, Error> {
    let Some((name, measure, order, most)) = MEASURES.iter().find(|(name, ..)| *name == key) else {
        return Err(Error::new(at, format!("unknown measure `{key}`"), "give a known one"));
    };
    let threshold = number(value, at, 0.0..=*most)? * if *name == "years" { 12.0 } else { 1.0 };
    let compare = |expression: Expression| {
        let (left, right) = (Operand::left(expression.clone()), Operand::right(expression));
        Condition::Compare(Score { measure: *measure, left, right }, *order, threshold)
    };
    Ok(all(on.into_iter().map(compare).collect()))
}

/// Both of two columns agree, each with the other.
fn swapped(value: &Value, at: &str) -> Result<Condition, Error> {
    let [one, other] = expressions(value, at)?.try_into().map_err(|given: Vec<_>| {
        Error::new(at, format!("{} columns", given.len()), "give two columns, such as [\"given\", \"surname\"]")
    })?;
    Ok(Condition::All(vec![
        Condition::Equal(Operand::left(one.clone()), Operand::right(other.clone())),
        Condition::Equal(Operand::left(other), Operand::right(one)),
    ]))
}

fn parts(value: &Value, on: &[String], at: &str) -> Result<Vec<Condition>, Error> {
    let parts: Vec<Condition> =
        items(value, at)?.into_iter().map(|(at, item)| condition(item, on, &at)).collect::<Result<_, _>>()?;
    match parts.is_empty() {
        true => Err(Error::new(at, "no conditions", "give at least one")),
        false => Ok(parts),
    }
}

/// The columns of the comparison.
fn here(on: &[String], place: &str) -> Result<Vec<Expression>, Error> {
    match on.is_empty() {
        true => Err(Error::new(place, "no column to compare", "give the comparison `column`, or the condition `on`")),
        false => Ok(on.iter().map(Expression::column).collect()),
    }
}

fn equal(expression: Expression) -> Condition {
    Condition::Equal(Operand::left(expression.clone()), Operand::right(expression))
}

/// No column has values on both sides.
fn nothing_to_compare(on: &[Expression]) -> Condition {
    let either = |expression: &Expression| {
        Condition::Any(vec![
            Condition::IsNull(Operand::left(expression.clone())),
            Condition::IsNull(Operand::right(expression.clone())),
        ])
    };
    all(on.iter().map(either).collect())
}

fn all(mut parts: Vec<Condition>) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => Condition::All(parts),
    }
}

/// One expression or a list of them.
pub fn expressions(value: &Value, at: &str) -> Result<Vec<Expression>, Error> {
    let found = match value {
        Value::Array(_) => {
            items(value, at)?.into_iter().map(|(at, item)| expression(item, &at)).collect::<Result<Vec<_>, _>>()?
        }
        one => vec![expression(one, at)?],
    };
    match found.is_empty() {
        true => Err(Error::new(at, "no columns", "name at least one")),
        false => Ok(found),
    }
}

const STEPS: [&str; 10] =
    ["substr", "lower", "upper", "extract", "empty_is_null", "date", "text", "year", "month", "day"];

/// A column, or what is taken of one.
pub fn expression(value: &Value, at: &str) -> Result<Expression, Error> {
    if let Some(column) = value.as_str().filter(|column| !column.is_empty()) {
        return Ok(Expression::column(column));
    }
    let fields = Fields::new(value, at, &STEPS)?;
    let mut keys = fields.keys();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(Error::new(at, "one thing is taken of a column", format!("give one of {}", list(&STEPS))));
    };
    let value = fields.required(key, fields.get(key))?;
    let at = fields.at(key);
    let arguments = match value {
        Value::Array(arguments) => arguments.as_slice(),
        one => std::slice::from_ref(one),
    };
    let [of, rest @ ..] = arguments else {
        return Err(Error::new(at, "no column", "name the column first"));
    };
    Ok(expression(of, &at)?.then(step(key, rest, &at)?))
}

fn step(key: &str, rest: &[Value], at: &str) -> Result<Step, Error> {
    let wrong = |mend: &str| Error::new(at, "wrong arguments", mend);
    let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok());
    Ok(match (key, rest) {
        ("substr", [start, length]) => match (count(start), count(length)) {
            (Some(start @ 1..), Some(length)) => Step::Substring { start, length },
            _ => return Err(wrong("write [column, start from 1, length]")),
        },
        ("extract", [pattern, group @ ..]) => match (pattern.as_str(), group) {
            (Some(pattern), []) => checked_pattern(pattern, 0, at)?,
            (Some(pattern), [group]) => checked_pattern(pattern, count(group).unwrap_or(usize::MAX), at)?,
            _ => return Err(wrong("write [column, regular expression, group]")),
        },
        ("date", [format]) => match format.as_str() {
            Some(format) => Step::Date { format: format.to_owned() },
            None => return Err(wrong("write [column, format such as \"%Y-%m-%d\"]")),
        },
        ("lower", []) => Step::Lower,
        ("upper", []) => Step::Upper,
        ("empty_is_null", []) => Step::EmptyIsNull,
        ("text", []) => Step::Text,
        ("year", []) => Step::Year,
        ("month", []) => Step::Month,
        ("day", []) => Step::Day,
        _ => {
            return Err(wrong(
                "`substr` takes a column, a start and a length; `extract` a column, a pattern and a group; \
                               `date` a column and a format; the others a column",
            ));
        }
    })
}

/// A regular expression that can be compiled, with a group that it has.
pub fn checked_pattern(pattern: &str, group: usize, at: &str) -> Result<Step, Error> {
    let compiled = regex::Regex::new(pattern)
        .map_err(|error| Error::new(at, format!("`{pattern}` is no regular expression: {error}"), "correct it"))?;
    match group < compiled.captures_len() {
        true => Ok(Step::Extract { pattern: pattern.to_owned(), group }),
        false => Err(Error::new(at, format!("`{pattern}` has no such group"), "give one that it has, 0 for the whole")),
    }
}
