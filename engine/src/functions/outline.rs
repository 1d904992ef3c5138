//! What statements are about, without the values in them: for the history as those see it who may not see the values.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::queries::redact;

/// For the server's own use: lists of functions leave it out.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Outline {
    signature: Signature,
}

pub fn function() -> Arc<ScalarUDF> {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    Arc::new(ScalarUDF::from(Outline { signature }))
}

/// The outline of a statement in a column.
pub fn of(statement: Expr) -> Expr {
    function().call(vec![statement])
}

impl ScalarUDFImpl for Outline {
    fn name(&self) -> &'static str {
        "__statement_outline"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let statements = cast(&arrays[0], &DataType::Utf8)?;
        let outlines: StringArray =
            statements.as_string::<i32>().iter().map(|text| text.map(redact::outline)).collect();
        Ok(ColumnarValue::Array(Arc::new(outlines) as ArrayRef))
    }
}
