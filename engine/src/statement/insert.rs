//! `INSERT INTO … SELECT | VALUES`.

use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{LogicalPlan, WriteOp};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Insert, Statement as Sql};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use super::write::Columns;
use super::{Parsed, columns, table_name, write};
use crate::lineage;
use crate::session::{Done, Session, StatementContext};

/// Adds rows with one commit. The planner has already put the columns in the table's order and cast them.
pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    let listed = listed(parsed)?;
    let context = session.statement_context()?;
    let planned = plan(&context, parsed).await;
    let planned = planned.map_err(|e| name_column(e, &listed))?;
    let found = lineage::of_plan(&context, &planned, async |closed| plan(&closed, parsed).await).await;
    let LogicalPlan::Dml(dml) = planned else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of INSERT is not supported"));
    };
    if dml.op != WriteOp::Insert(InsertOp::Append) {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "only INSERT INTO is supported")
            .with_hint("leave OVERWRITE or REPLACE out"));
    }
    let name = table_name(session, &dml.table_name)?;
    let (object, version) = write::target_of_rows(session, &name).await?;
    let provenance = write::provenance(session, &context.id);
    let sources = lineage::rows(session, &context, &name, &found, true);
    let input = write::cast(dml.input.as_ref().clone(), &version.schema)?;
    let written = write::write(session, context, input, &object.definition, &name, Columns::of(&version)).await;
    let files = written.map_err(|error| match listed.is_empty() {
        true => name_column(error, &version.schema.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>()),
        false => name_column(error, &listed),
    })?;
    let rows = files.rows;
    lineage::extend(session, sources).await?;
    write::append(session, (&object, &version), files, provenance).await?;
    Ok(Done { command: "INSERT", rows: Some(rows) })
}

/// Columns of the rows are known by their places: where they repeat a name, they get names of their own.
async fn plan(context: &StatementContext, parsed: &Parsed) -> Result<LogicalPlan> {
    match context.plan(parsed).await {
        Err(error) if columns::may_repeat(&error) => {
            let mut parsed = parsed.clone();
            let Statement::Statement(sql) = &mut parsed.statement else { return Err(error) };
            let Sql::Insert(Insert { source: Some(rows), .. }) = sql.as_mut() else { return Err(error) };
            match columns::spread(context, rows).await {
                Ok(true) => context.plan(&parsed).await,
                _ => Err(error),
            }
        }
        planned => planned,
    }
}

/// The columns that the statement lists, if it does; refuses clauses that the planner would leave out.
fn listed(parsed: &Parsed) -> Result<Vec<String>> {
    let Statement::Statement(sql) = &parsed.statement else { return Ok(Vec::new()) };
    let Sql::Insert(insert) = sql.as_ref() else { return Ok(Vec::new()) };
    let clauses = [(insert.returning.is_some(), "RETURNING"), (insert.on.is_some(), "ON CONFLICT")];
    match clauses.iter().find(|(present, _)| *present) {
        Some((_, clause)) => {
            Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("INSERT with {clause} is not supported"))
                .with_hint("MERGE INTO inserts or updates by a condition"))
        }
        None => Ok(insert.columns.iter().filter_map(|name| Some(fold(name.0.last()?.as_ident()?))).collect()),
    }
}

/// In a list of values the planner calls columns `column1`, `column2`, …; the table's own name says more.
fn name_column(mut error: Error, columns: &[String]) -> Error {
    let text = error.message.to_lowercase();
    let found = (1..=columns.len()).rev().find(|number| text.contains(&format!("'column{number}'")));
    if let Some(name) = found.and_then(|number| columns.get(number - 1))
        && text.contains("non-nullable")
    {
        error.code = Code::CONSTRAINT_VIOLATED;
        error.message = format!("column `{name}` must not be null");
        error.hint = Some("leave such rows out, or declare the column without NOT NULL".to_owned());
    }
    error
}
