//! `DESCRIBE HISTORY t`: a table's commits, newest first.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array};
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use huitong_catalog::Result;

use super::super::query::Planned;
use super::super::{table_name, write};
use crate::error::{of_datafusion, of_delta};
use crate::session::Session;
use crate::tables::history::{Commit, commits};

/// Commits that are told when no limit is given.
const COMMITS: u64 = 1000;

/// Plans the list.
pub async fn plan(session: &Session, table: &TableReference, limit: Option<u64>) -> Result<Planned> {
    let name = table_name(session, table)?;
    let object = write::own_files(session, &name)?;
    let lake = session.engine().lake();
    let newest = lake.newest(&object.definition, &name.to_string()).await?;
    let limit = usize::try_from(limit.unwrap_or(COMMITS)).unwrap_or(usize::MAX);
    let log = lake.log(&object.definition)?;
    let commits = commits(&log, newest.number, limit).await.map_err(|e| of_delta(e, &name.to_string()))?;
    Planned::of_rows(session, batch(&commits).map_err(of_datafusion)?)
}

fn batch(commits: &[Commit]) -> Result<RecordBatch, DataFusionError> {
    let text = |value: fn(&Commit) -> Option<&String>| -> ArrayRef {
        Arc::new(commits.iter().map(value).collect::<StringArray>())
    };
    let number = |value: fn(&Commit) -> u64| -> ArrayRef {
        Arc::new(commits.iter().map(|commit| Some(value(commit))).collect::<UInt64Array>())
    };
    let time = commits.iter().map(|commit| commit.time_ms).collect::<TimestampMillisecondArray>().with_timezone("UTC");
    let columns: [(&str, ArrayRef); 8] = [
        ("version", number(|commit| commit.version)),
        ("timestamp", Arc::new(time)),
        ("operation", text(|commit| commit.operation.as_ref())),
        ("parameters", text(|commit| commit.parameters.as_ref())),
        ("user", text(|commit| commit.user.as_ref())),
        ("query_id", text(|commit| commit.query_id.as_ref())),
        ("files_added", number(|commit| commit.files_added)),
        ("files_removed", number(|commit| commit.files_removed)),
    ];
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}
