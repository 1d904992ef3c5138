//! What a function over series is called with.

use datafusion::sql::sqlparser::ast::{Array, Expr, FunctionArg, Ident, Query, Value};
use huitong_catalog::Result;
use serde_json::{Map, Value as Json};

use super::functions::Function;
use crate::statement::relations::call::{Call, Key, column};

/// The parts of the query.
#[derive(Debug)]
pub struct Arguments {
    /// The one that is called, or what is called in its place.
    pub function: &'static Function,
    pub relation: Query,
    pub time: Key,
    /// What tells one series from another.
    pub by: Vec<Key>,
    /// Arguments of the aggregate, the time and the value first.
    pub values: Vec<Expr>,
}

impl Arguments {
    pub fn read(function: &'static Function, given: &[FunctionArg]) -> Result<Self> {
        let mut call = Call::read(function.name, form(function), 1..=1, &known(function), given)?;
        let relation = call.relations.pop().ok_or_else(|| call.missing("the relation"))?;
        let (time, value) = (call.require("time")?, call.require("value")?);
        let by = call.keys("by")?.unwrap_or_default();
        let regressors = call.keys("given")?;
        let is_explained = is_explained(&mut call)?;
        let function = match function.explained {
            Some(explained) if is_explained || regressors.is_some() => explained,
            _ => function,
        };
        let name = column(&time).unwrap_or_else(|| Ident::new(super::TIME));
        let time = Key { expression: time, name };
        let own = function.columns.iter().filter(|column| **column != super::TIME).map(|column| (*column).to_owned());
        call.check_columns(own.chain(by.iter().chain([&time]).map(Key::folded)))?;
        let mut values = vec![time.expression.clone(), value];
        for argument in function.values {
            let given = call.take(argument.name).or(argument.default.map(text));
            values.push(given.ok_or_else(|| call.missing(&format!("`{}`", argument.name)))?);
        }
        let mut options = options(function, &mut call)?;
        if let Some(name) = call.left() {
            return Err(call.bad(&format!("`{name}` goes with `explain => true`")));
        }
        if let Some(regressors) = &regressors {
            options.insert("names".to_owned(), regressors.iter().map(Key::folded).collect());
            if !is_explained {
                // Nobody reads how the past was covered.
                options.entry("origins").or_insert(Json::from(0));
            }
        }
        if !options.is_empty() {
            values.push(text(&Json::Object(options).to_string()));
        }
        values.extend(regressors.map(|regressors| list(regressors.into_iter().map(|key| key.expression).collect())));
        Ok(Self { function, relation, time, by, values })
    }
}

/// How it is written.
fn form(function: &Function) -> String {
    let values: String = function.values.iter().map(|value| format!(", {} => …", value.name)).collect();
    format!("{}(TABLE t | (SELECT …), time => column, value => column, by => (column, …){values})", function.name)
}

/// The names of its arguments.
fn known(function: &'static Function) -> Vec<&'static str> {
    let values = function.values.iter().map(|value| value.name);
    let more = function
        .explained
        .into_iter()
        .flat_map(|explained| ["explain", "given"].into_iter().chain(explained.options.iter().copied()));
    ["time", "value", "by"].into_iter().chain(values).chain(function.options.iter().copied()).chain(more).collect()
}

fn is_explained(call: &mut Call) -> Result<bool> {
    let asked = match call.literal("explain") {
        Ok(None) => return Ok(false),
        Ok(Some(Json::Bool(flag))) => return Ok(flag),
        Ok(Some(other)) => other.to_string(),
        Err(error) => return Err(error),
    };
    Err(call.bad(&format!("`explain` is true or false, not `{asked}`")))
}

/// Columns as a list.
fn list(columns: Vec<Expr>) -> Expr {
    Expr::Array(Array { elem: columns, named: false })
}

/// A default, or the text of options, as SQL.
fn text(value: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(value.to_owned()))
}

/// The options that are given.
fn options(function: &Function, call: &mut Call) -> Result<Map<String, Json>> {
    let mut all = Map::new();
    for name in function.options {
        if let Some(value) = call.literal(name)? {
            all.insert((*name).to_owned(), value);
        }
    }
    Ok(all)
}
