//! A call as it is written: the relations first, then `name => value`.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Query, UnaryOperator, Value, ValueWithSpan,
};
use huitong_catalog::{Code, Error, Result};
use serde_json::{Number, Value as Json};

use crate::statement::settings::fold;

/// What a function is called with.
#[derive(Debug)]
pub struct Call {
    function: &'static str,
    /// How it is written.
    form: String,
    pub relations: Vec<Query>,
    named: BTreeMap<String, Expr>,
}

/// A column of a relation.
#[derive(Debug, Clone)]
pub struct Key {
    pub expression: Expr,
    pub name: Ident,
}

impl Key {
    /// The name as SQL reads it.
    pub fn folded(&self) -> String {
        fold(&self.name)
    }
}

impl Call {
    /// Reads a call with so many relations and arguments of these names at most.
    pub fn read(
        function: &'static str,
        form: String,
        relations: RangeInclusive<usize>,
        known: &[&str],
        given: &[FunctionArg],
    ) -> Result<Self> {
        let count = given.iter().take(*relations.end()).take_while(|argument| relation(argument).is_some()).count();
        let (first, rest) = given.split_at(count);
        let first = first.iter().filter_map(relation).cloned().collect();
        let mut call = Self { function, form, relations: first, named: BTreeMap::new() };
        if count < *relations.start() {
            return Err(call.missing(if *relations.end() > 1 { "a relation" } else { "the relation" }));
        }
        for argument in rest {
            call.put(argument, known)?;
        }
        Ok(call)
    }

    fn put(&mut self, argument: &FunctionArg, known: &[&str]) -> Result<()> {
        let (name, value) = match argument {
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => (name, value),
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(value), .. } => {
                (name, value)
            }
            other => return Err(self.bad(&format!("`{other}` has no name"))),
        };
        let name = fold(name);
        if !known.contains(&name.as_str()) {
            let error = self.bad(&format!("there is no argument `{name}`"));
            return Err(error.with_suggestion(&name, known.iter().copied()));
        }
        match self.named.insert(name.clone(), value.clone()) {
            Some(_) => Err(self.bad(&format!("`{name}` is there twice"))),
            None => Ok(()),
        }
    }

    pub fn take(&mut self, name: &str) -> Option<Expr> {
        self.named.remove(name)
    }

    /// An argument that is not left out.
    pub fn require(&mut self, name: &str) -> Result<Expr> {
        self.take(name).ok_or_else(|| self.missing(&format!("`{name}`")))
    }

    /// One of the arguments that nobody took.
    pub fn left(&self) -> Option<&str> {
        self.named.keys().next().map(String::as_str)
    }

    /// Columns, one or several in parentheses.
    pub fn keys(&mut self, argument: &str) -> Result<Option<Vec<Key>>> {
        let Some(given) = self.take(argument) else { return Ok(None) };
        let all = match given {
            Expr::Tuple(all) => all,
            Expr::Nested(one) => vec![*one],
            one => vec![one],
        };
        all.into_iter().map(|expression| self.key(argument, expression)).collect::<Result<_>>().map(Some)
    }

    fn key(&self, argument: &str, expression: Expr) -> Result<Key> {
        match column(&expression) {
            Some(name) => Ok(Key { expression, name }),
            None => Err(self
                .bad(&format!("`{argument}` takes columns of the relation, and `{expression}` is none"))
                .with_hint("give it a name in a query: (SELECT … AS name, … FROM …)")),
        }
    }

    /// A value that is known before the statement runs.
    pub fn literal(&mut self, name: &str) -> Result<Option<Json>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match json(&value) {
            Some(literal) => Ok(Some(literal)),
            None => Err(self.bad(&format!("`{name}` takes a literal, not `{value}`"))),
        }
    }

    /// A number that is written, or a parameter: an expression could name what the query around it has.
    pub fn number(&mut self, name: &str) -> Result<Option<Expr>> {
        let is_value = |expression: &Expr| matches!(expression, Expr::Value(_));
        match self.take(name) {
            None => Ok(None),
            Some(given) if is_value(&given) => Ok(Some(given)),
            Some(Expr::Cast { expr, .. }) if is_value(&expr) => Ok(Some(*expr)),
            Some(other) => Err(self.bad(&format!("`{name}` takes a number, not `{other}`"))),
        }
    }

    /// Refuses an answer with two columns of one name.
    pub fn check_columns(&self, names: impl IntoIterator<Item = String>) -> Result<()> {
        let mut seen = HashSet::new();
        match names.into_iter().find(|name| !seen.insert(name.clone())) {
            Some(twice) => Err(self
                .bad(&format!("the answer would have two columns `{twice}`"))
                .with_hint("give one of them another name in a query: (SELECT … AS name, … FROM …)")),
            None => Ok(()),
        }
    }

    pub fn missing(&self, what: &str) -> Error {
        self.bad(&format!("{what} is missing"))
    }

    pub fn bad(&self, what: &str) -> Error {
        Error::new(Code::TYPE_MISMATCH, format!("{}: {what}", self.function)).with_hint(format!("write {}", self.form))
    }
}

fn relation(argument: &FunctionArg) -> Option<&Query> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query))) => Some(query),
        _ => None,
    }
}

/// The name of an expression that is a column.
pub fn column(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Identifier(name) => Some(name.clone()),
        _ => None,
    }
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
