//! Files of a table, written anew with the same rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use huitong_catalog::Result;

use super::super::replace::{self, Target, check_rows};
use super::super::write::{self, Columns};
use crate::error::of_datafusion;
use crate::session::{Session, StatementContext};
use crate::tables::scan::TableScan;
use crate::write::commit::Files;
use crate::write::node::Layout;

/// Writes the rows of `files`, read by `scan`, laid out by `columns`, which come behind the table's own. No row may be lost.
pub async fn rewrite(
    session: &Session,
    context: &StatementContext,
    target: &Target,
    scan: TableScan,
    files: &BTreeMap<usize, u64>,
    columns: Vec<Expr>,
    layout: Option<Layout>,
) -> Result<Files> {
    let numbers = replace::numbers(files);
    let source = provider_as_source(Arc::new(scan.only(numbers.clone())));
    let stored = target.version().schema.fields().iter();
    let stored = stored.map(|field| Expr::Column(Column::from_name(field.name())).alias(field.name()));
    let rows = LogicalPlanBuilder::scan("rows", source, None)
        .and_then(|rows| rows.project(stored.chain(columns).collect::<Vec<_>>()))
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let to = Columns { layout, ..Columns::of(target.version()) };
    let written = write::write(session, context.clone(), rows, &target.object.definition, &target.name, to).await?;
    let written = written.rearranged();
    check_rows(target.rows(numbers), written.rows, &target.name)?;
    Ok(written)
}
