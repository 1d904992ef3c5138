//! `VACUUM t`: removes files that no version within the retention names.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::Duration;
use datafusion::common::TableReference;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::operations::vacuum::VacuumMode;
use huitong_catalog::identity::Office;
use huitong_catalog::{Code, Error, Result};

use super::super::{table_name, write};
use crate::error::of_delta;
use crate::session::{Done, Session};
use crate::tables::unfinished;
use crate::write::commit::metadata;

/// A week: what Delta engines keep unless told otherwise.
const HOURS: u64 = 168;

/// Removes data files that are older than the retention and in no version since, among them what broken writes have left.
/// Less than a week is an administrator's to ask for: a statement that reads an old version, or a write that has been running
/// for longer, would lose its files.
pub async fn run(session: &Session, table: &TableReference, hours: Option<u64>) -> Result<Done> {
    let name = table_name(session, table)?;
    // What files a table needs is told by its features too.
    let object = write::own_files(session, &name)?;
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    write::check_writable(&version, &name)?;
    let hours = hours.unwrap_or(HOURS);
    if hours < HOURS {
        session.principal().require(Office::System, "remove files that are younger than a week")?;
    }
    let retention = i64::try_from(hours).ok().and_then(Duration::try_hours).ok_or_else(|| {
        Error::new(Code::SYNTAX, format!("{hours} hours is too long")).with_hint("keep at most some years")
    })?;
    let engine = session.engine();
    let changing = engine.compaction().exclude(&name).await;
    let log = engine.lake().log(&object.definition)?;
    let provenance = write::provenance(session, &engine.id()?);
    let text = name.to_string();
    let directory = engine.lake().directory(&object.definition);
    let limit = UNIX_EPOCH + std::time::Duration::from_millis(engine.now_ms().unsigned_abs());
    let limit = limit.checked_sub(std::time::Duration::from_secs(hours.saturating_mul(3600)));
    let removed = write::to_the_end(async move {
        let _changing = changing;
        let told = |e| of_delta(e, &text);
        let mut newest = DeltaTable::new(log);
        newest.load().await.map_err(told)?;
        let vacuum = newest
            .vacuum()
            .with_mode(VacuumMode::Full)
            .with_retention_period(retention)
            .with_enforce_retention_duration(false)
            .with_commit_properties(CommitProperties::default().with_metadata(metadata(&provenance)));
        let (_, metrics) = vacuum.await.map_err(told)?;
        let unfinished = match (directory, limit) {
            (Some(directory), Some(limit)) => remove_unfinished(directory, limit, &text).await?,
            _ => 0,
        };
        Ok(metrics.files_deleted.len() + unfinished)
    })
    .await?;
    tracing::info!(table = %name, removed, "files removed");
    Ok(Done { command: "VACUUM", rows: None })
}

async fn remove_unfinished(directory: PathBuf, limit: SystemTime, table: &str) -> Result<usize> {
    let removed = tokio::task::spawn_blocking(move || unfinished::remove(&directory, limit)).await;
    let removed = removed.map_err(|e| Error::new(Code::INTERNAL, "VACUUM broke").caused_by(e))?;
    removed.map_err(|e| {
        Error::new(Code::STORE_UNAVAILABLE, format!("unfinished files of `{table}` could not be removed: {e}"))
            .caused_by(e)
    })
}
