//! `EXPLAIN`: the plan, and for administrators where it would run and why.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;
use huitong_catalog::identity::Office;
use huitong_catalog::{Code, Error, Result};

use super::Parsed;
use super::query::{self, Planned};
use crate::backend::choose::Choice;
use crate::error::of_datafusion;
use crate::guard::governed;
use crate::planning::Target;
use crate::session::{Session, StatementContext};

/// Plans an `EXPLAIN`. It always runs here: the plan is text, and no executor is needed to print it.
pub async fn plan(session: &Session, parsed: Parsed) -> Result<Planned> {
    require_query(&parsed.statement)?;
    let context = session.statement_context()?;
    let plan = context.plan(&parsed).await?;
    if matches!(plan, LogicalPlan::Analyze(_)) {
        session.principal().require(Office::System, "see how a query ran, file by file")?;
        refuse_governed(&plan)?;
    }
    let choice = Choice::local("EXPLAIN prints in this process");
    let plan = match &plan {
        LogicalPlan::Explain(explain) => {
            let chosen = query::choice(session, &context, &explain.plan).await?;
            lines(&context, &explain.plan, &chosen, session.principal().holds(Office::System))?
        }
        _ => plan,
    };
    Ok(Planned::new(plan, context, choice))
}

/// What is counted below a barrier is about rows that whoever asks does not see.
fn refuse_governed(plan: &LogicalPlan) -> Result<()> {
    let mut found = None;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && source_as_provider(&scan.source).is_ok_and(|table| governed::downcast(&table).is_some())
        {
            found = Some(scan.table_name.to_string());
        }
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(of_datafusion)?;
    match found {
        None => Ok(()),
        Some(table) => Err(Error::new(Code::PERMISSION_DENIED, format!("how a query ran on `{table}` is not told"))
            .with_hint("you see a part of the table, and its counts are about all of it")),
    }
}

/// `EXPLAIN ANALYZE` runs what it explains, past every check of the statement's own kind; so only queries are explained.
fn require_query(statement: &Statement) -> Result<()> {
    let inner = match statement {
        Statement::Explain(explain) => match explain.statement.as_ref() {
            Statement::Statement(sql) => Some(sql.as_ref()),
            _ => None,
        },
        Statement::Statement(sql) => match sql.as_ref() {
            Sql::Explain { statement, .. } => Some(statement.as_ref()),
            _ => None,
        },
        _ => None,
    };
    match inner {
        Some(Sql::Query(_)) => Ok(()),
        _ => Err(Error::new(Code::UNSUPPORTED_STATEMENT, "only queries can be explained")),
    }
}

/// The optimised logical plan, a row for each line; for administrators after a row that names the back end. The physical
/// plan names files of the server and stays inside.
fn lines(context: &StatementContext, plan: &LogicalPlan, chosen: &Choice, admin: bool) -> Result<LogicalPlan> {
    let told = of_datafusion;
    let target = if chosen.staged { Target::Staged } else { Target::Local };
    let name = if chosen.staged { "staged" } else { "local" };
    let logical = context.state(target).optimize(plan).map_err(told)?;
    let text = logical.display_indent().to_string();
    let plan = text.lines().map(|line| vec![lit("logical_plan"), lit(line)]);
    let backend = admin.then(|| vec![lit("backend"), lit(format!("{name}: {}", chosen.reason))]);
    let rows = backend.into_iter().chain(plan).collect();
    LogicalPlanBuilder::values(rows)
        .and_then(|rows| {
            let columns = rows.schema().columns();
            let names = ["plan_type", "plan"];
            let named = columns
                .into_iter()
                .zip(names)
                .map(|(column, name)| datafusion::logical_expr::Expr::Column(column).alias(name));
            rows.project(named.collect::<Vec<_>>())
        })
        .and_then(LogicalPlanBuilder::build)
        .map_err(told)
}
