//! One Delta commit for the files of one statement.

use std::collections::HashMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, UInt64Type};
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, Add, EagerSnapshot, StructType};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use object_store::path::Path;
use serde_json::json;

/// Who and what a commit is for; kept in the commit itself.
#[derive(Debug, Clone)]
pub struct Provenance {
    pub query_id: String,
    pub user: String,
}

/// The files that a write named.
#[derive(Debug, Default)]
pub struct Files {
    adds: Vec<Add>,
    pub rows: u64,
}

impl Files {
    /// Reads the answer of a write; `root` is the table's path in the store, `now_ms` the commit's time.
    pub fn read(batches: &[RecordBatch], root: &Path, now_ms: i64) -> Self {
        let mut files = Self::default();
        for batch in batches {
            let (paths, stats) = (batch.column(0).as_string::<i32>(), batch.column(3).as_string::<i32>());
            let (sizes, rows) =
                (batch.column(1).as_primitive::<UInt64Type>(), batch.column(2).as_primitive::<UInt64Type>());
            for index in 0..batch.num_rows() {
                files.rows += rows.value(index);
                files.adds.push(Add {
                    path: relative(paths.value(index), root),
                    size: i64::try_from(sizes.value(index)).unwrap_or(i64::MAX),
                    modification_time: now_ms,
                    data_change: true,
                    stats: Some(stats.value(index).to_owned()),
                    ..Add::default()
                });
            }
        }
        files
    }

    fn actions(self) -> Vec<Action> {
        self.adds.into_iter().map(Action::Add).collect()
    }
}

/// Appends files to a table. A commit by another writer in between is stepped over: appends do not conflict.
pub async fn append(
    snapshot: &EagerSnapshot,
    log: LogStoreRef,
    files: Files,
    provenance: &Provenance,
) -> Result<u64, DeltaTableError> {
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
    let commit = CommitBuilder::default()
        .with_actions(files.actions())
        .with_app_metadata(metadata(provenance))
        .build(Some(snapshot), log, operation)
        .await?;
    Ok(commit.version())
}

/// Makes a table with its first files, in one commit.
pub async fn create(
    log: LogStoreRef,
    name: &str,
    schema: SchemaRef,
    files: Files,
    provenance: &Provenance,
) -> Result<(), DeltaTableError> {
    let columns: StructType = schema.as_ref().try_into_kernel()?;
    CreateBuilder::new()
        .with_log_store(log)
        .with_table_name(name)
        .with_columns(columns.fields().cloned())
        .with_actions(files.actions())
        .with_commit_properties(CommitProperties::default().with_metadata(metadata(provenance)))
        .await?;
    Ok(())
}

fn metadata(provenance: &Provenance) -> HashMap<String, serde_json::Value> {
    HashMap::from([
        ("huitong.query".to_owned(), json!(provenance.query_id)),
        ("huitong.user".to_owned(), json!(provenance.user)),
    ])
}

fn relative(path: &str, root: &Path) -> String {
    path.strip_prefix(root.as_ref()).map_or(path, |rest| rest.trim_start_matches('/')).to_owned()
}
