//! Row rules of policies: conditions of SQL over a table's own columns, with words for whoever asks.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable, Volatility};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{CastKind, DataType as SqlType, Expr as Sql, Value, visit_expressions_mut};
use huitong_catalog::Result;
use huitong_catalog::clock::Timestamp;
use huitong_catalog::names::TableName;
use huitong_catalog::policy::RowRule;

use super::unfit;
use crate::dialect::Huitong;
use crate::engine::Engine;
use crate::functions;
use crate::planning::Target;
use crate::rules::doubles;
use crate::types::DEFAULT_ZONE;

/// What the words for whoever asks stand for; null where there is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words<'a> {
    pub name: Option<&'a str>,
    pub department: Option<&'a str>,
    /// The department's credit code.
    pub department_code: Option<&'a str>,
    pub purpose: Option<&'a str>,
}

impl Words<'_> {
    /// The value of `principal.name` and the like; the error names a word that does not exist.
    fn value(&self, whose: &str, what: &str) -> Option<Option<&str>> {
        match (whose, what) {
            ("principal", "name") => Some(self.name),
            ("principal", "department") => Some(self.department),
            ("principal", "department_code") => Some(self.department_code),
            ("context", "purpose") => Some(self.purpose),
            _ => None,
        }
    }
}

/// Reads rules over one table for one who asks.
pub struct Rules<'a> {
    pub table: &'a TableName,
    pub words: &'a Words<'a>,
    pub state: &'a SessionState,
    pub schema: &'a DFSchema,
}

impl Rules<'_> {
    /// The rule as an expression; who asks is told no more than that it does not fit (HT0805).
    pub fn read(&self, rule: &RowRule) -> Result<Expr> {
        self.expression(&rule.sql)
            .map_err(|error| unfit(self.table, &error.context(format!("policy `{}`", rule.policy))))
    }

    /// A condition as an expression that is true, false or null. What cannot be said of a row by itself is refused.
    pub fn expression(&self, sql: &str) -> DfResult<Expr> {
        let dialect = Huitong::of(0);
        let mut parser = DFParserBuilder::new(sql).with_dialect(&dialect).build()?;
        let mut parsed = parser.parse_into_expr()?;
        self.substitute(&mut parsed.expr)?;
        let expression = self.state.create_logical_expr_from_sql_expr(parsed, self.schema)?;
        let expression = self.simplified(doubles::in_expression(expression, self.schema)?)?;
        if asks_for_more(&expression)? {
            return Err(DataFusionError::Plan(
                "a row rule asks for more than the row, or changes by itself".to_owned(),
            ));
        }
        match expression.get_type(self.schema)? {
            DataType::Boolean => Ok(expression),
            other => Err(DataFusionError::Plan(format!("a row rule has type {other} and not BOOLEAN"))),
        }
    }

    /// With its types made to fit and its moment put in: what travels to executors says the same there.
    fn simplified(&self, expression: Expr) -> DfResult<Expr> {
        let context = SimplifyContext::builder()
            .with_schema(Arc::new(self.schema.clone()))
            .with_config_options(self.state.config_options().clone())
            .with_query_execution_start_time(self.state.execution_props().query_execution_start_time)
            .build();
        let simplifier = ExprSimplifier::new(context);
        simplifier.simplify(simplifier.coerce(expression, self.schema)?)
    }

    fn substitute(&self, sql: &mut Sql) -> DfResult<()> {
        let found = visit_expressions_mut(sql, |part| {
            let Sql::CompoundIdentifier(names) = part else { return ControlFlow::Continue(()) };
            let [whose, what] = names.as_slice() else { return ControlFlow::Break(part.to_string()) };
            match self.words.value(&whose.value, &what.value) {
                Some(Some(text)) => *part = Sql::value(Value::SingleQuotedString(text.to_owned())),
                // A text that is not there is a text: a condition fits a table for everybody, or for nobody.
                Some(None) => *part = no_text(),
                None => return ControlFlow::Break(part.to_string()),
            }
            ControlFlow::Continue(())
        });
        match found {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(name) => Err(DataFusionError::Plan(format!("a row rule does not know `{name}`"))),
        }
    }
}

/// What rules of one moment are read with.
pub fn state_at(engine: &Engine, now: Timestamp) -> SessionState {
    let mut state = engine.template(Target::Local).clone();
    functions::of_statement(&mut state, now.ms(), DEFAULT_ZONE);
    state
}

fn no_text() -> Sql {
    Sql::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Sql::value(Value::Null)),
        data_type: SqlType::Varchar(None),
        array: false,
        format: None,
    }
}

/// Whether an expression looks at other rows or tables, or has another answer at another time.
fn asks_for_more(expression: &Expr) -> DfResult<bool> {
    expression.exists(|part| {
        Ok(match part {
            Expr::ScalarFunction(call) => call.func.signature().volatility != Volatility::Immutable,
            Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::ScalarSubquery(_)
            | Expr::SetComparison(_)
            | Expr::Placeholder(_)
            | Expr::OuterReferenceColumn(_, _) => true,
            _ => false,
        })
    })
}
