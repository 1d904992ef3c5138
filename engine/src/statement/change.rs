//! `DELETE` and `UPDATE`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{DmlStatement, Expr, LogicalPlan, LogicalPlanBuilder, WriteOp};
use deltalake_core::protocol::DeltaOperation;
use huitong_catalog::{Code, Error, Result};

use super::Parsed;
use super::replace::{self, Change, Target, check_rows, count_by_file, numbers, refuse_volatile};
use crate::error::of_datafusion;
use crate::session::{Done, Session, StatementContext};
use crate::tables::scan::TableScan;
use crate::write::commit::Files;

/// Removes the rows for which the condition is true.
pub async fn delete(session: &Session, parsed: &Parsed) -> Result<Done> {
    replace::run(session, parsed, "DELETE", |context, statement| async move {
        let target = Target::of(session, &statement).await?;
        let rows = Rows::of(&statement)?;
        let touched = rows.touched(session, &context, &target).await?;
        // A file whose rows all go is not written anew.
        let left: BTreeSet<usize> = touched
            .iter()
            .filter(|(file, gone)| target.rows([**file]) != Some(**gone))
            .map(|(file, _)| *file)
            .collect();
        let added = match (&rows.condition, left.is_empty()) {
            (Some(condition), false) => {
                let relation = rows.relation(&target.scan.only(left.clone()))?;
                let columns = target.columns(&relation)?;
                let kept = filtered(relation, not_true(condition))?;
                target.write(session, &context, projected(kept, columns)?).await?
            }
            _ => Files::default(),
        };
        let gone: u64 = left.iter().filter_map(|file| touched.get(file)).sum();
        // Should the log say less than there is, the difference is zero and the check below refuses.
        check_rows(target.rows(left).map(|all| all.saturating_sub(gone)), added.rows, &target.name)?;
        let operation = DeltaOperation::Delete { predicate: rows.text() };
        Ok(Change { rows: touched.values().sum(), target, touched, added, operation })
    })
    .await
}

/// Gives columns new values in the rows for which the condition is true.
pub async fn update(session: &Session, parsed: &Parsed) -> Result<Done> {
    replace::run(session, parsed, "UPDATE", |context, statement| async move {
        let target = Target::of(session, &statement).await?;
        let rows = Rows::of(&statement)?;
        let touched = rows.touched(session, &context, &target).await?;
        if touched.is_empty() {
            let operation = DeltaOperation::Update { predicate: rows.text() };
            return Ok(Change { rows: 0, target, touched, added: Files::default(), operation });
        }
        let relation = rows.relation(&target.scan.only(numbers(&touched)))?;
        let columns = target.columns(&relation)?;
        let plan = match &rows.condition {
            None => projected(relation, rows.values.clone())?,
            Some(condition) => {
                let changed = projected(filtered(relation.clone(), condition.clone())?, rows.values.clone())?;
                let kept = projected(filtered(relation, not_true(condition))?, columns)?;
                LogicalPlanBuilder::from(changed)
                    .union(kept)
                    .and_then(LogicalPlanBuilder::build)
                    .map_err(of_datafusion)?
            }
        };
        let added = target.write(session, &context, plan).await?;
        check_rows(target.rows(numbers(&touched)), added.rows, &target.name)?;
        let operation = DeltaOperation::Update { predicate: rows.text() };
        Ok(Change { rows: touched.values().sum(), target, touched, added, operation })
    })
    .await
}

/// Which rows a statement means, and for an `UPDATE` their new values, column by column.
struct Rows {
    /// The scan of the table, perhaps under an alias.
    source: LogicalPlan,
    condition: Option<Expr>,
    values: Vec<Expr>,
}

impl Rows {
    fn of(statement: &DmlStatement) -> Result<Self> {
        let command = statement.op.name().to_uppercase();
        let (values, input) = match (&statement.op, statement.input.as_ref()) {
            (WriteOp::Update, LogicalPlan::Projection(values)) => (values.expr.clone(), values.input.as_ref()),
            (_, input) => (Vec::new(), input),
        };
        let (condition, source) = match input {
            LogicalPlan::Filter(filter) => (Some(filter.predicate.clone()), filter.input.as_ref()),
            source => (None, source),
        };
        let plain = match source {
            LogicalPlan::TableScan(_) => true,
            LogicalPlan::SubqueryAlias(alias) => matches!(alias.input.as_ref(), LogicalPlan::TableScan(_)),
            _ => false,
        };
        if !plain {
            let text = format!("{command} with a second table or a LIMIT is not supported");
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text)
                .with_hint("name rows of other tables with `WHERE … IN (SELECT …)` or EXISTS, or use MERGE INTO"));
        }
        refuse_volatile(&condition, &command)?;
        condition.as_ref().map_or(Ok(()), |condition| refuse_not_in(condition, &command))?;
        Ok(Self { source: source.clone(), condition, values })
    }

    /// The statement's source over another scan of its table.
    fn relation(&self, scan: &TableScan) -> Result<LogicalPlan> {
        let source = provider_as_source(Arc::new(scan.clone()));
        let over = self.source.clone().transform_up(|node| match node {
            LogicalPlan::TableScan(old) => LogicalPlanBuilder::scan(old.table_name, source.clone(), None)
                .and_then(LogicalPlanBuilder::build)
                .map(Transformed::yes),
            node => node.recompute_schema().map(Transformed::yes),
        });
        over.data().map_err(of_datafusion)
    }

    /// The files that hold such rows, and how many.
    async fn touched(
        &self,
        session: &Session,
        context: &StatementContext,
        target: &Target,
    ) -> Result<BTreeMap<usize, u64>> {
        let relation = self.relation(&target.scan.numbered())?;
        let meant = match &self.condition {
            Some(condition) => filtered(relation, condition.clone())?,
            None => relation,
        };
        count_by_file(session, context, meant).await
    }

    /// The condition as the table's history shows it.
    fn text(&self) -> Option<String> {
        self.condition.as_ref().map(ToString::to_string)
    }
}

/// True for a row that the condition does not mean: it is false or null.
fn not_true(condition: &Expr) -> Expr {
    Expr::IsNotTrue(Box::new(condition.clone()))
}

fn filtered(plan: LogicalPlan, condition: Expr) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(plan).filter(condition).and_then(LogicalPlanBuilder::build).map_err(of_datafusion)
}

fn projected(plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(plan).project(columns).and_then(LogicalPlanBuilder::build).map_err(of_datafusion)
}

/// `x NOT IN (SELECT …)` is null, not true, when the query holds a null; as a mark of a join, which the second look at a
/// row uses, it is true. So the two looks would not agree.
fn refuse_not_in(condition: &Expr, command: &str) -> Result<()> {
    let mut found = None;
    let walked = condition.apply(|part| {
        found = match part {
            Expr::InSubquery(query) if query.negated => Some("NOT IN (SELECT …)"),
            Expr::SetComparison(_) => Some("a comparison with ANY or ALL (SELECT …)"),
            Expr::Not(inner) if inner.exists(|part| Ok(matches!(part, Expr::InSubquery(_))))? => {
                Some("NOT IN (SELECT …)")
            }
            _ => None,
        };
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(of_datafusion)?;
    match found {
        None => Ok(()),
        Some(what) => {
            Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} cannot choose the rows of {command}"))
                .with_hint("write EXISTS or NOT EXISTS (SELECT … WHERE …)"))
        }
    }
}
