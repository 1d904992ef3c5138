//! `EXPLAIN`: the plan, and for administrators where it would run and why.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, lit};
use huitong_catalog::Result;

use super::Parsed;
use super::query::{self, Planned};
use crate::backend::choose::Choice;
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::session::{Session, StatementContext};

/// Plans an `EXPLAIN`. It always runs here: the plan is text, and no executor is needed to print it.
pub async fn plan(session: &Session, parsed: Parsed) -> Result<Planned> {
    let context = session.statement_context()?;
    let plan = context.plan(&parsed).await?;
    let choice = Choice { staged: false, reason: "EXPLAIN prints in this process".into() };
    let plan = match (&plan, session.principal().admin) {
        (LogicalPlan::Explain(explain), true) => {
            let chosen = query::choice(session, &context, &explain.plan).await?;
            with_backend(&context, plan.clone(), &chosen)?
        }
        _ => plan,
    };
    Ok(Planned::new(plan, context, choice))
}

/// The plan's rows after a row that names the back end. The text of the plan itself is made first, because an `EXPLAIN`
/// may only stand at the top of a plan.
fn with_backend(context: &StatementContext, plan: LogicalPlan, chosen: &Choice) -> Result<LogicalPlan> {
    let told = of_datafusion;
    let LogicalPlan::Explain(explain) = &plan else { return Ok(plan) };
    let target = if chosen.staged { Target::Staged } else { Target::Local };
    let name = if chosen.staged { "staged" } else { "local" };
    let logical = context.state(target).optimize(&explain.plan).map_err(told)?;
    let text = logical.display_indent().to_string();
    let plan = text.lines().map(|line| vec![lit("logical_plan"), lit(line)]);
    let rows = std::iter::once(vec![lit("backend"), lit(format!("{name}: {}", chosen.reason))]).chain(plan).collect();
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
