//! `CHECK TABLE t`: whether the rows that are there keep what the table declares. Constraints are looked at when rows are written;
//! a key is not, since that would mean reading the table at each write; and neither are the checks of a contract, which may be about
//! other tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::common::TableReference;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use huitong_catalog::Result;
use huitong_catalog::contracts::{Dataset, Snapshot};
use huitong_catalog::names::TableName;
use huitong_catalog::state::{CheckResult, ObjectRow};

use super::super::alter::violations;
use super::super::query::Planned;
use super::super::replace::count_rows;
use super::super::{table_name, write};
use crate::contracts::asked;
use crate::contracts::plan::working;
use crate::error::of_datafusion;
use crate::guard::access::Right;
use crate::planning::Target;
use crate::session::Session;
use crate::spelled::quoted;
use crate::write::checks::Check;

/// One line of the answer.
struct Finding {
    kind: &'static str,
    name: String,
    definition: String,
    /// Rows that do not keep it; of a key, those beyond the first of each value. None if it could not be asked, or may not be told.
    violations: Option<u64>,
}

/// Reads the table once for each thing that it declares, and plans the list of what was found.
pub async fn plan(session: &Session, table: &TableReference) -> Result<Planned> {
    let name = table_name(session, table)?;
    let object = checkable(session, &name)?;
    let contract = session.access().contracts().clone();
    let contract = contract.snapshot.dataset(&name).map(|dataset| (&contract.snapshot, dataset));
    // Of rows that not everybody sees come numbers.
    let asking = if contract.is_some() { working(session) } else { session.clone() };
    // What is fresh is a question of the asker's zone.
    let zone = session.settings().time_zone;
    asking.change_settings(|settings| settings.time_zone = zone);
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    let mut findings = Vec::new();
    for field in version.schema.fields().iter().filter(|field| !field.is_nullable()) {
        let check = Check { name: field.name().clone(), condition: format!("{} IS NOT NULL", quoted(field.name())) };
        findings.push(finding(&asking, &name, "not null", &check).await?);
    }
    for check in version.checks() {
        findings.push(finding(&asking, &name, "check", &check).await?);
    }
    let key = version.key();
    if !key.is_empty() {
        let violations = doubled(&asking, &name, &key).await?;
        findings.push(Finding {
            kind: "primary key",
            name: "primary key".into(),
            definition: key.join(", "),
            violations: Some(violations),
        });
    }
    if let Some((snapshot, dataset)) = contract {
        findings.extend(of_contract(session, &asking, &object, snapshot, dataset).await?);
    }
    answer(session, &findings)
}

/// The table, for whoever manages it or sees all of its rows.
fn checkable(session: &Session, name: &TableName) -> Result<ObjectRow> {
    let names = session.names();
    match names.object(name) {
        Some(object) if matches!(session.access().right(object), Right::Whole) => write::lake_table(&names, name),
        _ => write::own_table(session, name),
    }
}

/// What the rows answer to the checks of the contract, which is kept for `huitong.checks`.
async fn of_contract(
    session: &Session,
    asking: &Session,
    object: &ObjectRow,
    snapshot: &Snapshot,
    dataset: &Dataset,
) -> Result<Vec<Finding>> {
    let (mut results, mut findings) = (Vec::new(), Vec::new());
    let access = session.access();
    for (check, counted) in asked::violations(asking, snapshot, dataset).await {
        let violations = match counted {
            Ok(violations) => Some(violations),
            // What was found before stays as it is.
            Err(error) if !asked::is_of_check(&error) => return Err(error),
            Err(error) => {
                tracing::warn!(table = %dataset.name, check = check.name, code = %error.code, "a check cannot be asked");
                None
            }
        };
        findings.push(Finding {
            kind: check.rule.kind(),
            name: check.name.clone(),
            definition: check.rule.to_string(),
            violations: violations
                .filter(|_| asked::may_know(&access, &check))
                .and_then(|found| u64::try_from(found).ok()),
        });
        results.push(CheckResult {
            location: object.definition.clone(),
            name: check.name,
            checked_at: session.engine().clock().now(),
            checked_by: session.principal().name.clone(),
            violations,
        });
    }
    session.engine().state().replace_check_results(&object.definition, &results).await?;
    Ok(findings)
}

async fn finding(session: &Session, name: &TableName, kind: &'static str, check: &Check) -> Result<Finding> {
    let violations = Some(violations(session, name, check).await?);
    Ok(Finding { kind, name: check.name.clone(), definition: check.condition.clone(), violations })
}

/// Rows whose key another row has already.
async fn doubled(session: &Session, name: &TableName, key: &[String]) -> Result<u64> {
    let context = session.statement_context()?;
    let table = context.context(Target::Local).table(TableReference::partial(name.schema(), name.table())).await;
    let table = table.map_err(|e| context.explain(e))?.into_unoptimized_plan();
    let rows = count_rows(session, &context, table.clone()).await?;
    let columns: Vec<Expr> =
        key.iter().map(|column| Expr::Column(datafusion::common::Column::from_name(column))).collect();
    let distinct = LogicalPlanBuilder::from(table)
        .aggregate(columns, Vec::<Expr>::new())
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    Ok(rows.saturating_sub(count_rows(session, &context, distinct).await?))
}

fn answer(session: &Session, findings: &[Finding]) -> Result<Planned> {
    let text = |value: fn(&Finding) -> &str| -> ArrayRef {
        Arc::new(findings.iter().map(|finding| Some(value(finding))).collect::<StringArray>())
    };
    let shown = |found: u64| i64::try_from(found).unwrap_or(i64::MAX);
    let violations: Int64Array = findings.iter().map(|finding| finding.violations.map(shown)).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("kind", text(|finding| finding.kind)),
        ("name", text(|finding| &finding.name)),
        ("definition", text(|finding| &finding.definition)),
        ("violations", Arc::new(violations)),
    ];
    let rows = RecordBatch::try_from_iter(columns).map_err(|e| of_datafusion(e.into()))?;
    Planned::of_rows(session, rows)
}
