//! Rows of `runs`: what waits, runs and ran.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::columns::{count, flag, get, optional_time, time, word, words};
use super::jobs::NewRun;
use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

words! {
    /// What made a run wait.
    Cause {
        /// Somebody asked for it.
        Submit = "submit",
        /// A tick of its schedule.
        Schedule = "schedule",
        /// Somebody asked for it again after it had failed or been cancelled.
        Retry = "retry",
    }
}

words! {
    /// Where a run stands. The last three are ends, which only a retry by hand leaves.
    RunState {
        Waiting = "waiting",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    pub id: String,
    pub job: String,
    /// Of the job.
    pub owner: String,
    /// When it was due; a job has one run for each.
    pub tick: Timestamp,
    pub cause: Cause,
    pub state: RunState,
    /// Zero until an attempt has counted them.
    pub steps_total: u32,
    /// A later attempt goes on behind these.
    pub steps_done: u32,
    /// How many attempts were begun.
    pub attempts: u32,
    /// How many of them count against the retries.
    pub failures: u32,
    pub not_before: Timestamp,
    /// Of the coordinator that claimed it last.
    pub epoch: Option<i64>,
    pub cancel_requested: bool,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub rows: Option<i64>,
    /// Of the last attempt that failed.
    pub error: Option<String>,
}

const SELECT: &str = "SELECT runs.id, runs.job, jobs.owner, runs.tick, runs.cause, runs.state, runs.steps_total, \
                      runs.steps_done, runs.attempts, runs.failures, runs.not_before, runs.epoch, \
                      runs.cancel_requested, runs.created_at, runs.started_at, runs.ended_at, runs.rows, runs.error \
                      FROM runs JOIN jobs ON jobs.name = runs.job";

impl State {
    pub async fn run(&self, id: &str) -> Result<Option<RunRow>> {
        let sql = format!("{SELECT} WHERE runs.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await.map_err(store_error)?;
        row.as_ref().map(read).transpose()
    }

    /// The runs of one job or of all, and of one owner's jobs or of all, newest tick first, at most `limit`.
    pub async fn runs(&self, job: Option<&str>, owner: Option<&str>, limit: u32) -> Result<Vec<RunRow>> {
        let sql = format!(
            "{SELECT} WHERE ($1 IS NULL OR runs.job = $1) AND ($2 IS NULL OR jobs.owner = $2) \
             ORDER BY runs.tick DESC, runs.id LIMIT $3"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(job).bind(owner).bind(i64::from(limit));
        query.fetch_all(&self.pool).await.map_err(store_error)?.iter().map(read).collect()
    }

    /// Ends a run that waits, marks one that runs; answers with the state it has then. Nothing when it had ended, or there is
    /// none.
    pub async fn request_cancel(&self, id: &str, now: Timestamp) -> Result<Option<RunState>> {
        let sql = "UPDATE runs SET cancel_requested = 1, \
                   ended_at = CASE state WHEN 'waiting' THEN $2 ELSE ended_at END, \
                   state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END \
                   WHERE id = $1 AND state IN ('waiting', 'running') RETURNING state";
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query(sql).bind(id).bind(now.ms());
        let rows = query.fetch_all(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.first().map(|row| word(row, "state")).transpose()
    }

    /// Runs of this epoch that somebody wants to end.
    pub async fn cancel_requests(&self, epoch: i64) -> Result<Vec<String>> {
        let sql = "SELECT id FROM runs WHERE state = 'running' AND epoch = $1 AND cancel_requested = 1";
        sqlx::query_scalar(sql).bind(epoch).fetch_all(&self.pool).await.map_err(store_error)
    }

    /// A run that failed or was cancelled waits again, with all retries, behind the steps that it has done. False when it did
    /// neither.
    pub async fn retry_run(&self, id: &str) -> Result<bool> {
        let sql = "UPDATE runs SET state = 'waiting', cause = 'retry', failures = 0, cancel_requested = 0, \
                   not_before = 0, ended_at = NULL, error = NULL WHERE id = $1 AND state IN ('failed', 'cancelled')";
        Ok(self.change(sqlx::query(sql).bind(id)).await? == 1)
    }
}

/// A tick that has its run already keeps it. Only retries have a time to wait for: a clock that was set back must not hold
/// up what is due.
pub(super) async fn insert_run(
    transaction: &mut Transaction<'_, Any>,
    job: &str,
    run: &NewRun,
    cause: Cause,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO runs (id, job, tick, cause, state, steps_total, steps_done, attempts, failures, not_before, \
               cancel_requested, log_lines, created_at) VALUES ($1, $2, $3, $4, 'waiting', 0, 0, 0, 0, 0, 0, 0, $5) \
               ON CONFLICT (job, tick) DO NOTHING";
    let query = sqlx::query(sql).bind(&run.id).bind(job).bind(run.tick.ms()).bind(cause.as_str()).bind(now.ms());
    query.execute(&mut **transaction).await.map_err(store_error)?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<RunRow> {
    Ok(RunRow {
        id: get(row, "id")?,
        job: get(row, "job")?,
        owner: get(row, "owner")?,
        tick: time(row, "tick")?,
        cause: word(row, "cause")?,
        state: word(row, "state")?,
        steps_total: count(row, "steps_total")?,
        steps_done: count(row, "steps_done")?,
        attempts: count(row, "attempts")?,
        failures: count(row, "failures")?,
        not_before: time(row, "not_before")?,
        epoch: get(row, "epoch")?,
        cancel_requested: flag(row, "cancel_requested")?,
        created_at: time(row, "created_at")?,
        started_at: optional_time(row, "started_at")?,
        ended_at: optional_time(row, "ended_at")?,
        rows: get(row, "rows")?,
        error: get(row, "error")?,
    })
}
