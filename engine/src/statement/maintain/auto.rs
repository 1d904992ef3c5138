//! The compaction that nobody asks for: the same as `OPTIMIZE`, of the smallest files only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::TableReference;
use huitong_catalog::Result;
use huitong_catalog::identity::Principal;
use huitong_catalog::names::TableName;

use super::super::replace::{self, Target};
use super::super::write;
use super::optimize::{by_partition, compact, small};
use crate::compaction::Outcome;
use crate::engine::Engine;
use crate::session::{Door, Session};
use crate::tables::version::TableVersion;
use crate::write::commit::Committed;

/// Bytes that are rewritten at a time.
const BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Longer than that it would be in the way of something.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Puts a table's small files together, once, if there are many. Its caller has begun to look at the table; when another change
/// comes in between, nothing is committed.
pub async fn run(engine: &Arc<Engine>, name: &TableName) -> Result<Outcome> {
    let session = engine.session(Principal::compaction(), Door::Compaction);
    session.change_settings(|settings| settings.statement_timeout = Some(TIMEOUT));
    // The time counts from here.
    let session = session.timed();
    let Some(object) = session.names().object(name).cloned() else { return Ok(Outcome::Nothing) };
    let outcome = attempt(&session, name).await;
    let is_gone = session.names().object(name).is_none_or(|now| now.definition != object.definition);
    match outcome {
        // The directory of a table that was dropped is not ours to remove: it may be kept, and come back.
        Err(_) | Ok(Outcome::GaveWay) if is_gone => Ok(Outcome::Nothing),
        outcome => outcome,
    }
}

async fn attempt(session: &Session, name: &TableName) -> Result<Outcome> {
    let engine = session.engine();
    let context = session.statement_context()?;
    let reference = TableReference::partial(name.schema(), name.table());
    let target = Target::newest(session, name, &reference).await?;
    let files = match engine.compaction().after_files(target.version()) {
        Some(after) => crowd(target.version(), after),
        None => BTreeMap::new(),
    };
    if files.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let location = target.object.definition.clone();
    let change = compact(session, &context, target, files).await?;
    let (files, written) = (change.touched.len(), change.added.paths().map(str::to_owned).collect::<Vec<_>>());
    let Some(committing) = engine.compaction().may_commit(name).await else {
        engine.lake().remove_files(&location, &written).await;
        return Ok(Outcome::GaveWay);
    };
    let (session, provenance) = (session.clone(), write::provenance(session, &context.id));
    let committed = write::to_the_end(async move {
        let _committing = committing;
        replace::commit(&session, change, provenance).await
    });
    Ok(match committed.await? {
        Committed::As(_) => Outcome::Compacted { files, into: written.len() },
        Committed::Overtaken => Outcome::GaveWay,
    })
}

/// The small files of partitions that have at least `after` of them: those below a quarter of what files are to have.
fn crowd(version: &TableVersion, after: usize) -> BTreeMap<usize, u64> {
    let small = small(version, write::file_bytes_target(version) / 4);
    let mut bytes = 0;
    let mut chosen = BTreeMap::new();
    for mut files in by_partition(version, small.keys().copied()).into_values() {
        if files.len() < after.max(2) {
            continue;
        }
        files.sort_by_key(|number| version.files[*number].size_bytes);
        for number in files {
            bytes += version.files[number].size_bytes;
            if bytes > BYTES_MAX {
                return chosen;
            }
            chosen.insert(number, small[&number]);
        }
    }
    chosen
}
