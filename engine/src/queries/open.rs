//! A statement between its start and its end.

use std::sync::{Arc, Mutex, PoisonError};

use huitong_catalog::audit::Action;
use huitong_catalog::{Code, Error, Result};

use super::record::{Record, Run};
use super::running::Entry;
use super::trace::Trace;
use crate::audit::events;
use crate::engine::Engine;
use crate::session::Session;

/// Lists a statement while it runs, and records its end. One that is dropped without an end was given up by whoever waited for it.
#[derive(Debug)]
pub(crate) struct Open {
    engine: Arc<Engine>,
    trace: Arc<Trace>,
    entry: Option<Entry>,
    /// As what the audit knows of its start, if it does.
    audited: Mutex<Option<Action>>,
}

impl Open {
    pub fn begin(engine: &Arc<Engine>, trace: Arc<Trace>) -> Self {
        trace.seat.begins(engine.clock().now());
        Self {
            engine: engine.clone(),
            entry: Some(engine.queries().running.enter(trace.clone())),
            audited: Mutex::default(),
            trace,
        }
    }

    /// Records in the audit that it begins; an error says that it must not.
    pub async fn audit(&self, session: &Session, action: Action) -> Result<()> {
        if !self.trace.seat.door.is_recorded() {
            return Ok(());
        }
        // Before it is waited for: a statement that is ended meanwhile may be in the audit.
        self.set_audited(Some(action));
        let started = events::started(session, &self.trace, action).await;
        if started.is_err() {
            self.set_audited(None);
        }
        started
    }

    fn set_audited(&self, action: Option<Action>) {
        *self.audited.lock().unwrap_or_else(PoisonError::into_inner) = action;
    }

    /// It has ended well, or with an error, which then names it.
    pub fn end<T>(mut self, run: Run, outcome: Result<T>) -> Result<T> {
        let outcome = outcome.map_err(|error| error.of_query(&self.trace.id));
        self.record(run, outcome.as_ref().err());
        outcome
    }

    /// The client has gone; until then it went so.
    pub fn given_up(mut self, run: Run) {
        self.record(run, Some(&given_up()));
    }

    fn record(&mut self, run: Run, failure: Option<&Error>) {
        if self.entry.take().is_some() {
            let audited = *self.audited.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(action) = audited {
                events::ended(&self.engine, &self.trace, action, run, failure);
            }
            record(&self.engine, &self.trace, run, failure);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.record(Run::default(), Some(&given_up()));
    }
}

/// A statement that failed before it began to run. The error names it.
pub(crate) fn failed(engine: &Arc<Engine>, trace: &Trace, error: Error) -> Error {
    let error = error.of_query(&trace.id);
    trace.seat.begins(engine.clock().now());
    record(engine, trace, Run::default(), Some(&error));
    error
}

fn record(engine: &Engine, trace: &Trace, run: Run, failure: Option<&Error>) {
    let record = Record::ended(trace, run, failure);
    let (query, user, door, state, ms) = (&record.query_id, &record.user, &record.door, &record.state, record.run_ms);
    match &record.error {
        None => tracing::debug!(query, user, door, state, ms, "a statement ended"),
        // Messages hold values of rows and of statements, which whoever reads the log need not be somebody to see.
        Some(_) => {
            let error = failure.map_or("", |failure| failure.code.title());
            tracing::info!(query, user, door, state, ms, code = record.error_code, error, "a statement ended");
        }
    }
    if trace.seat.door.is_recorded() {
        engine.queries().history.add(record);
    }
}

fn given_up() -> Error {
    Error::new(Code::CANCELLED, "the client went away or asked for no more rows")
}
