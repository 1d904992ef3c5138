//! `now()`: the moment at which a statement began, in microseconds.
//!
//! Compared with a column, nanoseconds would be the common type, which ends in the year 2262; "valid for ever" is
//! commonly written as 9999-12-31.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion_common::config::ConfigOptions;
use datafusion_common::{Result, ScalarValue, internal_err};
use datafusion_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// A timestamp with the session's time zone (UTC unless set). It is the same for every mention in one statement, also where
/// the statement is planned more than once: each gets a function that knows its moment.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Now {
    signature: Signature,
    aliases: Vec<String>,
    zone: Arc<str>,
    /// Microseconds since 1970.
    moment: Option<i64>,
}

impl Now {
    /// The function as it is known by name; it has no moment and answers nothing.
    pub fn new() -> Self {
        Self::at(None, "UTC")
    }

    /// The function of one statement.
    pub fn of_statement(micros: i64, zone: &str) -> Self {
        Self::at(Some(micros), zone)
    }

    fn at(moment: Option<i64>, zone: &str) -> Self {
        Self {
            moment,
            signature: Signature::nullary(Volatility::Stable),
            aliases: vec!["current_timestamp".to_owned()],
            zone: zone.into(),
        }
    }
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &'static str {
        "now"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        Some(Self::at(self.moment, config.execution.time_zone.as_deref().unwrap_or("UTC")).into())
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Microsecond, Some(self.zone.clone())))
    }

    fn return_field_from_args(&self, _arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), self.return_type(&[])?, false)))
    }

    fn invoke_with_args(&self, _arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match self.value() {
            Some(value) => Ok(ColumnarValue::Scalar(value)),
            None => internal_err!("now() is a constant once a statement is planned"),
        }
    }

    fn simplify(&self, arguments: Vec<Expr>, _context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(match self.value() {
            Some(value) => ExprSimplifyResult::Simplified(Expr::Literal(value, None)),
            None => ExprSimplifyResult::Original(arguments),
        })
    }
}

impl Now {
    fn value(&self) -> Option<ScalarValue> {
        self.moment.map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), Some(self.zone.clone())))
    }
}

impl Default for Now {
    fn default() -> Self {
        Self::new()
    }
}
