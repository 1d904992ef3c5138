//! `CHECK` constraints: conditions that a table asks of each of its rows.
//!
//! They are planned with the rows that are written, as one more column each, so they are computed wherever the rows are; the
//! writer looks at the answers and does not store them. A condition whose answer is unknown is violated: other writers of Delta
//! tables say so, whatever the SQL standard says.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Volatility};
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{Expr as Sql, Ident, visit_expressions_mut};
use huitong_catalog::{Code, Error, Result};
use serde::{Deserialize, Serialize};

use crate::dialect::Huitong;
use crate::error::of_datafusion;
use crate::rules::doubles;

/// Where a table's properties keep them (Delta protocol, "CHECK Constraints").
const PROPERTY: &str = "delta.constraints.";
/// Begins the name of a column that holds a condition's answers.
const COLUMN: &str = "__huitong_check_";

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    /// In SQL.
    pub condition: String,
}

impl Check {
    /// Key of the table property that holds it.
    pub fn property(name: &str) -> String {
        format!("{PROPERTY}{name}")
    }

    /// A condition in the words that the log keeps. Names that are quoted, or hold other letters than plain ones, stand in backticks
    /// there: Spark takes `"名"` for a text, so the condition would mean something else to it.
    pub fn new(name: String, condition: &Sql) -> Self {
        let mut condition = condition.clone();
        let _: ControlFlow<()> = visit_expressions_mut(&mut condition, |part| {
            match part {
                Sql::Identifier(name) => spell(name),
                Sql::CompoundIdentifier(names) => names.iter_mut().for_each(spell),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        Self { name, condition: condition.to_string() }
    }

    /// Those of a table, by name.
    pub fn of(properties: &HashMap<String, String>) -> Vec<Self> {
        let named = properties.iter().filter_map(|(key, condition)| {
            Some(Self { name: key.strip_prefix(PROPERTY)?.to_owned(), condition: condition.clone() })
        });
        let mut checks: Vec<_> = named.collect();
        checks.sort();
        checks
    }

    /// The condition over rows of `schema`; refused if it is none that each row answers by itself.
    pub fn plan(&self, state: &SessionState, schema: &DFSchema) -> Result<Expr> {
        let told = |error: Error| Error {
            message: format!("constraint `{}` ({}): {}", self.name, self.condition, error.message),
            ..error
        };
        let parsed = DFParserBuilder::new(self.condition.as_str())
            .with_dialect(&Huitong::of(0))
            .build()
            .and_then(|mut parser| parser.parse_into_expr());
        let expression = parsed.and_then(|parsed| state.create_logical_expr_from_sql_expr(parsed, schema));
        let expression = expression.and_then(|expression| doubles::in_expression(expression, schema));
        let expression = expression.map_err(|e| told(of_datafusion(e)))?;
        let unfit = |what: String| Err(told(Error::new(Code::TYPE_MISMATCH, what)));
        if changes(&expression).map_err(of_datafusion)? {
            return unfit("its answer would not stay the same".to_owned());
        }
        match expression.get_type(schema).map_err(|e| told(of_datafusion(e)))? {
            DataType::Boolean => Ok(expression),
            other => unfit(format!("it has type {other} and not BOOLEAN")),
        }
    }
}

fn spell(name: &mut Ident) {
    match name.quote_style {
        Some(_) => name.quote_style = Some('`'),
        None if name.value.is_ascii() => {}
        None => *name = Ident::with_quote('`', name.value.to_lowercase()),
    }
}

/// Whether a part of an expression has another answer at another time.
fn changes(expression: &Expr) -> DfResult<bool> {
    expression.exists(|part| {
        Ok(matches!(part, Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable))
    })
}

/// Name of the column of the check with that number.
pub fn column(number: usize) -> String {
    format!("{COLUMN}{number}")
}

/// The columns of `input` and one more for each check.
pub fn append(state: &SessionState, input: LogicalPlan, checks: &[Check]) -> Result<LogicalPlan> {
    if checks.is_empty() {
        return Ok(input);
    }
    let schema = input.schema().clone();
    let stored = schema.columns().into_iter().map(Expr::Column);
    let answers =
        checks.iter().enumerate().map(|(number, check)| Ok(check.plan(state, &schema)?.alias(column(number))));
    let columns = stored.map(Ok).chain(answers).collect::<Result<Vec<_>>>()?;
    LogicalPlanBuilder::from(input).project(columns).and_then(LogicalPlanBuilder::build).map_err(of_datafusion)
}

/// The same for rows that come as a stream.
pub struct Appender {
    expressions: Vec<PhysicalExprRef>,
    schema: SchemaRef,
}

impl Appender {
    pub fn new(state: &SessionState, schema: &SchemaRef, checks: &[Check]) -> Result<Self> {
        let columns = DFSchema::try_from(schema.as_ref().clone()).map_err(of_datafusion)?;
        let expressions = checks.iter().map(|check| {
            let expression = check.plan(state, &columns)?;
            state.create_physical_expr(expression, &columns).map_err(of_datafusion)
        });
        let answers = (0..checks.len()).map(|number| Field::new(column(number), DataType::Boolean, true));
        let fields = schema.fields().iter().map(|field| field.as_ref().clone()).chain(answers);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Self { expressions: expressions.collect::<Result<_>>()?, schema })
    }

    /// Of the rows with their answers.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    pub fn append(&self, batch: &RecordBatch) -> DfResult<RecordBatch> {
        let mut columns = batch.columns().to_vec();
        for expression in &self.expressions {
            columns.push(expression.evaluate(batch)?.into_array(batch.num_rows())?);
        }
        // Nulls in required columns are found by the writer, which names the column.
        let fields = self.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns).map_err(DataFusionError::from)
    }
}
