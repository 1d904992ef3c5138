//! Checkpoints: who reads a table for the first time would otherwise read every commit since it was made.

use deltalake_core::kernel::Snapshot;
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::table::config::TablePropertiesExt;
use deltalake_core::{DeltaTable, DeltaTableError, checkpoints};

/// Whether a checkpoint is due is looked at after this many commits, since the table has to be asked.
const LOOK: u64 = 10;

/// Looks after the log once `version` is committed, in the background: the statement is done. A checkpoint that fails costs
/// time only; the next one makes up for it.
pub fn after(log: &LogStoreRef, version: u64) {
    if !(version + 1).is_multiple_of(LOOK) {
        return;
    }
    let log = log.clone();
    tokio::spawn(async move {
        let table = log.root_url().clone();
        match write(log, version).await {
            Ok(true) => tracing::debug!(%table, version, "a checkpoint was written"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%table, version, %error, "a checkpoint was not written"),
        }
    });
}

/// Writes a checkpoint if one is due (`delta.checkpointInterval`, 100 commits unless the table says otherwise), and removes
/// commits that are older than the table keeps (`delta.logRetentionDuration`, 30 days unless it says otherwise). False if none
/// was due.
async fn write(log: LogStoreRef, version: u64) -> Result<bool, DeltaTableError> {
    let snapshot = Snapshot::try_new(log.as_ref(), Some(version)).await?;
    if !is_due(version, snapshot.table_properties().checkpoint_interval().get()) {
        return Ok(false);
    }
    let mut table = DeltaTable::new(log);
    table.load_version(version).await?;
    checkpoints::create_checkpoint(&table, None).await?;
    if table.snapshot()?.table_config().enable_expired_log_cleanup() {
        checkpoints::cleanup_metadata(&table, None).await?;
    }
    Ok(true)
}

/// Whether a multiple of `interval` commits was reached since the last look.
fn is_due(version: u64, interval: u64) -> bool {
    let commits = version + 1;
    commits / interval > commits.saturating_sub(LOOK) / interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_interval_has_one_checkpoint_at_most_ten_commits_late() {
        let due = |interval: u64| (9..400).step_by(10).filter(move |version| is_due(*version, interval));
        assert_eq!(due(100).collect::<Vec<_>>(), [99, 199, 299, 399]);
        assert_eq!(due(150).collect::<Vec<_>>(), [149, 299]);
        assert_eq!(due(133).collect::<Vec<_>>(), [139, 269, 399]);
        assert_eq!(due(1).count(), 40);
    }
}
