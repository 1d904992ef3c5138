//! `INSERT INTO … SELECT | VALUES`.

use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{LogicalPlan, WriteOp};
use huitong_catalog::{Code, Error, Result};

use super::{Parsed, table_name, write};
use crate::error::of_delta;
use crate::session::{Done, Session};
use crate::write::commit;

/// Adds rows with one commit. The planner has already put the columns in the table's order and cast them.
pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    let context = session.statement_context()?;
    let LogicalPlan::Dml(dml) = context.plan(parsed).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of INSERT is not supported"));
    };
    if dml.op != WriteOp::Insert(InsertOp::Append) {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "only INSERT INTO is supported")
            .with_hint("leave OVERWRITE or REPLACE out"));
    }
    let name = table_name(session, &dml.table_name)?;
    let (object, version) = write::target(session, &name).await?;
    let provenance = write::provenance(session, &context.id);
    let input = write::cast(dml.input.as_ref().clone(), &version.schema)?;
    let files = write::write(session, context, input, &object.definition, &name, &version.schema).await?;
    let rows = files.rows;
    if rows > 0 {
        let engine = session.engine();
        let snapshot = engine.lake().for_commit(&object.definition, &name.to_string()).await?;
        let log = engine.lake().log(&object.definition)?;
        let table = name.to_string();
        write::to_the_end(async move {
            commit::append(&snapshot, log, files, &provenance).await.map_err(|e| of_delta(e, &table))
        })
        .await?;
    }
    Ok(Done { command: "INSERT", rows: Some(rows) })
}
