//! `CHECK TABLE t`: whether the rows that are there keep what the table declares. Constraints are looked at when rows are written;
//! a key is not, since that would mean reading the table at each write.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::common::TableReference;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use huitong_catalog::Result;
use huitong_catalog::names::TableName;

use super::super::alter::violations;
use super::super::query::Planned;
use super::super::replace::count_rows;
use super::super::{table_name, write};
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::session::Session;
use crate::write::checks::Check;

/// One line of the answer.
struct Finding {
    kind: &'static str,
    name: String,
    definition: String,
    /// Rows that do not keep it; of a key, those beyond the first of each value.
    violations: u64,
}

/// Reads the table once for each thing that it declares, and plans the list of what was found.
pub async fn plan(session: &Session, table: &TableReference) -> Result<Planned> {
    let name = table_name(session, table)?;
    let object = write::own_table(session, &name)?;
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    let mut findings = Vec::new();
    for field in version.schema.fields().iter().filter(|field| !field.is_nullable()) {
        let check = Check { name: field.name().clone(), condition: format!("{} IS NOT NULL", quoted(field.name())) };
        findings.push(finding(session, &name, "not null", &check).await?);
    }
    for check in version.checks() {
        findings.push(finding(session, &name, "check", &check).await?);
    }
    let key = version.key();
    if !key.is_empty() {
        let violations = doubled(session, &name, &key).await?;
        findings.push(Finding {
            kind: "primary key",
            name: "primary key".into(),
            definition: key.join(", "),
            violations,
        });
    }
    answer(session, &findings)
}

async fn finding(session: &Session, name: &TableName, kind: &'static str, check: &Check) -> Result<Finding> {
    let violations = violations(session, name, check).await?;
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
    let violations: Int64Array = findings.iter().map(|f| i64::try_from(f.violations).unwrap_or(i64::MAX)).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("kind", text(|finding| finding.kind)),
        ("name", text(|finding| &finding.name)),
        ("definition", text(|finding| &finding.definition)),
        ("violations", Arc::new(violations)),
    ];
    let rows = RecordBatch::try_from_iter(columns).map_err(|e| of_datafusion(e.into()))?;
    Planned::of_rows(session, rows)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
