//! What somebody asks for when they submit a job, and what is allowed in it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schedule::Schedule;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::names::check_name;
use crate::state::{CatchUp, JobRow};

const SQL_BYTES_MAX: usize = 1 << 20;
const PARAMS_MAX: usize = 100;
const PARAM_BYTES_MAX: usize = 4 << 10;
const LOG_LINE_BYTES_MAX: usize = 4 << 10;
const RETRIES_MAX: u32 = 100;
const RETRY_WAIT_MAX: Duration = Duration::from_secs(7 * 86_400);
const TIMEOUT_MAX: Duration = Duration::from_secs(30 * 86_400);

/// A job to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Letters, digits and underscores.
    pub name: String,
    /// Under whose name it runs.
    pub owner: String,
    /// One or more statements, at most 1 MiB.
    pub sql: String,
    /// Values of the script's `:name` placeholders: at most 100, each at most 4 KiB.
    pub params: BTreeMap<String, String>,
    /// Nothing for a job that runs once, now.
    pub cron: Option<String>,
    /// The time zone that `cron` means.
    pub zone: String,
    pub catch_up: CatchUp,
    /// How often a run that failed is tried again; at most 100 times.
    pub retries: u32,
    /// At most seven days.
    pub retry_wait: Duration,
    /// For one attempt; at most 30 days.
    pub timeout: Option<Duration>,
}

impl NewJob {
    pub(super) fn into_row(self, now: Timestamp) -> Result<JobRow> {
        self.check()?;
        let schedule = self.cron.as_ref().map(|cron| Schedule::parse(cron, &self.zone)).transpose()?;
        let next_tick = schedule.map(|schedule| schedule.next_after(now)).transpose()?;
        Ok(JobRow {
            name: self.name,
            owner: self.owner,
            sql: self.sql,
            params: self.params,
            cron: self.cron,
            zone: self.zone,
            catch_up: self.catch_up,
            retries: self.retries,
            retry_wait: self.retry_wait,
            timeout: self.timeout,
            created_at: now,
            enabled: true,
            next_tick,
        })
    }

    fn check(&self) -> Result<()> {
        check_name("job", &self.name)?;
        let is_param = |name: &str| {
            let mut chars = name.chars();
            chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
                && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
        };
        let bad_param = self.params.keys().find(|name| !is_param(name));
        let long_param = self.params.iter().find(|(name, value)| name.len() + value.len() > PARAM_BYTES_MAX);
        let no_time = |span: &Duration| *span < Duration::from_millis(1) || *span > TIMEOUT_MAX;
        let problem = match () {
            () if self.sql.trim().is_empty() => Some("the script is empty".to_owned()),
            () if self.sql.len() > SQL_BYTES_MAX => Some("the script is longer than 1 MiB".to_owned()),
            () if self.sql.contains('\0') => Some("the script contains a zero character".to_owned()),
            () if self.params.len() > PARAMS_MAX => Some(format!("there are more than {PARAMS_MAX} parameters")),
            () if self.retries > RETRIES_MAX => Some(format!("there are more than {RETRIES_MAX} retries")),
            () if self.retry_wait > RETRY_WAIT_MAX => Some("the wait before a retry is longer than 7 days".to_owned()),
            () if self.timeout.as_ref().is_some_and(no_time) => {
                Some("the timeout is not between 1 ms and 30 days".into())
            }
            () => None,
        };
        let problem = problem
            .or_else(|| bad_param.map(|name| format!("`{}` cannot name a parameter", name.escape_debug())))
            .or_else(|| long_param.map(|(name, _)| format!("the parameter `{name}` is longer than 4 KiB")));
        problem.map_or(Ok(()), |problem| Err(Error::new(Code::BAD_JOB, problem)))
    }
}

/// Text that any database takes, which a message of some library need not be.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The same, shortened to what a line of a log may hold.
pub(super) fn log_line(text: &str) -> String {
    let end = text.floor_char_boundary(LOG_LINE_BYTES_MAX);
    let more = if end < text.len() { "…" } else { "" };
    storable(&text[..end]) + more
}

#[cfg(test)]
mod tests;
