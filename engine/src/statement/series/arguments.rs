//! Arguments by name: the relation first, then `name => value`.

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::ast::{
    Array, Expr, FunctionArg, FunctionArgExpr, Ident, Query, UnaryOperator, Value, ValueWithSpan,
};
use huitong_catalog::{Code, Error, Result};
use serde_json::{Map, Number, Value as Json};

use super::functions::Function;
use crate::statement::settings::fold;

/// What a function is called with.
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

/// A column of the relation.
#[derive(Debug)]
pub struct Key {
    pub expression: Expr,
    pub name: Ident,
}

/// A name as SQL reads it.
pub fn folded(name: &Ident) -> String {
    fold(name)
}

impl Arguments {
    pub fn read(function: &'static Function, given: &[FunctionArg]) -> Result<Self> {
        let (first, rest) = given.split_first().ok_or_else(|| missing(function, "the relation"))?;
        let relation = relation(function, first)?;
        let mut named = named(function, rest)?;
        let time = named.remove("time").ok_or_else(|| missing(function, "`time`"))?;
        let value = named.remove("value").ok_or_else(|| missing(function, "`value`"))?;
        let by = named.remove("by").map_or_else(|| Ok(Vec::new()), |by| keys(function, "by", by))?;
        let regressors = named.remove("given").map(|given| keys(function, "given", given)).transpose()?;
        let is_explained = named.remove("explain").map_or(Ok(false), |flag| is_true(function, &flag))?;
        let function = match function.explained {
            Some(explained) if is_explained || regressors.is_some() => explained,
            _ => function,
        };
        let name = column(&time).unwrap_or_else(|| Ident::new("ts"));
        check_names(function, &name, &by)?;
        let mut values = vec![time.clone(), value];
        for argument in function.values {
            let given = named.remove(argument.name);
            let default = argument.default.map(text);
            values.push(given.or(default).ok_or_else(|| missing(function, &format!("`{}`", argument.name)))?);
        }
        let mut options = options(function, &mut named)?;
        if let Some((name, _)) = named.pop_first() {
            return Err(bad(function, &format!("`{name}` goes with `explain => true`")));
        }
        if let Some(regressors) = &regressors {
            options.insert("names".to_owned(), regressors.iter().map(|key| folded(&key.name)).collect());
            if !is_explained {
                // Nobody reads how the past was covered.
                options.entry("origins").or_insert(Json::from(0));
            }
        }
        if !options.is_empty() {
            values.push(text(&Json::Object(options).to_string()));
        }
        values.extend(regressors.map(|regressors| list(regressors.into_iter().map(|key| key.expression).collect())));
        Ok(Self { function, relation, time: Key { expression: time, name }, by, values })
    }
}

fn is_true(function: &Function, flag: &Expr) -> Result<bool> {
    match json(flag) {
        Some(Json::Bool(flag)) => Ok(flag),
        _ => Err(bad(function, &format!("`explain` is true or false, not `{flag}`"))),
    }
}

/// Columns as a list.
fn list(columns: Vec<Expr>) -> Expr {
    Expr::Array(Array { elem: columns, named: false })
}

/// A default, or the text of options, as SQL.
fn text(value: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(value.to_owned()))
}

fn relation(function: &Function, argument: &FunctionArg) -> Result<Query> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query))) => Ok((**query).clone()),
        _ => Err(missing(function, "the relation")),
    }
}

fn named(function: &Function, arguments: &[FunctionArg]) -> Result<BTreeMap<String, Expr>> {
    let known = || {
        let values = function.values.iter().map(|value| value.name);
        let more = function
            .explained
            .into_iter()
            .flat_map(|explained| ["explain", "given"].into_iter().chain(explained.options.iter().copied()));
        ["time", "value", "by"].into_iter().chain(values).chain(function.options.iter().copied()).chain(more)
    };
    let mut named = BTreeMap::new();
    for argument in arguments {
        let (name, value) = match argument {
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => (name, value),
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(value), .. } => {
                (name, value)
            }
            other => return Err(bad(function, &format!("`{other}` has no name"))),
        };
        let name = fold(name);
        if !known().any(|known| known == name) {
            return Err(bad(function, &format!("there is no argument `{name}`")).with_suggestion(&name, known()));
        }
        if named.insert(name.clone(), value.clone()).is_some() {
            return Err(bad(function, &format!("`{name}` is there twice")));
        }
    }
    Ok(named)
}

fn keys(function: &Function, argument: &str, by: Expr) -> Result<Vec<Key>> {
    let all = match by {
        Expr::Tuple(all) => all,
        Expr::Nested(one) => vec![*one],
        one => vec![one],
    };
    let key = |expression: Expr| match column(&expression) {
        Some(name) => Ok(Key { expression, name }),
        None => Err(bad(function, &format!("`{argument}` takes columns of the relation, and `{expression}` is none"))
            .with_hint("give it a name in a query: (SELECT … AS name, … FROM …)")),
    };
    all.into_iter().map(key).collect()
}

fn column(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Identifier(name) => Some(name.clone()),
        _ => None,
    }
}

/// Each column of the answer has a name of its own.
fn check_names(function: &Function, time: &Ident, by: &[Key]) -> Result<()> {
    let own = function.columns.iter().filter(|column| **column != super::TIME).map(|column| (*column).to_owned());
    let given = by.iter().map(|key| &key.name).chain([time]).map(fold);
    let mut seen = std::collections::HashSet::new();
    match own.chain(given).find(|name| !seen.insert(name.clone())) {
        Some(twice) => Err(bad(function, &format!("the answer would have two columns `{twice}`"))
            .with_hint("give one of them another name in a query: (SELECT … AS name, … FROM …)")),
        None => Ok(()),
    }
}

/// The options that are given.
fn options(function: &Function, named: &mut BTreeMap<String, Expr>) -> Result<Map<String, Json>> {
    let mut all = Map::new();
    for name in function.options {
        if let Some(value) = named.remove(*name) {
            let literal =
                json(&value).ok_or_else(|| bad(function, &format!("`{name}` takes a literal, not `{value}`")))?;
            all.insert((*name).to_owned(), literal);
        }
    }
    Ok(all)
}

fn json(value: &Expr) -> Option<Json> {
    match value {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::SingleQuotedString(text) => Some(Json::String(text.clone())),
            Value::Number(digits, _) => number(digits),
            Value::Boolean(flag) => Some(Json::Bool(*flag)),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match json(expr)? {
            Json::Number(digits) => number(&format!("-{digits}")),
            _ => None,
        },
        Expr::Array(array) => array.elem.iter().map(json).collect::<Option<Vec<_>>>().map(Json::Array),
        _ => None,
    }
}

fn number(digits: &str) -> Option<Json> {
    let whole = digits.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| Number::from_f64(digits.parse().ok()?)).map(Json::Number)
}

fn missing(function: &Function, what: &str) -> Error {
    bad(function, &format!("{what} is missing"))
}

fn bad(function: &Function, what: &str) -> Error {
    let values: String = function.values.iter().map(|value| format!(", {} => …", value.name)).collect();
    let form =
        format!("{}(TABLE t | (SELECT …), time => column, value => column, by => (column, …){values})", function.name);
    Error::new(Code::TYPE_MISMATCH, format!("{}: {what}", function.name)).with_hint(format!("write {form}"))
}
