//! Rows of `attempts` and `run_log`: runs in progress.
//!
//! Whoever works on a run holds a [`Claim`], and each write carries it: when the run was meanwhile given to a newer
//! coordinator, or to another attempt, the write changes nothing and answers false.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::columns::{count, flag, get, optional_time, time, words};
use super::jobs::{params, span};
use super::runs::RunState;
use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

/// The lease whose epochs claims carry.
pub const COORDINATOR: &str = "coordinator";

/// Of the jobs of one owner, or of all if none is named.
const OF_OWNER: &str =
    "($1 IS NULL OR run IN (SELECT runs.id FROM runs JOIN jobs ON jobs.name = runs.job WHERE jobs.owner = $1))";

/// Of each run's log; older lines are dropped.
pub const LOG_LINES_MAX: u32 = 1_000;

words! {
    /// How an attempt ended.
    Outcome {
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
        /// Its coordinator went away.
        Lost = "lost",
    }
}

/// A run that is being worked on, with what the work needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub run: String,
    pub epoch: i64,
    /// Counted from one.
    pub attempt: u32,
    pub job: String,
    pub owner: String,
    pub sql: String,
    pub params: BTreeMap<String, String>,
    pub tick: Timestamp,
    /// Where to go on.
    pub steps_done: u32,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    pub no: u32,
    pub epoch: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Counted from one over all lines the run ever had.
    pub no: u32,
    pub at: Timestamp,
    pub line: String,
}

/// What decides how a run goes on when an attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Including this one if it failed.
    pub failures: u32,
    pub retries: u32,
    pub retry_wait: Duration,
    pub cancel_requested: bool,
}

/// How a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Wait { not_before: Timestamp },
    End(RunState),
}

/// How an attempt ended, with what it has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done {
        rows: Option<i64>,
    },
    /// With the whole text of the error.
    Failed {
        error: String,
    },
    Cancelled,
}

impl State {
    /// Begins an attempt at the oldest run that waits, whose time has come, and whose job runs nowhere else. Nothing when there
    /// is none, or when a newer coordinator than `epoch` has the lease [`COORDINATOR`].
    pub async fn claim_run(&self, epoch: i64, now: Timestamp) -> Result<Option<Claim>> {
        // Each further round means that somebody else got the run before, so they end.
        while let Some(id) = self.next_run(epoch, now).await? {
            if let Some(claim) = self.claim(&id, epoch, now).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    async fn next_run(&self, epoch: i64, now: Timestamp) -> Result<Option<String>> {
        let sql = "SELECT id FROM runs WHERE state = 'waiting' AND not_before <= $1 \
                   AND NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.job = runs.job AND other.state = 'running') \
                   AND NOT EXISTS (SELECT 1 FROM leases WHERE name = $2 AND epoch > $3) \
                   ORDER BY tick, created_at, id LIMIT 1";
        let query = sqlx::query_scalar(sql).bind(now.ms()).bind(COORDINATOR).bind(epoch);
        query.fetch_optional(&self.pool).await.map_err(store_error)
    }

    async fn claim(&self, id: &str, epoch: i64, now: Timestamp) -> Result<Option<Claim>> {
        let sql = "UPDATE runs SET state = 'running', epoch = $2, attempts = attempts + 1, \
                   started_at = COALESCE(started_at, $3) WHERE id = $1 AND state = 'waiting' AND not_before <= $3 \
                   AND NOT EXISTS (SELECT 1 FROM leases WHERE name = $4 AND epoch > $2)";
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query(sql).bind(id).bind(epoch).bind(now.ms()).bind(COORDINATOR);
        match query.execute(&mut *transaction).await {
            Ok(done) if done.rows_affected() == 1 => {}
            Ok(_) => return Ok(None),
            // Another run of the job began at the same moment.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(None),
            Err(error) => return Err(store_error(error)),
        }
        let sql =
            "INSERT INTO attempts (run, no, epoch, started_at) SELECT id, attempts, epoch, $2 FROM runs WHERE id = $1";
        sqlx::query(sql).bind(id).bind(now.ms()).execute(&mut *transaction).await.map_err(store_error)?;
        let sql = "SELECT runs.id, runs.epoch, runs.attempts, runs.job, jobs.owner, jobs.sql, jobs.params, runs.tick, \
                   runs.steps_done, jobs.timeout_ms FROM runs JOIN jobs ON jobs.name = runs.job WHERE runs.id = $1";
        let row = sqlx::query(sql).bind(id).fetch_one(&mut *transaction).await.map_err(store_error)?;
        let claim = read_claim(&row)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Some(claim))
    }

    /// Records how far the attempt has come; steps are never undone. False when the claim has ended.
    pub async fn record_steps(&self, claim: &Claim, done: u32, total: u32) -> Result<bool> {
        let query = fenced("steps_done = $4, steps_total = $5", "steps_done <= $4", "");
        let query = query.fence(claim).bind(i64::from(done)).bind(i64::from(total));
        Ok(self.change(query).await? == 1)
    }

    /// Adds a line to the run's log and drops the oldest beyond [`LOG_LINES_MAX`]. False when the claim has ended.
    pub async fn append_log(&self, claim: &Claim, line: &str, now: Timestamp) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        let query = fenced("log_lines = log_lines + 1", "", "RETURNING log_lines");
        let rows = query.fence(claim).fetch_all(&mut *transaction).await.map_err(store_error)?;
        let Some(row) = rows.first() else { return Ok(false) };
        let no: i64 = get(row, "log_lines")?;
        let query = sqlx::query("INSERT INTO run_log (run, no, at, line) VALUES ($1, $2, $3, $4)");
        let query = query.bind(&claim.run).bind(no).bind(now.ms()).bind(line);
        query.execute(&mut *transaction).await.map_err(store_error)?;
        let query = sqlx::query("DELETE FROM run_log WHERE run = $1 AND no <= $2");
        let query = query.bind(&claim.run).bind(no - i64::from(LOG_LINES_MAX));
        query.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// Closes the attempt; `decide` says how the run goes on. Answers with the run's state, or nothing when the claim has
    /// ended.
    pub async fn end_attempt(
        &self,
        claim: &Claim,
        end: &End,
        now: Timestamp,
        decide: impl FnOnce(Facts) -> Next + Send,
    ) -> Result<Option<RunState>> {
        let mut transaction = self.begin_change().await?;
        let failed = i64::from(matches!(end, End::Failed { .. }));
        let returning = "RETURNING failures, cancel_requested, \
                         (SELECT retries FROM jobs WHERE name = runs.job) AS retries, \
                         (SELECT retry_wait_ms FROM jobs WHERE name = runs.job) AS retry_wait_ms";
        let query = fenced("failures = failures + $4", "", returning).fence(claim).bind(failed);
        let rows = query.fetch_all(&mut *transaction).await.map_err(store_error)?;
        let Some(row) = rows.first() else { return Ok(None) };
        let next = decide(Facts {
            failures: count(row, "failures")?,
            retries: count(row, "retries")?,
            retry_wait: span(get(row, "retry_wait_ms")?),
            cancel_requested: flag(row, "cancel_requested")?,
        });
        let (state, not_before, ended_at) = match next {
            Next::Wait { not_before } => (RunState::Waiting, not_before.ms(), None),
            Next::End(state) => (state, 0, Some(now.ms())),
        };
        let (outcome, rows, error) = match end {
            End::Done { rows } => (Outcome::Done, *rows, None),
            End::Failed { error } => (Outcome::Failed, None, Some(error.as_str())),
            End::Cancelled => (Outcome::Cancelled, None, None),
        };
        let query = fenced("state = $4, not_before = $5, ended_at = $6, rows = $7, error = $8", "", "").fence(claim);
        let query = query.bind(state.as_str()).bind(not_before).bind(ended_at).bind(rows).bind(error);
        query.execute(&mut *transaction).await.map_err(store_error)?;
        close(&mut transaction, (&claim.run, claim.attempt), outcome, error, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Some(state))
    }

    /// Runs that coordinators before `epoch` left running wait again, or end if somebody wanted that; their attempts are lost
    /// and count as no failures. Returns how many.
    pub async fn recover_runs(&self, epoch: i64, now: Timestamp) -> Result<u64> {
        let sql = "UPDATE runs SET not_before = 0, \
                   ended_at = CASE cancel_requested WHEN 1 THEN $2 ELSE ended_at END, \
                   state = CASE cancel_requested WHEN 1 THEN 'cancelled' ELSE 'waiting' END \
                   WHERE state = 'running' AND epoch < $1 RETURNING id, attempts";
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query(sql).bind(epoch).bind(now.ms());
        let rows = query.fetch_all(&mut *transaction).await.map_err(store_error)?;
        for row in &rows {
            let (run, attempt) = (get::<String>(row, "id")?, count(row, "attempts")?);
            close(&mut transaction, (&run, attempt), Outcome::Lost, None, now).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(rows.len() as u64)
    }

    /// In the order they were made.
    pub async fn attempts(&self, run: &str) -> Result<Vec<AttemptRow>> {
        let sql = "SELECT no, epoch, started_at, ended_at, outcome, error FROM attempts WHERE run = $1 ORDER BY no";
        let rows = sqlx::query(sql).bind(run).fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(read_attempt).collect()
    }

    /// Attempts at the runs of one owner's jobs or of all, newest first, at most `limit`, each with its run.
    pub async fn newest_attempts(&self, owner: Option<&str>, limit: u32) -> Result<Vec<(String, AttemptRow)>> {
        let sql = format!(
            "SELECT run, no, epoch, started_at, ended_at, outcome, error FROM attempts WHERE {OF_OWNER} \
             ORDER BY started_at DESC, run, no DESC LIMIT $2"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(|row| Ok((get(row, "run")?, read_attempt(row)?))).collect()
    }

    /// Lines of the same runs' logs, newest first, at most `limit`, each with its run.
    pub async fn newest_log(&self, owner: Option<&str>, limit: u32) -> Result<Vec<(String, LogRow)>> {
        let sql =
            format!("SELECT run, no, at, line FROM run_log WHERE {OF_OWNER} ORDER BY at DESC, run, no DESC LIMIT $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(owner).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(|row| Ok((get(row, "run")?, read_line(row)?))).collect()
    }

    /// The last lines, oldest first.
    pub async fn run_log(&self, run: &str) -> Result<Vec<LogRow>> {
        let sql = "SELECT no, at, line FROM run_log WHERE run = $1 ORDER BY no";
        let rows = sqlx::query(sql).bind(run).fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(read_line).collect()
    }
}

/// An update of a run by whoever claimed it, which also locks the row for the rest of the transaction.
struct Fenced(String);

fn fenced(set: &str, further: &str, returning: &str) -> Fenced {
    let and = if further.is_empty() { "" } else { " AND " };
    Fenced(format!(
        "UPDATE runs SET {set} WHERE id = $1 AND epoch = $2 AND attempts = $3 AND state = 'running'{and}{further} {returning}"
    ))
}

impl Fenced {
    fn fence(self, claim: &Claim) -> Query<'_, Any, AnyArguments> {
        let query = sqlx::query(AssertSqlSafe(self.0));
        query.bind(&claim.run).bind(claim.epoch).bind(i64::from(claim.attempt))
    }
}

async fn close(
    transaction: &mut Transaction<'_, Any>,
    (run, attempt): (&str, u32),
    outcome: Outcome,
    error: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let query = sqlx::query("UPDATE attempts SET ended_at = $3, outcome = $4, error = $5 WHERE run = $1 AND no = $2");
    let query = query.bind(run).bind(i64::from(attempt)).bind(now.ms()).bind(outcome.as_str()).bind(error);
    query.execute(&mut **transaction).await.map_err(store_error)?;
    Ok(())
}

fn read_claim(row: &AnyRow) -> Result<Claim> {
    Ok(Claim {
        run: get(row, "id")?,
        epoch: get(row, "epoch")?,
        attempt: count(row, "attempts")?,
        job: get(row, "job")?,
        owner: get(row, "owner")?,
        sql: get(row, "sql")?,
        params: params(&get::<String>(row, "params")?)?,
        tick: time(row, "tick")?,
        steps_done: count(row, "steps_done")?,
        timeout: get::<Option<i64>>(row, "timeout_ms")?.map(span),
    })
}

fn read_line(row: &AnyRow) -> Result<LogRow> {
    Ok(LogRow { no: count(row, "no")?, at: time(row, "at")?, line: get(row, "line")? })
}

fn read_attempt(row: &AnyRow) -> Result<AttemptRow> {
    let outcome: Option<String> = get(row, "outcome")?;
    Ok(AttemptRow {
        no: count(row, "no")?,
        epoch: get(row, "epoch")?,
        started_at: time(row, "started_at")?,
        ended_at: optional_time(row, "ended_at")?,
        outcome: outcome.map(|word| word.parse()).transpose()?,
        error: get(row, "error")?,
    })
}
