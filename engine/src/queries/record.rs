//! What is kept of a statement that has ended, and as which columns.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::error::DataFusionError;
use huitong_catalog::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use super::trace::Trace;
use crate::error::of_datafusion;

/// The columns that a table of them is made with.
pub const COLUMNS: &str = "query_id VARCHAR, session_id VARCHAR, \"user\" VARCHAR, door VARCHAR, client VARCHAR, address VARCHAR, \
    \"group\" VARCHAR, backend VARCHAR, state VARCHAR, statement VARCHAR, fingerprint VARCHAR, started TIMESTAMPTZ, \
    ended TIMESTAMPTZ, queue_ms DOUBLE, plan_ms DOUBLE, run_ms DOUBLE, fetch_ms DOUBLE, \"rows\" BIGINT, bytes BIGINT, \
    error_code VARCHAR, error VARCHAR, \"day\" DATE";

/// One statement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub query_id: String,
    pub session_id: String,
    pub user: String,
    pub door: String,
    pub client: Option<String>,
    pub address: Option<String>,
    pub group: String,
    pub backend: Option<String>,
    /// `running`, `finished`, `failed` or `cancelled`.
    pub state: String,
    pub statement: String,
    pub fingerprint: Option<String>,
    /// In microseconds since 1970.
    pub started: i64,
    pub ended: Option<i64>,
    pub queue_ms: f64,
    pub plan_ms: f64,
    pub run_ms: f64,
    pub fetch_ms: f64,
    /// Rows of the answer, or rows that were written.
    pub rows: Option<i64>,
    /// Of the answer, in memory.
    pub bytes: Option<i64>,
    pub error_code: Option<String>,
    pub error: Option<String>,
}

/// What there is to say about a statement's run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    /// How long the client took for the rows.
    pub fetched: Duration,
}

impl Record {
    /// The statement as it is now.
    pub fn running(trace: &Trace) -> Self {
        let (facts, client) = (trace.facts(), trace.seat.client());
        let elapsed = trace.begun.elapsed();
        let state = if facts.backend.is_some() { "running" } else { "queued" };
        Self {
            query_id: trace.id.clone(),
            session_id: trace.seat.id.clone(),
            user: trace.seat.user.clone(),
            door: trace.seat.door.name().to_owned(),
            client: client.name,
            address: client.address,
            group: trace.group.clone(),
            backend: facts.backend.map(|backend| backend.name().to_owned()),
            state: state.to_owned(),
            statement: trace.statement.text.clone(),
            fingerprint: facts.fingerprint,
            started: trace.started.ms().saturating_mul(1000),
            queue_ms: ms(facts.waited),
            plan_ms: ms(facts.planned),
            run_ms: ms(elapsed.saturating_sub(facts.waited).saturating_sub(facts.planned)),
            ..Self::default()
        }
    }

    /// The statement at its end.
    pub fn ended(trace: &Trace, run: Run, failure: Option<&Error>) -> Self {
        let running = Self::running(trace);
        let elapsed = i64::try_from(trace.begun.elapsed().as_micros()).unwrap_or(i64::MAX);
        let state = match failure.map(|error| error.code) {
            None => "finished",
            Some(code) if code == Code::CANCELLED => "cancelled",
            Some(_) => "failed",
        };
        Self {
            state: state.to_owned(),
            ended: Some(running.started.saturating_add(elapsed)),
            run_ms: (running.run_ms - ms(run.fetched)).max(0.0),
            fetch_ms: ms(run.fetched),
            rows: run.rows.map(whole),
            bytes: run.bytes.map(whole),
            error_code: failure.map(|error| error.code.to_string()),
            error: failure.map(|error| trace.statement.message(&text(error))),
            ..running
        }
    }

    /// Bytes that it takes in memory, about.
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.statement.len() + self.error.as_ref().map_or(0, String::len) + 300
    }
}

/// An error with its place, its hint and what caused it.
/// Errors whose messages hold values of rows: of these no more is kept than what they are called.
const OF_VALUES: [Code; 3] = [Code::EXECUTION, Code::CONSTRAINT_VIOLATED, Code::BAD_RECORD];

fn text(error: &Error) -> String {
    if OF_VALUES.contains(&error.code) {
        return error.code.title().to_owned();
    }
    let mut text = error.message.clone();
    if let Some(place) = error.place {
        text += &format!(" at {place}");
    }
    if let Some(hint) = &error.hint {
        text += &format!(" ({hint})");
    }
    let mut cause: Option<&dyn std::error::Error> = error.source.as_deref().map(|source| source as _);
    while let Some(source) = cause {
        let told = source.to_string();
        if !text.contains(&told) {
            text += &format!("; caused by: {told}");
        }
        cause = source.source();
    }
    text
}

/// The columns, as they are in memory and in the table.
pub(crate) fn schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        text("query_id"),
        text("session_id"),
        text("user"),
        text("door"),
        text("client"),
        text("address"),
        text("group"),
        text("backend"),
        text("state"),
        text("statement"),
        text("fingerprint"),
        Field::new("started", time(), true),
        Field::new("ended", time(), true),
        number("queue_ms"),
        number("plan_ms"),
        number("run_ms"),
        number("fetch_ms"),
        Field::new("rows", DataType::Int64, true),
        Field::new("bytes", DataType::Int64, true),
        text("error_code"),
        text("error"),
        Field::new("day", DataType::Date32, true),
    ]))
}

/// The records as rows.
pub(crate) fn batch(records: &[Record]) -> Result<RecordBatch> {
    let text = |of: fn(&Record) -> &String| -> ArrayRef {
        Arc::new(records.iter().map(|record| Some(of(record).as_str())).collect::<StringArray>())
    };
    let maybe = |of: fn(&Record) -> &Option<String>| -> ArrayRef {
        Arc::new(records.iter().map(|record| of(record).as_deref()).collect::<StringArray>())
    };
    let time = |of: fn(&Record) -> Option<i64>| -> ArrayRef {
        Arc::new(records.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let span = |of: fn(&Record) -> f64| -> ArrayRef {
        Arc::new(records.iter().map(|record| Some(of(record))).collect::<Float64Array>())
    };
    let count =
        |of: fn(&Record) -> Option<i64>| -> ArrayRef { Arc::new(records.iter().map(of).collect::<Int64Array>()) };
    let columns = vec![
        text(|r| &r.query_id),
        text(|r| &r.session_id),
        text(|r| &r.user),
        text(|r| &r.door),
        maybe(|r| &r.client),
        maybe(|r| &r.address),
        text(|r| &r.group),
        maybe(|r| &r.backend),
        text(|r| &r.state),
        text(|r| &r.statement),
        maybe(|r| &r.fingerprint),
        time(|r| Some(r.started)),
        time(|r| r.ended),
        span(|r| r.queue_ms),
        span(|r| r.plan_ms),
        span(|r| r.run_ms),
        span(|r| r.fetch_ms),
        count(|r| r.rows),
        count(|r| r.bytes),
        maybe(|r| &r.error_code),
        maybe(|r| &r.error),
        Arc::new(records.iter().map(|record| Some(day(record.started))).collect::<Date32Array>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|e| of_datafusion(DataFusionError::from(e)))
}

/// The day, in UTC, of a moment in microseconds since 1970.
fn day(micros: i64) -> i32 {
    i32::try_from(micros.div_euclid(24 * 3600 * 1_000_000)).unwrap_or(i32::MAX)
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
