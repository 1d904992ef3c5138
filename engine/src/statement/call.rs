//! `CALL huitong.…(name => value, …)`: the verbs of jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, UnaryOperator, Value, ValueWithSpan,
};
use huitong_catalog::jobs::NewJob;
use huitong_catalog::state::CatchUp;
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::script;
use crate::session::{Done, Session};
use crate::system::SCHEMA;

const PROCEDURES: [&str; 6] = ["submit_job", "cancel_run", "retry_run", "enable_job", "disable_job", "drop_job"];
/// What `cron` means if nothing is said.
const ZONE: &str = "Asia/Shanghai";
const RETRY_WAIT: Duration = Duration::from_secs(60);

/// Runs a procedure.
pub async fn run(session: &Session, call: &Function) -> Result<Done> {
    let name = procedure(call)?;
    let mut arguments = Arguments::of(call)?;
    let jobs = session.engine().jobs();
    match name {
        "submit_job" => {
            let job = new_job(session, &mut arguments)?;
            arguments.check_empty()?;
            script::steps(&job.sql, &job.params)?;
            jobs.submit(job).await?;
        }
        "cancel_run" | "retry_run" => {
            let run = arguments.required("run")?;
            arguments.check_empty()?;
            let unknown = || Error::new(Code::UNKNOWN_JOB, format!("there is no run `{run}`"));
            require_owner(session, &jobs.run(&run).await?.run.owner, unknown)?;
            match name {
                "cancel_run" => jobs.cancel(&run).await.map(drop)?,
                _ => jobs.retry(&run).await?,
            }
        }
        _ => {
            let job = arguments.required("job")?;
            arguments.check_empty()?;
            let unknown = || Error::new(Code::UNKNOWN_JOB, format!("there is no job `{job}`"));
            require_owner(session, &jobs.job(&job).await?.owner, unknown)?;
            match name {
                "enable_job" => jobs.enable(&job).await?,
                "disable_job" => jobs.disable(&job).await?,
                _ => jobs.drop_job(&job).await?,
            }
        }
    }
    session.engine().wake_jobs();
    Ok(Done { command: "CALL", rows: None })
}

fn new_job(session: &Session, arguments: &mut Arguments) -> Result<NewJob> {
    let params = match arguments.take("params") {
        None => BTreeMap::new(),
        Some(text) => serde_json::from_str(&text).map_err(|e| {
            bad(&format!("`params` is no JSON object of texts: {e}"))
                .with_hint("write params => '{\"month\": \"2026-10\"}'")
        })?,
    };
    Ok(NewJob {
        name: arguments.required("name")?,
        owner: session.principal().name.clone(),
        sql: arguments.required("sql")?,
        params,
        cron: arguments.take("cron"),
        zone: arguments.take("zone").unwrap_or_else(|| ZONE.to_owned()),
        catch_up: catch_up(arguments.take("catch_up").as_deref().unwrap_or("last"))?,
        retries: arguments.take("retries").map_or(Ok(0), |text| number("retries", &text))?,
        retry_wait: arguments.take("retry_wait").map_or(Ok(RETRY_WAIT), |text| span("retry_wait", &text))?,
        timeout: arguments.take("timeout").map(|text| span("timeout", &text)).transpose()?,
    })
}

/// The owner of a job and administrators may change it; to others it does not exist.
fn require_owner(session: &Session, owner: &str, unknown: impl Fn() -> Error) -> Result<()> {
    let principal = session.principal();
    match principal.admin || principal.name == owner {
        true => Ok(()),
        false => Err(unknown()),
    }
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
struct Arguments {
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

fn catch_up(text: &str) -> Result<CatchUp> {
    let known = CatchUp::ALL.iter().find(|known| known.as_str() == text).copied();
    known.ok_or_else(|| bad(&format!("`catch_up` cannot be `{text}`")).with_hint("write none, last or all"))
}

fn number(name: &str, text: &str) -> Result<u32> {
    text.parse().map_err(|_| bad(&format!("`{name}` cannot be `{text}`")).with_hint("write a whole number"))
}

/// `90s`, `5m`, `2h`, `1d`.
fn span(name: &str, text: &str) -> Result<Duration> {
    huitong_catalog::config::parse_duration(text)
        .ok_or_else(|| bad(&format!("`{name}` cannot be `{text}`")).with_hint("write a time such as 90s, 5m or 2h"))
}

fn bad(what: &str) -> Error {
    Error::new(Code::BAD_JOB, what)
}
