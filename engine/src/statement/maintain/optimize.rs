//! `OPTIMIZE t`: many small files become few large ones. Rows stay as they are.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::TableReference;
use datafusion::logical_expr::{cast, col};
use deltalake_core::protocol::DeltaOperation;
use huitong_catalog::Result;

use super::super::replace::{self, Change, Target};
use super::super::{table_name, write};
use super::rewrite::rewrite;
use crate::session::{Done, Session, StatementContext};
use crate::tables::version::TableVersion;
use crate::write::node::Layout;

/// Name of the column that numbers the new files.
const BIN: &str = "__huitong_bin";

/// Rewrites small files, in one commit that changes no row. Readers are not disturbed; if a writer comes in between it is
/// done again.
pub async fn run(session: &Session, table: &TableReference) -> Result<Done> {
    let name = table_name(session, table)?;
    replace::repeat("OPTIMIZE", session, || async {
        let context = session.upkeep_context()?;
        let target = Target::newest(session, &name, table).await?;
        let files = small(target.version(), large(target.version()));
        let change = compact(session, &context, target, files).await?;
        Ok((change, write::provenance(session, &context.id)))
    })
    .await
}

/// Files of this size are left alone: three quarters of what the table's files are to have.
pub fn large(version: &TableVersion) -> u64 {
    write::file_bytes_target(version) / 4 * 3
}

/// What the history says of it.
pub fn operation(version: &TableVersion) -> DeltaOperation {
    let target_size = i64::try_from(write::file_bytes_target(version)).unwrap_or(i64::MAX);
    DeltaOperation::Optimize { predicate: None, target_size }
}

/// Writes some files anew, those of a partition together.
pub async fn compact(
    session: &Session,
    context: &StatementContext,
    target: Target,
    files: BTreeMap<usize, u64>,
) -> Result<Change> {
    let version = target.version().clone();
    let operation = operation(&version);
    if files.is_empty() {
        return Ok(Change { target, touched: files, added: Default::default(), rows: 0, operation });
    }
    let file_bytes = write::file_bytes_target(&version);
    let bytes: u64 = files.keys().map(|number| version.files[*number].size_bytes).sum();
    let (scan, columns, layout) = if bytes < file_bytes {
        (target.scan.clone(), Vec::new(), Some(Layout::default()))
    } else if version.partition_columns.is_empty() {
        (target.scan.clone(), Vec::new(), None)
    } else {
        // Without it, each part of the plan would write a file for each partition of the table.
        let layout = Layout { file: Some(BIN.to_owned()), order: Vec::new() };
        let column = cast(col(BIN), DataType::Int64).alias(BIN);
        (target.scan.labelled(BIN, bins(&version, &files, file_bytes)), vec![column], Some(layout))
    };
    let added = rewrite(session, context, &target, scan, &files, columns, layout).await?;
    Ok(Change { target, touched: files, added, rows: 0, operation })
}

/// Small files of partitions that have more than one of them, with their rows. One of which the log does not say how many rows it
/// has is left alone: nobody could check that none was lost.
pub fn small(version: &TableVersion, bytes_max: u64) -> BTreeMap<usize, u64> {
    let is_small = |number: &usize| version.files[*number].size_bytes < bytes_max;
    let known = (0..version.files.len()).filter(is_small).filter(|number| version.files[*number].rows().is_some());
    let several = by_partition(version, known).into_values().filter(|files| files.len() > 1).flatten();
    several.map(|number| (number, version.files[number].rows().unwrap_or_default())).collect()
}

/// Files by the partition of the table that they are in.
pub fn by_partition(
    version: &TableVersion,
    files: impl IntoIterator<Item = usize>,
) -> BTreeMap<Vec<Option<String>>, Vec<usize>> {
    let mut partitions: BTreeMap<Vec<_>, Vec<usize>> = BTreeMap::new();
    for number in files {
        let values = &version.files[number].log_partition_values;
        let values = version.partition_columns.iter().map(|column| values.get(column).cloned().flatten());
        partitions.entry(values.collect()).or_default().push(number);
    }
    partitions
}

/// For each file the number of the new file that takes its rows; one takes as many as make up its size.
fn bins(version: &TableVersion, files: &BTreeMap<usize, u64>, file_bytes: u64) -> Vec<u32> {
    let mut bins = vec![0; version.files.len()];
    let mut bin = 0;
    for files in by_partition(version, files.keys().copied()).into_values() {
        let mut filled = 0;
        for number in files {
            let size = version.files[number].size_bytes;
            if filled > 0 && filled + size > file_bytes {
                bin += 1;
                filled = 0;
            }
            bins[number] = bin;
            filled += size;
        }
        bin += 1;
    }
    bins
}
