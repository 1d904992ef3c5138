//! `CALL huitong.…(name => value, …)`: procedures.

mod jobs;
mod model;

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator, Value, ValueWithSpan,
};
use huitong_catalog::{Code, Error, Result};

use super::query::Planned;
use super::settings::fold;
use crate::session::{Done, Session};
use crate::system::SCHEMA;

const PROCEDURES: [&str; 8] =
    ["submit_job", "cancel_run", "retry_run", "enable_job", "disable_job", "drop_job", model::PLAN, model::APPLY];

/// Plans a procedure that answers with rows; none for any other.
pub async fn plan(session: &Session, call: &Function) -> Result<Option<Planned>> {
    match procedure(call)? {
        model::PLAN => model::plan(session, Arguments::of(call)?).await.map(Some),
        _ => Ok(None),
    }
}

/// Runs a procedure.
pub async fn run(session: &Session, call: &Function) -> Result<Done> {
    let arguments = Arguments::of(call)?;
    match procedure(call)? {
        model::APPLY => model::apply(session, arguments).await?,
        job => jobs::run(session, job, arguments).await?,
    }
    Ok(Done { command: "CALL", rows: None })
}

fn procedure(call: &Function) -> Result<&'static str> {
    let parts: Vec<String> = call.name.0.iter().filter_map(|part| part.as_ident().map(fold)).collect();
    let found = match parts.as_slice() {
        [schema, name] if schema == SCHEMA => PROCEDURES.iter().find(|known| *known == name),
        _ => None,
    };
    found.copied().ok_or_else(|| {
        let name = parts.last().cloned().unwrap_or_default();
        let error = Error::new(Code::UNKNOWN_FUNCTION, format!("unknown procedure `{}`", call.name));
        let error = error.with_suggestion(&name, PROCEDURES);
        match error.hint {
            Some(_) => error,
            None => error.with_hint(format!("procedures are {}, in schema `{SCHEMA}`", PROCEDURES.join(", "))),
        }
    })
}

/// Arguments by name; one without a name is the first one that a procedure asks for.
pub struct Arguments {
    named: BTreeMap<String, String>,
    unnamed: Option<String>,
}

impl Arguments {
    fn of(call: &Function) -> Result<Self> {
        let mut arguments = Self { named: BTreeMap::new(), unnamed: None };
        let list = match &call.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            FunctionArguments::None => &[],
            FunctionArguments::Subquery(_) => return Err(bad("a procedure takes values")),
        };
        for argument in list {
            match argument {
                FunctionArg::Named { name, arg, .. } => arguments.put(name, arg)?,
                FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => arguments.put(name, arg)?,
                FunctionArg::Unnamed(value) if arguments.unnamed.is_none() && arguments.named.is_empty() => {
                    arguments.unnamed = literal(value)?;
                }
                _ => return Err(bad("write arguments as `name => value`")),
            }
        }
        Ok(arguments)
    }

    fn put(&mut self, name: &Ident, value: &FunctionArgExpr) -> Result<()> {
        let name = fold(name);
        let Some(value) = literal(value)? else { return Ok(()) };
        match self.named.insert(name.clone(), value) {
            Some(_) => Err(bad(&format!("`{name}` is there twice"))),
            None => Ok(()),
        }
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.named.remove(name)
    }

    fn required(&mut self, name: &str) -> Result<String> {
        let value = self.take(name).or_else(|| self.unnamed.take());
        value.ok_or_else(|| {
            bad(&format!("the argument `{name}` is missing")).with_hint(format!("write `{name} => '…'`"))
        })
    }

    fn check_empty(&self) -> Result<()> {
        match (self.named.keys().next(), &self.unnamed) {
            (Some(name), _) => Err(bad(&format!("unknown argument `{name}`"))),
            (None, Some(value)) => Err(bad(&format!("the argument `{value}` has no name"))),
            (None, None) => Ok(()),
        }
    }
}

/// A literal as text; none for NULL.
fn literal(value: &FunctionArgExpr) -> Result<Option<String>> {
    let unfit = || bad(&format!("`{value}` is no literal"));
    let FunctionArgExpr::Expr(expression) = value else { return Err(unfit()) };
    match expression {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) | Value::Number(text, _) => {
                Ok(Some(text.clone()))
            }
            Value::DollarQuotedString(text) => Ok(Some(text.value.clone())),
            Value::Null => Ok(None),
            _ => Err(unfit()),
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Ok(Some(format!("-{expr}"))),
        _ => Err(unfit()),
    }
}

fn bad(what: &str) -> Error {
    Error::new(Code::BAD_JOB, what)
}
