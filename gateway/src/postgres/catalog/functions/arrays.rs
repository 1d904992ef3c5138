//! Functions about lists of values, and the one that names the type of a value: they need their arguments as they are.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::types::type_name;
use crate::postgres::types::Shape;

/// The bounds of a list, and the type of a value.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Asked {
    Lower,
    Upper,
    Type,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfValue {
    asked: Asked,
    signature: Signature,
}

pub fn all() -> impl Iterator<Item = Arc<ScalarUDF>> {
    [Asked::Lower, Asked::Upper, Asked::Type].into_iter().map(|asked| {
        let arguments = if asked == Asked::Type { 1 } else { 2 };
        Arc::new(ScalarUDF::new_from_impl(OfValue {
            asked,
            signature: Signature::any(arguments, Volatility::Immutable),
        }))
    })
}

impl ScalarUDFImpl for OfValue {
    fn name(&self) -> &str {
        match self.asked {
            Asked::Lower => "array_lower",
            Asked::Upper => "array_upper",
            Asked::Type => "pg_typeof",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DfResult<DataType> {
        // Rows are numbered in `generate_series` by such.
        Ok(if self.asked == Asked::Type { DataType::Utf8 } else { DataType::Int64 })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        if self.asked == Asked::Type {
            let told = args.arg_fields.first().map(|field| type_name(Shape::of(field.data_type()).oid(), -1));
            return Ok(ColumnarValue::Scalar(ScalarValue::Utf8(told)));
        }
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [lists, dimensions] = arrays.as_slice() else { return Ok(ColumnarValue::Scalar(ScalarValue::Int64(None))) };
        let dimensions = arrow::compute::cast(dimensions, &DataType::Int32)?;
        let dimensions = dimensions.as_primitive::<arrow::datatypes::Int32Type>();
        // Lists here are of one dimension and begin at one; an empty one has no bounds.
        let bound = |row: usize| {
            let is_first = !dimensions.is_null(row) && dimensions.value(row) == 1;
            let length = length(lists, row).filter(|length| *length > 0 && is_first)?;
            Some(if self.asked == Asked::Lower { 1 } else { length })
        };
        let bounds: Int64Array = (0..lists.len()).map(bound).collect();
        match args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_))) {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&bounds, 0)?)),
            false => Ok(ColumnarValue::Array(Arc::new(bounds))),
        }
    }
}

/// Values of a list; none if it is null or no list.
fn length(lists: &ArrayRef, row: usize) -> Option<i64> {
    if lists.is_null(row) {
        return None;
    }
    let length = match lists.data_type() {
        DataType::List(_) => lists.as_list::<i32>().value(row).len(),
        DataType::LargeList(_) => lists.as_list::<i64>().value(row).len(),
        DataType::FixedSizeList(..) => lists.as_fixed_size_list().value(row).len(),
        _ => return None,
    };
    i64::try_from(length).ok()
}
