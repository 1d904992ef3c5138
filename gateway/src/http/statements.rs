//! The statements of this door by their ids, so that whoever posted one can ask how far it is, fetch its rows later, and end it.
//!
//! A statement whose client waits is listed until its answer is sent. One whose client comes back for the answer is kept, with the
//! stream of its rows and nothing of what is in it, until nobody has asked for it for a while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Done, Session};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::accept::Format;
use super::work::{Outcome, Rows, Work};

/// The header that names a statement.
pub const QUERY_ID: &str = "huitong-query-id";

/// What nobody has asked for is forgotten after this.
const LIFE: Duration = Duration::from_secs(600);
/// Statements of one user that run or wait while nobody is connected for them.
const OWN_MAX: usize = 100;
/// Statements of one user that are kept, those that have ended included.
const OWN_KEPT_MAX: usize = 1_000;
/// Of all users.
const KEPT_MAX: usize = 20_000;

/// How far a statement is.
#[derive(Debug, Clone)]
pub enum Stage {
    /// It is on its way to its first row, or to its effect.
    Running,
    /// Rows wait to be fetched.
    Ready,
    /// Rows are being fetched.
    Sending,
    /// All rows have been sent, or a command has had its effect.
    Finished(Option<Done>),
    Failed(Error),
}

impl Stage {
    /// As clients are told.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running | Self::Sending => "running",
            Self::Ready => "ready",
            Self::Finished(_) => "finished",
            Self::Failed(error) if error.code == Code::CANCELLED => "cancelled",
            Self::Failed(_) => "failed",
        }
    }

    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Finished(_) | Self::Failed(_))
    }
}

/// One of them.
pub struct Statement {
    pub id: String,
    pub is_query: bool,
    owner: String,
    /// What its rows are wished as, if it was said with it.
    pub format: Option<Format>,
    ended: CancellationToken,
    stage: watch::Sender<Stage>,
    /// Rows sent until now.
    pub rows: AtomicU64,
    waiting: Mutex<Option<Rows>>,
    /// When its client asked for it last.
    asked: Mutex<Instant>,
    /// It has made room for others.
    forgotten: CancellationToken,
}

impl Statement {
    fn new(id: &str, is_query: bool, owner: &str, format: Option<Format>, ended: CancellationToken) -> Self {
        let (stage, _) = watch::channel(Stage::Running);
        Self {
            id: id.to_owned(),
            is_query,
            owner: owner.to_owned(),
            format,
            ended,
            stage,
            rows: AtomicU64::new(0),
            waiting: Mutex::default(),
            asked: Mutex::new(Instant::now()),
            forgotten: CancellationToken::new(),
        }
    }

    pub fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// Goes on to a stage, unless it has ended.
    pub fn go(&self, next: Stage) {
        self.stage.send_if_modified(|stage| {
            let goes = !stage.has_ended();
            if goes {
                *stage = next;
            }
            goes
        });
    }

    /// Runs it to its first row or its effect, unless it is ended before.
    pub async fn run(&self, session: &Session, work: Work) -> Result<Outcome> {
        tokio::select! {
            biased;
            error = self.ended() => Err(error),
            outcome = work.run(session) => outcome,
        }
    }

    /// Completes when somebody has ended it.
    pub async fn ended(&self) -> Error {
        self.ended.cancelled().await;
        cancelled()
    }

    /// Ends it; nothing happens if it has ended before.
    pub fn end(&self) {
        self.go(Stage::Failed(cancelled()));
        self.ended.cancel();
        drop(self.take());
    }

    /// Waits until it is past a stage that a client may have to wait for.
    pub async fn settled(&self) -> Stage {
        let mut stage = self.stage.subscribe();
        let settled = stage.wait_for(|stage| !matches!(stage, Stage::Running)).await.map(|stage| stage.clone());
        // Its own sender is in `self`.
        settled.unwrap_or_else(|_| self.stage())
    }

    /// The rows that wait, once.
    pub fn take(&self) -> Option<Rows> {
        lock(&self.waiting).take()
    }

    pub fn count(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Runs it while nobody is connected for it, and keeps what comes of it.
    async fn keep(&self, session: Arc<Session>, work: Work) {
        match self.run(&session, work).await {
            Ok(Outcome::Rows(rows)) => {
                *lock(&self.waiting) = Some(rows);
                self.go(Stage::Ready);
                if self.stage().has_ended() {
                    drop(self.take());
                }
            }
            Ok(Outcome::Done(done)) => self.go(Stage::Finished(Some(done))),
            Err(error) => self.go(Stage::Failed(error)),
        }
        while let Some(left) = self.life_left(LIFE) {
            tokio::select! {
                () = self.forgotten.cancelled() => break,
                () = tokio::time::sleep(left) => {}
            }
        }
    }

    /// How long it is kept on; none if nobody has asked for it for long.
    fn life_left(&self, life: Duration) -> Option<Duration> {
        match self.stage() {
            Stage::Sending => Some(LIFE),
            _ => life.checked_sub(lock(&self.asked).elapsed()).filter(|left| !left.is_zero()),
        }
    }
}

fn cancelled() -> Error {
    Error::new(Code::CANCELLED, "the statement was cancelled by its client")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of them; clones share them.
#[derive(Clone, Default)]
pub struct Statements {
    all: Arc<Mutex<HashMap<String, Arc<Statement>>>>,
    stop: CancellationToken,
}

/// A statement's place on the list, until it is dropped.
pub struct Listed {
    pub statement: Arc<Statement>,
    statements: Statements,
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.statements.all).remove(&self.statement.id);
    }
}

impl Statements {
    /// Lists a statement whose client waits for its answer.
    pub fn enter(&self, id: &str, is_query: bool, owner: &str, format: Option<Format>) -> Listed {
        let statement = Arc::new(Statement::new(id, is_query, owner, format, self.stop.child_token()));
        lock(&self.all).insert(id.to_owned(), statement.clone());
        Listed { statement, statements: self.clone() }
    }

    /// Makes room for one more of a user's statements whose client does not wait.
    pub fn make_room(&self, owner: &str) -> Result<()> {
        let mut all = lock(&self.all);
        let own = all.values().filter(|statement| statement.owner == owner);
        let (ended, active): (Vec<_>, Vec<_>) = own.partition(|statement| statement.stage().has_ended());
        if active.len() >= OWN_MAX || all.len() >= KEPT_MAX {
            let text =
                format!("{} of your statements run or wait ({OWN_MAX} may, and {KEPT_MAX} of all users)", active.len());
            return Err(Error::new(Code::QUEUE_FULL, text).with_hint("fetch results, or end what is not needed"));
        }
        if active.len() + ended.len() >= OWN_KEPT_MAX {
            let oldest = ended.iter().min_by_key(|statement| *lock(&statement.asked)).map(|oldest| oldest.id.clone());
            if let Some(oldest) = oldest.and_then(|id| all.remove(&id)) {
                oldest.forgotten.cancel();
            }
        }
        Ok(())
    }

    /// Runs a statement whose client comes back for its answer.
    pub fn spawn(&self, listed: Listed, session: Arc<Session>, work: Work) {
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = listed.statement.keep(session, work) => {}
            }
            drop(listed);
        });
    }

    /// A statement of one's own.
    pub fn own(&self, id: &str, owner: &str) -> Result<Arc<Statement>> {
        let found = lock(&self.all).get(id).filter(|statement| statement.owner == owner).cloned();
        let statement = found.ok_or_else(|| unknown(id))?;
        *lock(&statement.asked) = Instant::now();
        Ok(statement)
    }

    /// Waits until no statement is on its way to its effect; what is ready may be lost, it can be asked for again.
    pub async fn quiet(&self) {
        while lock(&self.all).values().any(|statement| matches!(statement.stage(), Stage::Running)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends all of them.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

pub fn unknown(id: &str) -> Error {
    let shown: String = id.chars().take(60).collect();
    Error::new(Code::NOTHING_THERE, format!("there is no query `{shown}`: its answer was sent, or it expired"))
        .with_hint("run the statement again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_its_owners() {
        let statements = Statements::default();
        let listed = statements.enter("a", true, "li", None);
        assert!(statements.own("a", "li").is_ok());
        assert!(statements.own("a", "han").is_err_and(|error| error.code == Code::NOTHING_THERE));
        drop(listed);
        assert!(statements.own("a", "li").is_err());
    }

    #[test]
    fn what_has_ended_stays_as_it_is() {
        let statements = Statements::default();
        let listed = statements.enter("a", true, "li", None);
        listed.statement.end();
        listed.statement.end();
        listed.statement.go(Stage::Ready);
        assert_eq!(listed.statement.stage().name(), "cancelled");
    }

    #[test]
    fn one_user_cannot_take_all_places() {
        let statements = Statements::default();
        let listed: Vec<_> = (0..OWN_MAX).map(|n| statements.enter(&n.to_string(), true, "li", None)).collect();
        assert!(statements.make_room("li").is_err_and(|error| error.code == Code::QUEUE_FULL));
        assert!(statements.make_room("han").is_ok());
        listed[0].statement.end();
        assert!(statements.make_room("li").is_ok());
        listed.iter().for_each(|listed| listed.statement.end());
        let ended: Vec<_> =
            (OWN_MAX..OWN_KEPT_MAX).map(|n| statements.enter(&n.to_string(), true, "li", None)).collect();
        ended.iter().for_each(|listed| listed.statement.end());
        assert!(statements.make_room("li").is_ok());
        assert!(statements.own("0", "li").is_err(), "the oldest one has made room");
        assert!(statements.own("1", "li").is_ok());
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let listed = Statements::default().enter("a", true, "li", None);
        assert!(listed.statement.life_left(LIFE).is_some_and(|left| left <= LIFE));
        assert!(listed.statement.life_left(Duration::ZERO).is_none());
        listed.statement.go(Stage::Sending);
        assert!(listed.statement.life_left(Duration::ZERO).is_some(), "who fetches it asks for it");
    }
}
