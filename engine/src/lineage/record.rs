use datafusion::logical_expr::LogicalPlan;
use huitong_catalog::Result;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{LineageKind, LineageRow};

use super::found::Found;
use super::graph::Place;
use crate::planning::Target;
use crate::session::{Session, StatementContext};

/// What a planned statement makes of what. `again` plans it once more, with views closed.
pub(crate) async fn of_plan<F>(
    context: &StatementContext,
    plan: &LogicalPlan,
    again: impl FnOnce(StatementContext) -> F,
) -> Found
where
    F: Future<Output = Result<LogicalPlan>>,
{
    let below = Found::of_inputs(plan, &context.catalog.opened().await);
    if below.is_empty() {
        return below;
    }
    let closed = context.closed();
    match again(closed.clone()).await {
        Ok(plan) => Found::read(&closed.state(Target::Local), &plan, closed.catalog.opened().await).await,
        // What is below the views is known.
        Err(error) => {
            tracing::debug!(%error, "the lineage of a statement is not resolved");
            below
        }
    }
}

/// What to keep of it. A table that is written holds what was there at that moment, so it keeps what its sources come from, too, as far as no
/// contract says what they are; a view is planned anew whenever it is read.
pub(crate) fn rows(
    session: &Session,
    context: &StatementContext,
    target: &TableName,
    found: &Found,
    is_table: bool,
) -> Vec<LineageRow> {
    let access = context.catalog.access();
    let has_contract = |table: &TableName| access.contracts().snapshot.dataset(table).is_some();
    let (written_at, written_by) = (session.engine().clock().now(), session.principal().name.clone());
    let row = |column: &str, source: &Place, kind: LineageKind| LineageRow {
        target: target.clone(),
        target_column: column.to_owned(),
        source: source.table.clone(),
        source_column: source.column.clone(),
        kind,
        query_id: context.id.clone(),
        written_at,
        written_by: written_by.clone(),
    };
    let mut all = Vec::new();
    for (column, sources) in &found.0 {
        let is_itself = |source: &Place| source.table == *target && (source.is_rows() || source.column == *column);
        let direct = sources.iter().filter(|(source, _)| !is_itself(source));
        all.extend(direct.map(|(source, kind)| row(column, source, *kind)));
        if is_table {
            let before = access.lineage().origins(sources.keys().cloned(), has_contract);
            let before = before.iter().filter(|source| !sources.contains_key(source) && !is_itself(source));
            all.extend(before.map(|source| row(column, source, LineageKind::Inherited)));
        }
    }
    all
}

/// Says what a statement is about to add to a table or to change in it; before its commit, so that nothing is there whose sources are not
/// known. What is known already is not written again.
pub(crate) async fn extend(session: &Session, mut rows: Vec<LineageRow>) -> Result<()> {
    let engine = session.engine();
    rows.retain(|row| !engine.lineage().knows(row));
    if rows.is_empty() {
        return Ok(());
    }
    let guard = engine.change_names().await;
    engine.state().extend_lineage(&rows).await?;
    engine.reload_lineage().await?;
    drop(guard);
    Ok(())
}
