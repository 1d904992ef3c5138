//! `__huitong_zorder(range, …)`: places on the curve.

use std::sync::Arc;

use arrow::array::{Array, AsArray, UInt64Array};
use arrow::datatypes::{DataType, UInt16Type};
use datafusion_common::{Result, exec_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{COLUMNS_MAX, interleave};

pub const KEY: &str = "__huitong_zorder";

/// Takes ranges that [`super::Range`] gives; for plans of the engine, not for people.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Key {
    signature: Signature,
}

impl Key {
    pub fn new() -> Self {
        Self { signature: Signature::variadic(vec![DataType::UInt16], Volatility::Immutable) }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl ScalarUDFImpl for Key {
    fn name(&self) -> &'static str {
        KEY
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments.len() {
            1..=COLUMNS_MAX => Ok(DataType::UInt64),
            other => exec_err!("{KEY} takes 1 to {COLUMNS_MAX} ranges, not {other}"),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let Some(ranges) = columns.iter().map(|c| c.as_primitive_opt::<UInt16Type>()).collect::<Option<Vec<_>>>()
        else {
            return exec_err!("{KEY} takes ranges");
        };
        let rows = columns.first().map_or(0, Array::len);
        let mut row = vec![0; ranges.len()];
        let keys = (0..rows).map(|number| {
            row.iter_mut().zip(&ranges).for_each(|(value, column)| *value = column.value(number));
            interleave(&row)
        });
        Ok(ColumnarValue::Array(Arc::new(UInt64Array::from_iter_values(keys))))
    }
}
