//! Durable jobs: SQL scripts that run under a user's name, once or by a schedule.
//!
//! A run is made for each tick and worked on by whoever claims it; what was claimed by a coordinator that went away is claimed
//! again. This module keeps the books: it executes nothing. That a step which ran twice changes the data once is the
//! engine's part, which writes a run's id and the number of the step into its commits. Whether a caller *may* see or end a
//! job is for the caller to check.

mod retries;
mod schedule;
mod spec;
mod ticks;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use schedule::Schedule;
pub use spec::NewJob;

use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Error, Result};
use crate::ids::{Randomness, uuid};
use crate::state::{AttemptRow, Claim, End, JobRow, LogRow, NewRun, RunRow, RunState, State};

/// Jobs over one [`State`]. Clones share it.
#[derive(Clone)]
pub struct Jobs {
    state: State,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

/// A run with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDetail {
    pub run: RunRow,
    pub attempts: Vec<AttemptRow>,
    pub log: Vec<LogRow>,
}

impl Jobs {
    pub fn new(state: State, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { state, clock, randomness }
    }

    /// Adds a job (HT0409 when the name is taken, HT0411 when something in it is not allowed). One without a schedule gets
    /// its run, whose id is returned.
    pub async fn submit(&self, job: NewJob) -> Result<Option<String>> {
        let now = self.clock.now();
        let row = job.into_row(now)?;
        let run = match row.cron {
            Some(_) => None,
            None => Some(self.new_run(now)?),
        };
        if self.state.insert_job(&row, run.as_ref()).await? {
            return Ok(run.map(|run| run.id));
        }
        Err(Error::new(Code::JOB_EXISTS, format!("job `{}` already exists", row.name)))
    }

    /// Makes the runs of all ticks that have come since the last call; returns how many. Jobs whose ticks cannot be told do
    /// not keep the others from theirs; the first of their errors is returned in the end.
    pub async fn due(&self) -> Result<u64> {
        let now = self.clock.now();
        let (mut added, mut failed) = (0, None);
        for job in self.state.due_jobs(now).await? {
            match self.advance(&job, now).await {
                Ok(count) => added += count,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(added), Err)
    }

    /// Begins an attempt at the oldest run that may run, on behalf of the coordinator that holds the lease
    /// [`crate::state::COORDINATOR`] with this epoch.
    pub async fn claim(&self, epoch: i64) -> Result<Option<Claim>> {
        self.state.claim_run(epoch, self.clock.now()).await
    }

    /// Records how far the attempt has come. False, here and below, when the claim has ended: then the work must stop.
    pub async fn step_done(&self, claim: &Claim, done: u32, total: u32) -> Result<bool> {
        self.state.record_steps(claim, done, total).await
    }

    /// Adds a line to the run's log, shortened to 4 KiB; the last [`crate::state::LOG_LINES_MAX`] are kept.
    pub async fn log(&self, claim: &Claim, line: &str) -> Result<bool> {
        self.state.append_log(claim, &spec::log_line(line), self.clock.now()).await
    }

    /// Ends the attempt. A run that failed waits for the next one while it has retries left, unless somebody wanted it to end.
    /// Answers with the run's state, or nothing when the claim had ended.
    pub async fn finish(&self, claim: &Claim, end: End) -> Result<Option<RunState>> {
        let now = self.clock.now();
        let end = match end {
            End::Failed { error } => End::Failed { error: spec::storable(&error) },
            other => other,
        };
        self.state.end_attempt(claim, &end, now, |facts| retries::next(&end, facts, now)).await
    }

    /// Gives the runs of coordinators before this one back; returns how many. To be called when the lease was taken, and now
    /// and then: a former coordinator may have claimed one at that very moment.
    pub async fn recover(&self, epoch: i64) -> Result<u64> {
        self.state.recover_runs(epoch, self.clock.now()).await
    }

    /// Ends a run that waits, and asks for the end of one that runs; answers which. HT0412 when it has ended.
    pub async fn cancel(&self, run: &str) -> Result<RunState> {
        match self.state.request_cancel(run, self.clock.now()).await? {
            Some(state) => Ok(state),
            None => Err(self.wrong_run(run, "cancelled").await?),
        }
    }

    /// The runs of this coordinator whose end somebody asked for.
    pub async fn cancel_requests(&self, epoch: i64) -> Result<Vec<String>> {
        self.state.cancel_requests(epoch).await
    }

    /// A run that failed or was cancelled waits again, behind the steps that it has done (HT0412 if it did neither).
    pub async fn retry(&self, run: &str) -> Result<()> {
        if self.state.retry_run(run).await? { Ok(()) } else { Err(self.wrong_run(run, "retried").await?) }
    }

    /// Ticks from now on count; those of the time when it was disabled never do. No change if it is enabled.
    pub async fn enable(&self, name: &str) -> Result<()> {
        let schedule = self.schedule(name).await?;
        self.state.enable_job(name, schedule.next_after(self.clock.now())?).await.map(drop)
    }

    /// No tick counts from now on; what runs or waits stays. No change if it is disabled.
    pub async fn disable(&self, name: &str) -> Result<()> {
        self.schedule(name).await?;
        self.state.disable_job(name).await.map(drop)
    }

    /// Removes a job with its runs and their logs (HT0412 while one is running).
    pub async fn drop_job(&self, name: &str) -> Result<()> {
        if self.state.delete_job(name).await? {
            return Ok(());
        }
        self.job(name).await?;
        Err(Error::new(Code::JOB_STATE, format!("job `{name}` is running"))
            .with_hint("cancel its run and wait for its end"))
    }

    /// Forgets runs that ended longer ago than `age`, and jobs that ran once and have no run left; returns how many runs.
    pub async fn forget(&self, age: Duration) -> Result<u64> {
        self.state.delete_ended_runs(self.clock.now().minus(age)).await
    }

    /// All jobs by name.
    pub async fn jobs(&self) -> Result<Vec<JobRow>> {
        self.state.jobs().await
    }

    /// HT0410 when there is none.
    pub async fn job(&self, name: &str) -> Result<JobRow> {
        let unknown = || Error::new(Code::UNKNOWN_JOB, format!("there is no job `{name}`"));
        self.state.job(name).await?.ok_or_else(unknown)
    }

    /// The runs of one job or of all, and of one owner's jobs or of all, newest tick first, at most `limit`.
    pub async fn runs(&self, job: Option<&str>, owner: Option<&str>, limit: u32) -> Result<Vec<RunRow>> {
        self.state.runs(job, owner, limit).await
    }

    /// Attempts at the runs of one owner's jobs or of all, newest first, at most `limit`, each with its run.
    pub async fn attempts(&self, owner: Option<&str>, limit: u32) -> Result<Vec<(String, AttemptRow)>> {
        self.state.newest_attempts(owner, limit).await
    }

    /// Lines of the same runs' logs, newest first, at most `limit`, each with its run.
    pub async fn lines(&self, owner: Option<&str>, limit: u32) -> Result<Vec<(String, LogRow)>> {
        self.state.newest_log(owner, limit).await
    }

    /// A run with all attempts and the kept lines of its log (HT0410 when there is none).
    pub async fn run(&self, id: &str) -> Result<RunDetail> {
        let run = self.state.run(id).await?.ok_or_else(|| unknown_run(id))?;
        Ok(RunDetail { run, attempts: self.state.attempts(id).await?, log: self.state.run_log(id).await? })
    }

    async fn advance(&self, job: &JobRow, now: Timestamp) -> Result<u64> {
        let (Some(cron), Some(mut from)) = (&job.cron, job.next_tick) else { return Ok(0) };
        let schedule = Schedule::parse(cron, &job.zone)?;
        let mut added = 0;
        while from <= now {
            let due = ticks::due(&schedule, job.catch_up, from, now)?;
            let runs = due.ticks.iter().map(|tick| self.new_run(*tick)).collect::<Result<Vec<_>>>()?;
            if !self.state.advance_job(&job.name, from, due.next, &runs, now).await? {
                break;
            }
            added += runs.len() as u64;
            from = due.next;
        }
        Ok(added)
    }

    fn new_run(&self, tick: Timestamp) -> Result<NewRun> {
        Ok(NewRun { id: uuid(self.randomness.as_ref())?, tick })
    }

    async fn schedule(&self, name: &str) -> Result<Schedule> {
        let job = self.job(name).await?;
        let once = || Error::new(Code::JOB_STATE, format!("job `{name}` has no schedule: it runs once"));
        Schedule::parse(&job.cron.ok_or_else(once)?, &job.zone)
    }

    /// Why nothing was changed.
    async fn wrong_run(&self, id: &str, wish: &str) -> Result<Error> {
        Ok(match self.state.run(id).await? {
            None => unknown_run(id),
            Some(run) => {
                Error::new(Code::JOB_STATE, format!("run `{id}` is {} and cannot be {wish}", run.state.as_str()))
            }
        })
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}

fn unknown_run(id: &str) -> Error {
    Error::new(Code::UNKNOWN_JOB, format!("there is no run `{id}`"))
}

#[cfg(test)]
mod tests;
