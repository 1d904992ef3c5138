//! `OPTIMIZE t`: many small files become few large ones. Rows stay as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlanBuilder, Partitioning};
use deltalake_core::protocol::DeltaOperation;
use huitong_catalog::Result;

use super::super::replace::{self, Change, Target, check_rows};
use super::super::{table_name, write};
use crate::error::of_datafusion;
use crate::session::{Done, Session, StatementContext};
use crate::tables::scan::TableScan;
use crate::tables::version::TableVersion;

/// Files of at least three quarters of the size that writes aim at are left alone.
const LARGE: u64 = write::FILE_BYTES_TARGET / 4 * 3;

/// Rewrites small files, in one commit that changes no row. Readers are not disturbed; if a writer comes in between it is
/// done again.
pub async fn run(session: &Session, table: &TableReference) -> Result<Done> {
    let name = table_name(session, table)?;
    replace::repeat("OPTIMIZE", session, || async {
        let context = session.statement_context()?;
        let (object, version) = write::target(session, &name).await?;
        let scan = TableScan::new(version.clone(), session.engine().lake().store_url());
        let target = Target { name: name.clone(), object, scan, reference: table.clone() };
        let change = compact(session, &context, target, &version).await?;
        Ok((change, write::provenance(session, &context.id)))
    })
    .await
}

async fn compact(
    session: &Session,
    context: &StatementContext,
    target: Target,
    version: &TableVersion,
) -> Result<Change> {
    let target_size = i64::try_from(write::FILE_BYTES_TARGET).unwrap_or(i64::MAX);
    let operation = DeltaOperation::Optimize { predicate: None, target_size };
    let small = small(version);
    if small.is_empty() {
        return Ok(Change { target, touched: BTreeMap::new(), added: Default::default(), rows: 0, operation });
    }
    let numbers = replace::numbers(&small);
    let bytes: u64 = numbers.iter().map(|number| version.files[*number].size_bytes).sum();
    let scan = target.scan.only(numbers.clone());
    let rows = LogicalPlanBuilder::scan("small", provider_as_source(Arc::new(scan)), None).map_err(of_datafusion)?;
    // Each part of a plan writes its own files, so what fits into one file is read by one part.
    let rows = match bytes < write::FILE_BYTES_TARGET {
        true => rows.repartition(Partitioning::RoundRobinBatch(1)).map_err(of_datafusion)?,
        false => rows,
    };
    let added = target.write(session, context, rows.build().map_err(of_datafusion)?).await?.rearranged();
    check_rows(target.rows(numbers), added.rows, &target.name)?;
    Ok(Change { target, touched: small, added, rows: 0, operation })
}

/// Small files of partitions that have more than one of them, with their rows. One of which the log does not say how many rows it
/// has is left alone: nobody could check that none was lost.
fn small(version: &TableVersion) -> BTreeMap<usize, u64> {
    let mut partitions: BTreeMap<Vec<_>, Vec<usize>> = BTreeMap::new();
    for (number, file) in
        version.files.iter().enumerate().filter(|(_, file)| file.size_bytes < LARGE && file.rows().is_some())
    {
        let values =
            version.partition_columns.iter().map(|column| file.log_partition_values.get(column).cloned().flatten());
        partitions.entry(values.collect()).or_default().push(number);
    }
    let several = partitions.into_values().filter(|files| files.len() > 1).flatten();
    several.map(|number| (number, version.files[number].rows().unwrap_or_default())).collect()
}
