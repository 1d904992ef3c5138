//! Works on durable jobs: takes runs whose time has come, and runs their scripts under their owners' names.
//!
//! The books are in the state database, so what a coordinator that went away was at is taken up by the next one, behind the steps
//! that were done. A step whose end did not reach the books is run again, and finds its own mark in the table that it
//! changed.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use huitong_catalog::jobs::Jobs;
use huitong_catalog::state::{Claim, End};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::{Answer, Door, Engine, Session, script};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// Runs at a time; what their statements use is up to the group `batch`.
const RUNS_MAX: usize = 8;
/// How often the books are looked at when nobody changes a job.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often runs of a coordinator that is gone are looked for.
const RECOVER_EVERY: Duration = Duration::from_secs(10);
/// Pause before the books are asked again after they did not answer.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is tried to write down that a step is done.
const RECORDS_MAX: u32 = 10;
/// How long ended runs are kept.
const KEEP: Duration = Duration::from_secs(90 * 24 * 3600);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Works until `stop`. `epoch` is that of the coordinator's lease: whatever a newer one has taken over is left alone.
pub async fn work(engine: Arc<Engine>, epoch: i64, stop: impl Future<Output = ()>) {
    let mut worker =
        Worker { jobs: engine.jobs().clone(), engine, epoch, runs: JoinSet::new(), running: HashMap::new() };
    tokio::select! {
        () = worker.forever() => {}
        () = stop => {}
    }
}

struct Worker {
    engine: Arc<Engine>,
    jobs: Jobs,
    epoch: i64,
    runs: JoinSet<String>,
    /// How each of them is cancelled, once.
    running: HashMap<String, Option<oneshot::Sender<()>>>,
}

impl Worker {
    async fn forever(&mut self) {
        let (mut recovered, mut forgotten) = (None, None);
        loop {
            if let Err(error) = self.look(&mut recovered, &mut forgotten).await {
                tracing::warn!(%error, "jobs could not be looked at");
            }
            let engine = self.engine.clone();
            tokio::select! {
                Some(Ok(run)) = self.runs.join_next() => drop(self.running.remove(&run)),
                () = engine.jobs_changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn look(&mut self, recovered: &mut Option<Instant>, forgotten: &mut Option<Instant>) -> Result<()> {
        if is_due(recovered, RECOVER_EVERY) {
            self.jobs.recover(self.epoch).await?;
        }
        if is_due(forgotten, FORGET_EVERY) {
            self.jobs.forget(KEEP).await?;
        }
        for run in self.jobs.cancel_requests(self.epoch).await? {
            if let Some(cancel) = self.running.get_mut(&run).and_then(Option::take) {
                cancel.send(()).ok();
            }
        }
        // One whose schedule cannot be read must not keep the others from running.
        let due = self.jobs.due().await;
        while self.running.len() < RUNS_MAX {
            let Some(claim) = self.jobs.claim(self.epoch).await? else { break };
            self.begin(claim);
        }
        due.map(drop)
    }

    fn begin(&mut self, claim: Claim) {
        let (engine, jobs, run) = (self.engine.clone(), self.jobs.clone(), claim.run.clone());
        let (cancel, cancelled) = oneshot::channel();
        self.running.insert(run.clone(), Some(cancel));
        self.runs.spawn(async move {
            // A task of its own: should it panic, its end is written too.
            let mut attempt = AbortOnDropHandle::new(tokio::spawn(attempt(engine, jobs.clone(), claim.clone())));
            let end = tokio::select! {
                end = &mut attempt => end.unwrap_or_else(|broken| End::Failed { error: format!("the run broke: {broken}") }),
                Ok(()) = cancelled => End::Cancelled,
            };
            drop(attempt);
            finish(&jobs, &claim, end).await;
            run
        });
    }
}

/// Whether a thing that is done every so often is to be done now.
fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= every);
    if due {
        *last = Some(Instant::now());
    }
    due
}

/// Writes down how an attempt ended. Unwritten, the run would stay claimed by a coordinator that is alive, and its job would never run
/// again; so this goes on until the books answer.
async fn finish(jobs: &Jobs, claim: &Claim, end: End) {
    loop {
        match jobs.finish(claim, end.clone()).await {
            Ok(Some(state)) => {
                return tracing::info!(job = claim.job, run = claim.run, state = state.as_str(), "run ended");
            }
            Ok(None) => {
                return tracing::warn!(job = claim.job, run = claim.run, "run was taken over by another attempt");
            }
            Err(error) if error.code == Code::TAKEN_OVER => {
                return tracing::warn!(job = claim.job, run = claim.run, "run was taken over by another coordinator");
            }
            Err(error) => {
                tracing::error!(job = claim.job, run = claim.run, %error, "the end of a run could not be written");
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// One attempt at a run, within the job's time.
async fn attempt(engine: Arc<Engine>, jobs: Jobs, claim: Claim) -> End {
    let script = run_script(&engine, &jobs, &claim);
    let outcome = match claim.timeout {
        None => script.await,
        Some(limit) => tokio::time::timeout(limit, script)
            .await
            .unwrap_or_else(|_| Err(Error::new(Code::TIMEOUT, format!("the attempt took longer than {limit:?}")))),
    };
    match outcome {
        Ok(rows) => End::Done { rows: Some(i64::try_from(rows).unwrap_or(i64::MAX)) },
        Err(error) => {
            let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let error = format!("{}: {}{hint}", error.code, error.message);
            jobs.log(&claim, &error).await.ok();
            End::Failed { error }
        }
    }
}

/// The steps that are not done yet; answers with the rows that they wrote or read.
async fn run_script(engine: &Arc<Engine>, jobs: &Jobs, claim: &Claim) -> Result<u64> {
    let session = engine.session(engine.acting(&claim.owner).await?, Door::Job);
    let steps = script::steps(&claim.sql, &params(claim))?;
    let total = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let mut rows = 0;
    for (number, step) in (1..).zip(&steps) {
        if number <= claim.steps_done && !step.is_setting {
            continue;
        }
        // What the owner may do now, not what they might when the attempt began.
        if engine.acting(&claim.owner).await? != *session.principal() {
            return Err(Error::new(
                Code::PERMISSION_DENIED,
                format!("what `{}` may do has changed meanwhile", claim.owner),
            ));
        }
        note(jobs, claim, &format!("step {number} of {total}: {}", first_line(&step.sql))).await?;
        let begun = Instant::now();
        let told = |error: Error| Error { message: format!("step {number}: {}", error.message), ..error };
        let done = run_step(&session.for_once(&effect(claim, number)), &step.sql).await.map_err(told)?;
        rows += done.rows;
        record(jobs, claim, number.max(claim.steps_done), total).await?;
        let text = format!("step {number} of {total}: {}, {} rows, {:.1?}", done.command, done.rows, begun.elapsed());
        note(jobs, claim, &text).await?;
    }
    Ok(rows)
}

/// What a step did.
struct StepDone {
    command: &'static str,
    rows: u64,
}

async fn run_step(session: &Session, sql: &str) -> Result<StepDone> {
    match session.execute(sql).await? {
        Answer::Done(done) => Ok(StepDone { command: done.command, rows: done.rows.unwrap_or_default() }),
        Answer::Rows(rows) => {
            let counted = rows.stream.try_fold(0, |sum, batch| async move { Ok(sum + batch.num_rows() as u64) });
            Ok(StepDone { command: "SELECT", rows: counted.await.map_err(of_datafusion)? })
        }
    }
}

/// Adds a line to the log. One that cannot be written is missed, and fails nothing.
async fn note(jobs: &Jobs, claim: &Claim, line: &str) -> Result<()> {
    go_on(jobs.log(claim, line).await.unwrap_or(true))
}

/// Writes down how far the attempt has come, in several attempts: the step has had its effect.
async fn record(jobs: &Jobs, claim: &Claim, done: u32, total: u32) -> Result<()> {
    let mut left = RECORDS_MAX;
    loop {
        left -= 1;
        match jobs.step_done(claim, done, total).await {
            Ok(counts) => return go_on(counts),
            Err(error) if left == 0 || error.code == Code::TAKEN_OVER => return Err(error),
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

/// Ends the work of an attempt that is no longer the one that counts.
fn go_on(counts: bool) -> Result<()> {
    match counts {
        true => Ok(()),
        false => Err(Error::new(Code::CANCELLED, "another attempt at this run has begun")),
    }
}

/// The name of what a step does: the same for each attempt at it.
fn effect(claim: &Claim, step: u32) -> String {
    format!("huitong/{}/{}/{step}", claim.job, claim.run)
}

/// What a script may name besides its own parameters: `:job`, `:run`, and `:tick`, when the run was due.
fn params(claim: &Claim) -> BTreeMap<String, String> {
    let tick = chrono::DateTime::from_timestamp_millis(claim.tick.ms()).unwrap_or_default();
    let given = [
        ("job", claim.job.clone()),
        ("run", claim.run.clone()),
        ("tick", tick.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
    ];
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value));
    given.chain(claim.params.clone()).collect()
}

fn first_line(sql: &str) -> &str {
    let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("--");
    sql.lines().find(code).unwrap_or(sql).trim()
}
