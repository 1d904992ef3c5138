//! Rows of `jobs`: scripts and when they run.
//!
//! What the ticks of a schedule are and which of them run is decided in `jobs`; here they are written so that no tick is lost
//! and none counts twice.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;

use super::columns::{corrupt, count, flag, get, optional_time, time, word, words};
use super::runs::{Cause, insert_run};
use super::{State, store_error};
use crate::clock::{Timestamp, span_ms};
use crate::error::Result;

words! {
    /// Which of the ticks run that passed while nobody was there to start them.
    CatchUp {
        /// None of them.
        None = "none",
        /// The last one.
        Last = "last",
        /// Each of them.
        All = "all",
    }
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub name: String,
    /// Under whose name it runs.
    pub owner: String,
    pub sql: String,
    /// Values of the script's `:name` placeholders.
    pub params: BTreeMap<String, String>,
    /// Nothing for a job that runs once.
    pub cron: Option<String>,
    /// Name of the time zone that `cron` means.
    pub zone: String,
    pub catch_up: CatchUp,
    /// How often a run that failed is tried again.
    pub retries: u32,
    pub retry_wait: Duration,
    /// For one attempt.
    pub timeout: Option<Duration>,
    pub created_at: Timestamp,
    /// A disabled schedule has no ticks; runs that wait already are not touched.
    pub enabled: bool,
    /// The first tick that is not yet decided.
    pub next_tick: Option<Timestamp>,
}

/// A run to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    pub id: String,
    pub tick: Timestamp,
}

const COLUMNS: &str = "name, owner, sql, params, cron, zone, catchup, retries, retry_wait_ms, timeout_ms, created_at, \
                       enabled, next_tick";

impl State {
    /// Adds a job, and its first run when it has one. False when the name is taken.
    pub async fn insert_job(&self, job: &JobRow, first: Option<&NewRun>) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        let sql = format!(
            "INSERT INTO jobs ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (name) DO NOTHING"
        );
        let query = bind(sqlx::query(sqlx::AssertSqlSafe(sql)), job)?;
        if query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(run) = first {
            insert_run(&mut transaction, &job.name, run, Cause::Submit, job.created_at).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// By name.
    pub async fn jobs(&self) -> Result<Vec<JobRow>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.map_err(store_error)?;
        let mut jobs = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        jobs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(jobs)
    }

    pub async fn job(&self, name: &str) -> Result<Option<JobRow>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE name = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&self.pool).await;
        row.map_err(store_error)?.as_ref().map(read).transpose()
    }

    /// Jobs with a tick that is due and not yet decided.
    pub async fn due_jobs(&self, now: Timestamp) -> Result<Vec<JobRow>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE enabled = 1 AND next_tick <= $1 ORDER BY next_tick, name");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now.ms());
        query.fetch_all(&self.pool).await.map_err(store_error)?.iter().map(read).collect()
    }

    /// Decides the ticks of a job from `from` up to `next`: those of `runs` run. False, and nothing changes, when somebody
    /// else decided them or the schedule was disabled.
    pub async fn advance_job(
        &self,
        name: &str,
        from: Timestamp,
        next: Timestamp,
        runs: &[NewRun],
        now: Timestamp,
    ) -> Result<bool> {
        let sql = "UPDATE jobs SET next_tick = $3 WHERE name = $1 AND next_tick = $2 AND enabled = 1";
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query(sql).bind(name).bind(from.ms()).bind(next.ms());
        if query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 0 {
            return Ok(false);
        }
        for run in runs {
            insert_run(&mut transaction, name, run, Cause::Schedule, now).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// Ticks from `next` on count. False when the job has no schedule or is enabled: then what is undecided stays so.
    pub async fn enable_job(&self, name: &str, next: Timestamp) -> Result<bool> {
        let sql = "UPDATE jobs SET enabled = 1, next_tick = $2 WHERE name = $1 AND enabled = 0 AND cron IS NOT NULL";
        Ok(self.change(sqlx::query(sql).bind(name).bind(next.ms())).await? == 1)
    }

    /// No ticks count any more. False when the job has no schedule or is disabled.
    pub async fn disable_job(&self, name: &str) -> Result<bool> {
        let sql = "UPDATE jobs SET enabled = 0, next_tick = NULL WHERE name = $1 AND enabled = 1 AND cron IS NOT NULL";
        Ok(self.change(sqlx::query(sql).bind(name)).await? == 1)
    }

    /// Removes a job with all of its runs. False when there is none, or one of its runs is running.
    pub async fn delete_job(&self, name: &str) -> Result<bool> {
        let sql = "DELETE FROM jobs WHERE name = $1 AND NOT EXISTS \
                   (SELECT 1 FROM runs WHERE job = $1 AND state = 'running')";
        Ok(self.change(sqlx::query(sql).bind(name)).await? == 1)
    }

    /// Forgets runs that ended before `limit`, and jobs that ran once and have no run left; returns how many runs.
    pub async fn delete_ended_runs(&self, limit: Timestamp) -> Result<u64> {
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query("DELETE FROM runs WHERE ended_at < $1").bind(limit.ms());
        let runs = query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected();
        let sql = "DELETE FROM jobs WHERE cron IS NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.job = jobs.name)";
        sqlx::query(sql).execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(runs)
    }
}

fn bind<'q>(query: Query<'q, Any, AnyArguments>, job: &'q JobRow) -> Result<Query<'q, Any, AnyArguments>> {
    Ok(query
        .bind(&job.name)
        .bind(&job.owner)
        .bind(&job.sql)
        .bind(params_text(&job.params)?)
        .bind(job.cron.as_deref())
        .bind(&job.zone)
        .bind(job.catch_up.as_str())
        .bind(i64::from(job.retries))
        .bind(span_ms(job.retry_wait))
        .bind(job.timeout.map(span_ms))
        .bind(job.created_at.ms())
        .bind(i64::from(job.enabled))
        .bind(job.next_tick.map(Timestamp::ms)))
}

fn read(row: &AnyRow) -> Result<JobRow> {
    Ok(JobRow {
        name: get(row, "name")?,
        owner: get(row, "owner")?,
        sql: get(row, "sql")?,
        params: params(&get::<String>(row, "params")?)?,
        cron: get(row, "cron")?,
        zone: get(row, "zone")?,
        catch_up: word(row, "catchup")?,
        retries: count(row, "retries")?,
        retry_wait: span(get(row, "retry_wait_ms")?),
        timeout: get::<Option<i64>>(row, "timeout_ms")?.map(span),
        created_at: time(row, "created_at")?,
        enabled: flag(row, "enabled")?,
        next_tick: optional_time(row, "next_tick")?,
    })
}

pub(super) fn params(text: &str) -> Result<BTreeMap<String, String>> {
    serde_json::from_str(text).map_err(|e| corrupt("the parameters of a job cannot be read".to_owned()).caused_by(e))
}

fn params_text(params: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(params)
        .map_err(|e| corrupt("the parameters of a job cannot be written".to_owned()).caused_by(e))
}

pub(super) fn span(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}
