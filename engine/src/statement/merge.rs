//! `MERGE INTO target USING source ON … WHEN …`.
//!
//! A row of the target is *acted on* when a row of the source matches it and one of the WHEN MATCHED clauses applies, or when
//! no row of the source matches it and a WHEN NOT MATCHED BY SOURCE clause applies. Files that hold such rows are written
//! anew; rows of the source that match nothing become new files. A target row that two source rows would act on is an error.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::dml::{MergeIntoAction, MergeIntoClause, MergeIntoClauseKind, MergeIntoOp};
use datafusion::logical_expr::{
    DmlStatement, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, WriteOp, lit, when,
};
use deltalake_core::protocol::{DeltaOperation, MergePredicate};
use huitong_catalog::{Code, Error, Result};

use super::Parsed;
use super::replace::{self, Change, Target, check_rows, count_by_file, count_rows, numbers, refuse_volatile_plan};
use crate::error::of_datafusion;
use crate::session::{Done, Session, StatementContext};
use crate::tables::scan::TableScan;
use crate::write::commit::Files;

type Built<T> = datafusion::error::Result<T>;

pub async fn run(session: &Session, parsed: &Parsed) -> Result<Done> {
    replace::run(session, parsed, "MERGE", |context, statement| compute(session, context, statement)).await
}

async fn compute(session: &Session, context: StatementContext, statement: DmlStatement) -> Result<Change> {
    let target = Target::of(session, &statement).await?;
    let WriteOp::MergeInto(operation) = &statement.op else {
        return Err(Error::new(Code::INTERNAL, "not a MERGE"));
    };
    replace::refuse_volatile(operation.exprs(), "MERGE")?;
    refuse_volatile_plan(&statement.input, "MERGE")?;
    let merge = Merge { target: &target, source: statement.input.as_ref().clone(), on: operation.on.clone() };
    let clauses = Clauses::of(operation);

    let mut touched = count_by_file(session, &context, merge.acted_on(&clauses).map_err(of_datafusion)?).await?;
    let matched: u64 = touched.values().sum();
    let pairs = merge.pairs(&clauses).map_err(of_datafusion)?;
    if count_rows(session, &context, pairs).await? != matched {
        let text = format!("more than one row of the source matches the same row of `{}`", target.name);
        return Err(Error::new(Code::EXECUTION, text)
            .with_hint("make the source unique over the columns of the ON condition, for example with GROUP BY"));
    }
    let mut changed = matched;
    if let Some(lonely) = merge.lonely(&clauses).map_err(of_datafusion)? {
        for (file, rows) in count_by_file(session, &context, lonely).await? {
            *touched.entry(file).or_default() += rows;
            changed += rows;
        }
    }
    let rewritten = match touched.is_empty() {
        true => Files::default(),
        false => {
            let scan = target.scan.only(numbers(&touched));
            target.write(session, &context, merge.rewritten(&scan, &clauses).map_err(of_datafusion)?).await?
        }
    };
    if !clauses.delete() {
        check_rows(target.rows(numbers(&touched)), rewritten.rows, &target.name)?;
    }
    let inserted = match merge.inserted(&clauses).map_err(of_datafusion)? {
        Some(plan) => target.write(session, &context, plan).await?,
        None => Files::default(),
    };
    let rows = changed + inserted.rows;
    Ok(Change { rows, touched, added: rewritten.and(inserted), operation: told(operation), target })
}

/// The clauses by kind, in the order in which they are tried.
struct Clauses {
    matched: Vec<MergeIntoClause>,
    not_matched: Vec<MergeIntoClause>,
    not_matched_by_source: Vec<MergeIntoClause>,
}

impl Clauses {
    fn of(operation: &MergeIntoOp) -> Self {
        let of_kind = |wanted: &dyn Fn(&MergeIntoClauseKind) -> bool| {
            operation.clauses.iter().filter(|clause| wanted(&clause.kind)).cloned().collect()
        };
        Self {
            matched: of_kind(&|kind| *kind == MergeIntoClauseKind::Matched),
            not_matched: of_kind(&|kind| {
                matches!(kind, MergeIntoClauseKind::NotMatched | MergeIntoClauseKind::NotMatchedByTarget)
            }),
            not_matched_by_source: of_kind(&|kind| *kind == MergeIntoClauseKind::NotMatchedBySource),
        }
    }

    fn delete(&self) -> bool {
        let all = self.matched.iter().chain(&self.not_matched_by_source);
        all.into_iter().any(|clause| matches!(clause.action, MergeIntoAction::Delete))
    }
}

/// True where one of the clauses applies; false if there is none.
fn any(clauses: &[MergeIntoClause]) -> Expr {
    let conditions = clauses.iter().map(|clause| clause.predicate.clone().unwrap_or_else(|| lit(true)));
    conditions.reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// The two sides. Every plan below joins them anew; the optimiser sees the keys in the condition.
struct Merge<'a> {
    target: &'a Target,
    source: LogicalPlan,
    on: Expr,
}

impl Merge<'_> {
    fn scan(&self, scan: TableScan) -> Built<LogicalPlanBuilder> {
        LogicalPlanBuilder::scan(self.target.reference.clone(), provider_as_source(Arc::new(scan)), None)
    }

    /// Source rows match and a WHEN MATCHED clause applies.
    fn acts(&self, clauses: &Clauses) -> Vec<Expr> {
        vec![self.on.clone(), any(&clauses.matched)]
    }

    fn acted_on(&self, clauses: &Clauses) -> Built<LogicalPlan> {
        let target = self.scan(self.target.scan.numbered())?;
        target.join_on(self.source.clone(), JoinType::LeftSemi, self.acts(clauses))?.build()
    }

    fn pairs(&self, clauses: &Clauses) -> Built<LogicalPlan> {
        let target = self.scan(self.target.scan.clone())?;
        target.join_on(self.source.clone(), JoinType::Inner, self.acts(clauses))?.build()
    }

    /// Target rows that nothing matches and a WHEN NOT MATCHED BY SOURCE clause acts on.
    fn lonely(&self, clauses: &Clauses) -> Built<Option<LogicalPlan>> {
        if clauses.not_matched_by_source.is_empty() {
            return Ok(None);
        }
        let target = self.scan(self.target.scan.numbered())?;
        let lonely = target.join_on(self.source.clone(), JoinType::LeftAnti, [self.on.clone()])?;
        lonely.filter(any(&clauses.not_matched_by_source))?.build().map(Some)
    }

    /// What takes the place of the files of `scan`.
    fn rewritten(&self, scan: &TableScan, clauses: &Clauses) -> Built<LogicalPlan> {
        let source = || self.source.clone();
        let target = || self.scan(scan.clone());
        let acted = target()?.join_on(source(), JoinType::Inner, self.acts(clauses))?;
        let acted = self.acted(acted, &clauses.matched)?;
        if clauses.not_matched_by_source.is_empty() {
            let rest = target()?.join_on(source(), JoinType::LeftAnti, self.acts(clauses))?;
            return acted.union(self.kept(rest)?.build()?)?.build();
        }
        let lonely = target()?.join_on(source(), JoinType::LeftAnti, [self.on.clone()])?;
        let lonely = self.acted(lonely, &clauses.not_matched_by_source)?;
        // Rows that are matched, but by no clause.
        let passed = target()?.join_on(source(), JoinType::LeftSemi, [self.on.clone()])?.join_on(
            source(),
            JoinType::LeftAnti,
            self.acts(clauses),
        )?;
        acted.union(lonely.build()?)?.union(self.kept(passed)?.build()?)?.build()
    }

    /// Applies the first clause whose condition is true to each row; a row that none takes stays as it is.
    fn acted(&self, rows: LogicalPlanBuilder, clauses: &[MergeIntoClause]) -> Built<LogicalPlanBuilder> {
        let stays = first(clauses, lit(true), |action| Ok(lit(!matches!(action, MergeIntoAction::Delete))))?;
        let rows = rows.filter(stays)?;
        let schema = rows.schema().clone();
        let columns = self.target.version().schema.fields().iter().map(|field| {
            let old = self.column(field.name());
            let value = first(clauses, old.clone(), |action| match action {
                MergeIntoAction::Update(values) => match values.iter().find(|(name, _)| name == field.name()) {
                    Some((_, value)) => value.clone().cast_to(field.data_type(), schema.as_ref()),
                    None => Ok(old.clone()),
                },
                MergeIntoAction::Delete | MergeIntoAction::Insert { .. } => Ok(old.clone()),
            })?;
            Ok(value.alias(field.name()))
        });
        rows.project(columns.collect::<Built<Vec<_>>>()?)
    }

    fn kept(&self, rows: LogicalPlanBuilder) -> Built<LogicalPlanBuilder> {
        let fields = self.target.version().schema.fields();
        rows.project(fields.iter().map(|field| self.column(field.name()).alias(field.name())).collect::<Vec<_>>())
    }

    /// Source rows that match nothing, as rows of the target.
    fn inserted(&self, clauses: &Clauses) -> Built<Option<LogicalPlan>> {
        if clauses.not_matched.is_empty() {
            return Ok(None);
        }
        let target = self.scan(self.target.scan.clone())?.build()?;
        let rows = LogicalPlanBuilder::from(self.source.clone())
            .join_on(target, JoinType::LeftAnti, [self.on.clone()])?
            .filter(any(&clauses.not_matched))?;
        let schema = rows.schema().clone();
        let columns = self.target.version().schema.fields().iter().map(|field| {
            let null = lit(ScalarValue::try_from(field.data_type())?);
            let value = first(&clauses.not_matched, null.clone(), |action| match action {
                MergeIntoAction::Insert { columns, values } => {
                    match columns.iter().zip(values).find(|(name, _)| *name == field.name()) {
                        Some((_, value)) => value.clone().cast_to(field.data_type(), schema.as_ref()),
                        None => Ok(null.clone()),
                    }
                }
                MergeIntoAction::Update(_) | MergeIntoAction::Delete => Ok(null.clone()),
            })?;
            Ok(value.alias(field.name()))
        });
        rows.project(columns.collect::<Built<Vec<_>>>()?)?.build().map(Some)
    }

    fn column(&self, name: &str) -> Expr {
        Expr::Column(Column::new(Some(self.target.reference.clone()), name))
    }
}

/// What the first clause that applies makes of a row, or `otherwise`.
fn first(clauses: &[MergeIntoClause], otherwise: Expr, value: impl Fn(&MergeIntoAction) -> Built<Expr>) -> Built<Expr> {
    let mut result = otherwise;
    for clause in clauses.iter().rev() {
        let value = value(&clause.action)?;
        result = match &clause.predicate {
            Some(condition) => when(condition.clone(), value).otherwise(result)?,
            None => value,
        };
    }
    Ok(result)
}

/// The statement as the table's history shows it.
fn told(operation: &MergeIntoOp) -> DeltaOperation {
    let of_kind = |wanted: &[MergeIntoClauseKind]| {
        let clauses = operation.clauses.iter().filter(|clause| wanted.contains(&clause.kind));
        let predicate = |clause: &MergeIntoClause| MergePredicate {
            action_type: match clause.action {
                MergeIntoAction::Update(_) => "update",
                MergeIntoAction::Insert { .. } => "insert",
                MergeIntoAction::Delete => "delete",
            }
            .to_owned(),
            predicate: clause.predicate.as_ref().map(ToString::to_string),
        };
        clauses.map(predicate).collect()
    };
    DeltaOperation::Merge {
        predicate: None,
        merge_predicate: Some(operation.on.to_string()),
        matched_predicates: of_kind(&[MergeIntoClauseKind::Matched]),
        not_matched_predicates: of_kind(&[MergeIntoClauseKind::NotMatched, MergeIntoClauseKind::NotMatchedByTarget]),
        not_matched_by_source_predicates: of_kind(&[MergeIntoClauseKind::NotMatchedBySource]),
    }
}
