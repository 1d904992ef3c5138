//! Events that become durable records, many with one commit.
//!
//! While one group is being committed the next one gathers, so a commit is as large as there are statements that wait for it, and
//! nobody waits for more than two. Events that nobody waits for gather for a moment, and are kept until they are written; so that
//! they cannot fill the memory, what has not begun is refused before there are too many.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huitong_catalog::audit::{Event, Line};
use huitong_catalog::state::{AuditHead, State};
use huitong_catalog::{Code, Error, Result};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout};

/// Records of one commit.
const GROUP_MAX: usize = 1_000;
/// Records that wait; then what has not begun is refused.
const PENDING_MAX: usize = 10_000;
/// The same for records of what has begun. There are never so many, since each of these had its place above.
const PENDING_LIMIT: usize = 10 * PENDING_MAX;
/// How often records are put behind what somebody else has written.
const TRIES: u32 = 5;
/// How long events that nobody waits for gather.
const GATHER: Duration = Duration::from_millis(20);
/// How long it rests after a failure while nobody waits.
const PAUSE_FAILED: Duration = Duration::from_secs(1);

/// A record that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub seq: u64,
}

pub struct Writer {
    shared: Arc<Shared>,
}

struct Shared {
    state: State,
    runtime: Handle,
    queue: Mutex<Queue>,
    /// Somebody waits.
    hurry: Notify,
}

#[derive(Default)]
struct Queue {
    drafts: Vec<Draft>,
    /// Whether a task writes them.
    is_written: bool,
}

struct Draft {
    event: Event,
    told: Option<oneshot::Sender<Result<Written>>>,
}

impl Writer {
    /// Records are written by tasks of the runtime that this is called in, and not of the one that queries compute on.
    pub fn new(state: State) -> Self {
        let shared = Shared { state, runtime: Handle::current(), queue: Mutex::default(), hurry: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    pub async fn record(&self, event: Event) -> Result<Written> {
        let (told, written) = oneshot::channel();
        self.push(Draft { event, told: Some(told) }, PENDING_MAX).map_err(|_| full())?;
        self.shared.hurry.notify_one();
        written.await.unwrap_or_else(|_| Err(unwritable("whoever writes it has ended")))
    }

    pub fn try_note(&self, event: Event) -> Result<()> {
        self.push(Draft { event, told: None }, PENDING_MAX).map_err(|_| full())
    }

    pub fn note(&self, event: Event) {
        if let Err(draft) = self.push(Draft { event, told: None }, PENDING_LIMIT) {
            tracing::error!(event = ?draft.event, "an audit record is lost: the state database was not written for too long");
        }
    }

    /// Waits until there is nothing left to be written.
    pub async fn finish(&self, grace: Duration) -> bool {
        let end = Instant::now() + grace;
        loop {
            self.shared.hurry.notify_one();
            if !self.shared.queue().is_written {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Gives the draft back when there are too many.
    fn push(&self, draft: Draft, max: usize) -> Result<(), Box<Draft>> {
        let mut queue = self.shared.queue();
        if queue.drafts.len() >= max {
            return Err(Box::new(draft));
        }
        queue.drafts.push(draft);
        if !std::mem::replace(&mut queue.is_written, true) {
            self.shared.runtime.spawn(write(self.shared.clone()));
        }
        Ok(())
    }
}

/// A task that broke lets the next one begin.
struct Writing(Arc<Shared>);

impl Drop for Writing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.queue().is_written = false;
        }
    }
}

/// Writes until nothing is left.
async fn write(shared: Arc<Shared>) {
    let _writing = Writing(shared.clone());
    let mut head = None;
    loop {
        if !shared.queue().drafts.iter().any(|draft| draft.told.is_some()) {
            timeout(GATHER, shared.hurry.notified()).await.ok();
        }
        let Some(group) = shared.take() else { return };
        if let Some((left, error)) = commit(&shared.state, &mut head, group).await {
            tracing::warn!(%error, records = left.len(), "audit records wait: the state database does not take them");
            shared.queue().drafts.splice(0..0, left);
            timeout(PAUSE_FAILED, shared.hurry.notified()).await.ok();
        }
    }
}

/// Makes one group durable and tells whoever waits. Of a group that could not be written, the answer has those that nobody waits for
/// and why.
async fn commit(state: &State, head: &mut Option<AuditHead>, group: Vec<Draft>) -> Option<(Vec<Draft>, Error)> {
    match append(state, head, &group).await {
        Ok(first) => {
            for (draft, seq) in group.into_iter().zip(first..) {
                // Whoever waited may have gone.
                draft.told.map(|told| told.send(Ok(Written { seq })));
            }
            None
        }
        Err(error) => {
            *head = None;
            let mut left = Vec::new();
            for draft in group {
                match draft.told {
                    Some(told) => drop(told.send(Err(refusal(&error)))),
                    None => left.push(draft),
                }
            }
            Some((left, error))
        }
    }
}

/// Writes a group behind `head`, or where the chain ends if that is not known; the answer is the number of the first record.
async fn append(state: &State, head: &mut Option<AuditHead>, group: &[Draft]) -> Result<u64> {
    let mut tries = TRIES;
    loop {
        let before = match *head {
            Some(head) => head,
            None => state.audit_head().await?,
        };
        let mut end = before;
        let mut lines = Vec::with_capacity(group.len());
        for draft in group {
            let line = Line::new(end.hash, end.seq + 1, &draft.event)?;
            end = AuditHead { seq: line.seq, hash: line.hash };
            lines.push(line);
        }
        let Err(error) = state.append_audit(&before, &lines).await else {
            *head = Some(end);
            return Ok(before.seq + 1);
        };
        tries -= 1;
        match state.audit_head().await {
            // A commit whose answer was lost has taken effect.
            Ok(now) if now == end => {
                *head = Some(end);
                return Ok(before.seq + 1);
            }
            // It was refused, since somebody who works on the database by hand has written meanwhile.
            Ok(now) if now != before && error.code == Code::CORRUPT_FILE && tries > 0 => *head = Some(now),
            _ => return Err(error),
        }
    }
}

impl Shared {
    /// The oldest that wait. Without any, the task that asks has to end.
    fn take(&self) -> Option<Vec<Draft>> {
        let mut queue = self.queue();
        if queue.drafts.is_empty() {
            queue.is_written = false;
            return None;
        }
        let count = queue.drafts.len().min(GROUP_MAX);
        Some(queue.drafts.drain(..count).collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(error: &Error) -> Error {
    // These say more.
    if [Code::TAKEN_OVER, Code::DISK_FULL].contains(&error.code) {
        return error.clone();
    }
    unwritable(&error.message).caused_by(error.clone())
}

fn full() -> Error {
    unwritable("more records wait than may")
}

fn unwritable(why: &str) -> Error {
    Error::new(Code::AUDIT_UNWRITABLE, format!("the audit cannot be written, so nothing was done: {why}"))
        .with_hint("try again; if it stays, an administrator looks at the state database")
}
