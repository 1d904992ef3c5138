//! `current_date` and `current_time` at the moment that `now()` tells.
//!
//! The library takes them from the time at which a plan is made ready, and that is after a statement has waited: behind a queue over
//! midnight `current_date` would be another day than `now()`, and `current_time` is never the time of `now()`.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use chrono::{DateTime, Utc};
use datafusion::error::Result;
use datafusion::functions::datetime;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

const NAMES: [&str; 2] = ["current_date", "current_time"];

/// The functions of a statement that began at a moment.
pub fn of_statement(started_ms: i64) -> impl Iterator<Item = Arc<ScalarUDF>> {
    let started = DateTime::from_timestamp_millis(started_ms);
    let functions = datetime::functions().into_iter().filter(|function| NAMES.contains(&function.name()));
    functions.map(move |function| Arc::new(ScalarUDF::from(AtStart { function, started })))
}

/// The library's function, which is a constant once a statement is planned.
#[derive(Debug, PartialEq, Eq, Hash)]
struct AtStart {
    function: Arc<ScalarUDF>,
    /// None beyond the years that the library counts in; there they answer nothing.
    started: Option<DateTime<Utc>>,
}

impl ScalarUDFImpl for AtStart {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn aliases(&self) -> &[String] {
        self.function.aliases()
    }

    fn signature(&self) -> &Signature {
        self.function.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.function.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.function.return_field_from_args(arguments)
    }

    fn simplify(&self, arguments: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let context = SimplifyContext::builder()
            .with_schema(context.schema().clone())
            .with_config_options(context.config_options().clone())
            .with_query_execution_start_time(self.started);
        self.function.simplify(arguments, &context.build())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.function.invoke_with_args(arguments)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.function.documentation()
    }
}
