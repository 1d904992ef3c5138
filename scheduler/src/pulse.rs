//! Whether a job still moves, and whether its answer may be believed.
//!
//! A report or an assignment can be lost with a connection: the scheduler then waits for a task that nobody runs, on an
//! executor that is alive. So a job that stands still is compared with what its executors say of themselves.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ballista_core::JobId;
use ballista_core::serde::protobuf::ExecutorRegistration;
use ballista_core::serde::protobuf::executor_resource::Resource;
use ballista_core::serde::protobuf::task_status::Status as TaskState;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use huitong_catalog::{Code, Error, Result};

use crate::server::Server;

/// How long nothing of a job may begin or end before it is looked at.
const STILL_MAX: Duration = Duration::from_secs(20);
/// An executor polls at least every five seconds; what it said longer ago, or before a task was given to it, tells nothing.
const NEWS: Duration = Duration::from_secs(10);

/// What executors said last.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<HashMap<String, Heard>>);

#[derive(Debug, Clone, Copy)]
struct Heard {
    /// Tasks that it runs.
    busy: u32,
    /// Slots that it has for more.
    free: u32,
    at: Instant,
}

impl Pulse {
    /// An executor polled, said how many slots are free, might have been given tasks for so many, and was given some.
    pub fn heard(&self, executor: &ExecutorRegistration, free: u32, may_give: u32, given: usize) {
        let resources = executor.specification.iter().flat_map(|specification| &specification.resources);
        let slots: u32 = resources.filter_map(|r| r.resource.as_ref()).map(|Resource::Vcores(slots)| *slots).sum();
        let given = u32::try_from(given).unwrap_or(u32::MAX);
        let heard = Heard {
            busy: slots.saturating_sub(free.saturating_sub(given)),
            free: may_give.saturating_sub(given),
            at: Instant::now(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(executor.id.clone(), heard);
    }

    /// Executors other than that one which were heard of lately.
    pub fn others(&self, executor: &str) -> Vec<String> {
        self.news().into_keys().filter(|other| other != executor).collect()
    }

    fn news(&self) -> HashMap<String, Heard> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, heard| heard.at.elapsed() < NEWS);
        all.clone()
    }
}

/// What is known of a job at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
struct Look {
    stages_done: usize,
    tasks_done: usize,
    /// Stage, task and executor of those that run.
    running: BTreeSet<(usize, usize, String)>,
    begun_anew: bool,
}

/// Looks at one job from time to time.
#[derive(Debug)]
pub struct Watch {
    last: Option<Look>,
    since: Instant,
    /// Since when it looks as if it stood still.
    suspected: Option<Instant>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { last: None, since: Instant::now(), suspected: None }
    }
}

impl Watch {
    /// Refuses a job that has lost finished work (see [`begun_anew`]), and one of which nothing has moved for a while although it
    /// could, or with an executor that does not do what the scheduler believes.
    pub async fn check(&mut self, server: &Server, job: &JobId, pulse: &Pulse) -> Result<()> {
        let now = look(server, job).await;
        if now.as_ref().is_some_and(|look| look.begun_anew) {
            return Err(lost());
        }
        if now.is_none() || now != self.last {
            *self = Self { last: now, ..Self::default() };
            return Ok(());
        }
        if self.since.elapsed() < STILL_MAX {
            return Ok(());
        }
        let (news, given) = (pulse.news(), tasks_given(server).await);
        let Some(Look { running, .. }) = &self.last else { return Ok(()) };
        let stands_still = match running.is_empty() {
            // There is work, and somebody has time for it.
            true => news.values().any(|heard| heard.free > 0),
            false => running.iter().any(|(_, _, executor)| {
                let given = given.get(executor).copied().unwrap_or_default();
                // One that says nothing is lost, whatever the scheduler's clock makes of its last heartbeat.
                news.get(executor).is_none_or(|heard| heard.busy < given)
            }),
        };
        // What an executor said and what the scheduler believes are not of the same moment.
        self.suspected = stands_still.then(|| self.suspected.unwrap_or_else(Instant::now));
        match self.suspected {
            Some(since) if since.elapsed() > NEWS => {
                Err(Error::new(Code::JOB_FAILED, "the job stood still").with_hint("try again"))
            }
            _ => Ok(()),
        }
    }
}

/// What is told of a job whose finished work was lost.
pub fn lost() -> Error {
    Error::new(Code::JOB_FAILED, "an executor was lost with finished work of the job").with_hint("try again")
}

/// Whether a stage was begun a second time, because output of an earlier one was lost with an executor. The scheduler then makes
/// the lost part anew, but when the loss reaches back over two stages it runs the whole stage again and keeps what the first run
/// had made as well: rows are doubled (docs/decisions/0015). So the answer of such a job is not believed.
pub fn begun_anew(stage: &ExecutionStage) -> bool {
    let attempt = match stage {
        ExecutionStage::UnResolved(stage) => stage.stage_attempt_num,
        ExecutionStage::Resolved(stage) => stage.stage_attempt_num,
        ExecutionStage::Running(stage) => stage.stage_attempt_num,
        ExecutionStage::Successful(stage) => stage.stage_attempt_num,
        ExecutionStage::Failed(stage) => stage.stage_attempt_num,
    };
    attempt > 0
}

/// None while the job is planned, and when it has ended.
async fn look(server: &Server, job: &JobId) -> Option<Look> {
    let graph = server.state.task_manager.get_running_job_cache().get(job)?.execution_graph.clone();
    let graph = graph.read().await;
    let mut look = Look::default();
    for (number, stage) in graph.stages() {
        look.begun_anew |= begun_anew(stage);
        match stage {
            ExecutionStage::Successful(_) => look.stages_done += 1,
            ExecutionStage::Running(stage) => {
                for task in &stage.task_infos {
                    match &task.task_status {
                        TaskState::Running(on) => {
                            look.running.insert((*number, task.task_id, on.executor_id.clone()));
                        }
                        TaskState::Successful(_) => look.tasks_done += 1,
                        TaskState::Failed(_) => {}
                    }
                }
            }
            ExecutionStage::UnResolved(_) | ExecutionStage::Resolved(_) | ExecutionStage::Failed(_) => {}
        }
    }
    Some(look)
}

/// Tasks of all jobs that were given to each executor a while ago and are not known to have ended.
async fn tasks_given(server: &Server) -> HashMap<String, u32> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let before = now.saturating_sub(NEWS).as_millis();
    let mut given = HashMap::new();
    for job in server.state.task_manager.get_running_job_cache().values() {
        let graph = job.execution_graph.read().await;
        for stage in graph.stages().values() {
            let ExecutionStage::Running(stage) = stage else { continue };
            // Those of a future were given before the clock was set back.
            let is_old = |time: u128| time <= before || time > now.as_millis();
            for task in stage.task_infos.iter().filter(|task| is_old(task.scheduled_time)) {
                if let TaskState::Running(on) = &task.task_status {
                    *given.entry(on.executor_id.clone()).or_default() += 1;
                }
            }
        }
    }
    given
}
