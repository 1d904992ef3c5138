//! `link_levels(spec, l, r)`: the pattern of a pair, as one number.

use std::sync::{Arc, LazyLock};

use arrow::array::{Int64Array, new_null_array};
use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result, plan_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::super::levels;
use super::call::{self, Call};

const NAME: &str = "link_levels";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkLevels {
    signature: Signature,
}

impl Default for LinkLevels {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for LinkLevels {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        call::coerce(NAME, given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{NAME} is asked by its fields")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        call::checked(NAME, &args, DataType::Int64, false)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(call) = Call::new(NAME, &args)? else {
            return Ok(ColumnarValue::Array(new_null_array(&DataType::Int64, args.number_rows)));
        };
        let codes = levels::patterns(&call.model.spec, &call.levels(NAME)?, args.number_rows);
        Ok(ColumnarValue::Array(Arc::new(Int64Array::new(codes.into(), call.present))))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "The pattern of a pair of rows: the levels of all comparisons as one number, to be counted for `link_fit`. Its digits, lowest \
         for the first comparison, are 0 where nothing can be compared, 1 for the last level, and so on up to the first; \
         a comparison of n levels besides that of nulls has n + 1 digits. NULL if a row is.",
        "link_levels(spec, l, r)",
    )
    .with_sql_example(
        "```sql\nSELECT link_levels(spec, l, r) AS pattern, count(*) AS n FROM pairs GROUP BY 1;\n```",
    )
    .with_argument("spec", "Specification or model of linkage, JSON; the same for all rows.")
    .with_argument("l", "Row of the left table, a struct with the columns that are compared.")
    .with_argument("r", "Row of the right table.")
    .build()
});
