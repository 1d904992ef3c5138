//! Brings the records of statements from the journal into the table, and removes the old ones.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use chrono::{DateTime, Utc};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt, stream};
use huitong_catalog::clock::Timestamp;
use huitong_catalog::identity::Principal;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use tokio::time::{Instant, sleep, timeout};

use super::journal;
use super::record::{self, COLUMNS, Record};
use super::tables::QUERIES;
use crate::engine::Engine;
use crate::error::of_datafusion;
use crate::session::{Answer, Door, Session};
use crate::statement::{Ingest, IngestMode};
use crate::system::SCHEMA;

/// How often the table is written when statements end.
const EVERY: Duration = Duration::from_secs(10);
/// How long it rests after a failure.
const PAUSE_FAILED: Duration = Duration::from_secs(60);
/// How often old days are looked for.
const CLEAN_EVERY: Duration = Duration::from_secs(24 * 3600);
/// The first time after the start; what runs then comes first.
const CLEAN_FIRST: Duration = Duration::from_secs(600);
/// Records whose ids are looked for in the table with one query.
const LOOKED_FOR_MAX: usize = 1_000;

/// Writes the table for as long as it is polled; days before the last `keep` are removed, with `None` never.
pub async fn work(engine: Arc<Engine>, keep: Option<Duration>) {
    let mut clean_at = Instant::now() + CLEAN_FIRST;
    loop {
        // In a hurry or not: either way it is looked at.
        timeout(EVERY, engine.queries().history.hurry.notified()).await.ok();
        if let Err(error) = write(&engine).await {
            tracing::warn!(%error, "the history of statements waits in the journal");
            sleep(PAUSE_FAILED).await;
        }
        if let Some(keep) = keep
            && Instant::now() >= clean_at
        {
            clean_at = Instant::now() + CLEAN_EVERY;
            let (now, loads) = (engine.clock().now(), "old loads could not be forgotten");
            engine
                .state()
                .forget_loads(now.minus(keep))
                .await
                .unwrap_or_else(|error| tracing::warn!(%error, "{loads}"));
            if let Err(error) = clean(&engine, keep).await {
                tracing::warn!(%error, "old days of the history of statements are left");
            }
        }
    }
}

/// Brings what is in the journal into the table.
pub async fn write(engine: &Arc<Engine>) -> Result<()> {
    let history = &engine.queries().history;
    let session = engine.session(Principal::history(), Door::History);
    for file in history.files()? {
        let _writing = history.table.write().await;
        let records = read(&file).await?;
        bring(engine, &session, records).await?;
        history.forget(&file)?;
    }
    Ok(())
}

/// The same at the end of a process. What does not come into the lake within `grace` waits in the journal for the next one.
pub async fn finish(engine: &Arc<Engine>, grace: Duration) {
    match timeout(grace, write(engine)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the history of statements waits in the journal"),
        Err(_) => tracing::warn!("the history of statements waits in the journal: the lake is slow"),
    }
}

async fn read(file: &Path) -> Result<Vec<Record>> {
    let unreadable = |e: std::io::Error| {
        Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be read: {e}", file.display())).caused_by(e)
    };
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || journal::read(&path)).await;
    read.map_err(|e| Error::new(Code::INTERNAL, "reading the journal broke").caused_by(e))?.map_err(unreadable)
}

async fn bring(engine: &Arc<Engine>, session: &Session, mut records: Vec<Record>) -> Result<()> {
    let name = TableName::new(SCHEMA, QUERIES)?;
    match engine.names().object(&name) {
        Some(_) => {
            // The process, or the answer of the store, may have gone behind a commit of this file.
            let there = there(session, &records).await?;
            records.retain(|record| !there.contains(&record.query_id));
        }
        None => {
            let create = format!("CREATE TABLE {SCHEMA}.{QUERIES} ({COLUMNS}) PARTITIONED BY (\"day\")");
            Box::pin(session.execute(&create)).await?;
        }
    }
    if records.is_empty() {
        return Ok(());
    }
    let batch = record::batch(&records)?;
    let rows = Box::pin(RecordBatchStreamAdapter::new(batch.schema(), stream::iter([Ok(batch)])));
    Box::pin(session.ingest(Ingest { table: name, mode: IngestMode::Append, rows })).await.map(drop)
}

/// Of these records, the ids of those that the table has.
async fn there(session: &Session, records: &[Record]) -> Result<HashSet<String>> {
    let mut there = HashSet::new();
    let days = records.iter().map(|record| record.started).min().zip(records.iter().map(|record| record.started).max());
    let Some((first, last)) = days.map(|(first, last)| (day(first), day(last))) else { return Ok(there) };
    for part in records.chunks(LOOKED_FOR_MAX) {
        let ids: Vec<_> = part.iter().map(|record| format!("'{}'", record.query_id.replace('\'', "''"))).collect();
        let sql = format!(
            "SELECT query_id FROM {SCHEMA}.{QUERIES} WHERE \"day\" BETWEEN DATE '{first}' AND DATE '{last}' AND query_id IN ({})",
            ids.join(", ")
        );
        let Answer::Rows(rows) = Box::pin(session.execute(&sql)).await? else { continue };
        let batches: Vec<RecordBatch> = rows.stream.try_collect().await.map_err(of_datafusion)?;
        for batch in batches {
            let ids = batch.column(0).as_string_opt::<i32>();
            there.extend(ids.into_iter().flatten().flatten().map(str::to_owned));
        }
    }
    Ok(there)
}

/// Removes the days before the last `keep`, and their files.
async fn clean(engine: &Arc<Engine>, keep: Duration) -> Result<()> {
    if engine.names().object(&TableName::new(SCHEMA, QUERIES)?).is_none() {
        return Ok(());
    }
    let session = engine.session(Principal::history(), Door::History);
    let keep_us = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let first = day(micros(engine.clock().now()).saturating_sub(keep_us));
    let delete = format!("DELETE FROM {SCHEMA}.{QUERIES} WHERE \"day\" < DATE '{first}'");
    Box::pin(session.execute(&delete)).await?;
    Box::pin(session.execute(&format!("VACUUM {SCHEMA}.{QUERIES}"))).await.map(drop)
}

fn micros(time: Timestamp) -> i64 {
    time.ms().saturating_mul(1000)
}

/// The day, in UTC, of a moment in microseconds since 1970.
fn day(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default().format("%Y-%m-%d").to_string()
}
