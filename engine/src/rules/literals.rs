//! Literals among a function's arguments, in the types that the function takes them.
//!
//! The type of `round(x, 2)` depends on the value of its second argument. The library wraps that literal in a cast when it looks for
//! types, does not see a value then, and folds the cast later: the type changes between planning and running, and a CASE around the
//! call fails. So literals are cast before the library looks. A second run changes nothing.

use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::parts;

/// The rule for plans.
#[derive(Debug)]
pub struct Literals;

impl AnalyzerRule for Literals {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        parts::in_plan(plan, |node| parts::in_node(node, |part, schema| Ok(in_part(part, schema))))
    }

    fn name(&self) -> &str {
        "literals_as_their_functions_take_them"
    }
}

fn in_part(part: Expr, schema: &DFSchema) -> Transformed<Expr> {
    match part {
        Expr::ScalarFunction(mut call) if call.args.iter().any(is_literal) => {
            let changed = cast(&mut call, schema).unwrap_or_default();
            Transformed::new_transformed(Expr::ScalarFunction(call), changed)
        }
        part => Transformed::no(part),
    }
}

fn is_literal(argument: &Expr) -> bool {
    matches!(argument, Expr::Literal(_, _))
}

/// Whether it cast any; none where the library has something to tell of the call.
fn cast(call: &mut ScalarFunction, schema: &DFSchema) -> Option<bool> {
    let given = call.args.iter().map(|argument| Some(argument.to_field(schema).ok()?.1)).collect::<Option<Vec<_>>>()?;
    let taken = fields_with_udf(&given, call.func.as_ref()).ok()?;
    let mut changed = false;
    for (argument, field) in call.args.iter_mut().zip(taken) {
        if let Expr::Literal(value, _) = argument
            && value.data_type() != *field.data_type()
        {
            *value = value.cast_to(field.data_type()).ok()?;
            changed = true;
        }
    }
    Some(changed)
}
