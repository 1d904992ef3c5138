//! `COPY (query) TO 'path'`.

use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;
use huitong_catalog::{Code, Error, Result};

use super::Parsed;
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::session::{Done, Session};
use crate::tables::external;

/// Writes a query's rows into a file below an allowed root of the coordinator; administrators only.
pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    session.principal().require_admin("copy rows into the server's files")?;
    let context = session.statement_context()?;
    let LogicalPlan::Copy(copy) = context.plan(parsed).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of COPY is not supported")
            .with_hint("write `COPY (query) TO 'path'`"));
    };
    let path = external::local_path(&copy.output_url);
    let file = std::path::Path::new(&path);
    let engine = session.engine();
    // The lake is a root too, but what lies there belongs to tables.
    if !file.is_absolute() || !engine.stores().allows(file) || engine.lake().holds(file) {
        return Err(external::not_allowed(&copy.output_url));
    }
    let told = of_datafusion;
    let session_context = context.context(Target::Local);
    let plan = session_context.state().create_physical_plan(&LogicalPlan::Copy(copy)).await.map_err(told)?;
    let stream = datafusion::physical_plan::execute_stream(plan, session_context.task_ctx()).map_err(told)?;
    let batches: Vec<_> = stream.try_collect().await.map_err(told)?;
    let count = batches.first().and_then(|batch| {
        let column = batch.column(0);
        let counts = column.as_any().downcast_ref::<arrow::array::UInt64Array>()?;
        (!counts.is_empty()).then(|| counts.value(0))
    });
    Ok(Done { command: "COPY", rows: count })
}
