//! The verbs of jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use huitong_catalog::identity::Office;
use huitong_catalog::jobs::NewJob;
use huitong_catalog::state::CatchUp;
use huitong_catalog::{Code, Error, Result};

use super::{Arguments, bad};
use crate::script;
use crate::session::Session;

/// What `cron` means if nothing is said.
const ZONE: &str = "Asia/Shanghai";
const RETRY_WAIT: Duration = Duration::from_secs(60);

/// Runs a procedure about jobs.
pub async fn run(session: &Session, name: &str, mut arguments: Arguments) -> Result<()> {
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
    Ok(())
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
    match principal.holds(Office::System) || principal.name == owner {
        true => Ok(()),
        false => Err(unknown()),
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
