//! The guard before candidate pairs: how many there would be is counted first, and too many are refused.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;

/// `__pairs_within(pairs, most, rule, worst)`: true, or an error that names the rule and the key of the largest block. For the
/// server's own use: lists of functions leave it out.
#[derive(Debug, PartialEq, Eq, Hash)]
struct PairsWithin {
    signature: Signature,
}

pub fn function() -> Arc<ScalarUDF> {
    let types = vec![DataType::Float64, DataType::Float64, DataType::Utf8, DataType::Utf8];
    Arc::new(ScalarUDF::from(PairsWithin { signature: Signature::exact(types, Volatility::Stable) }))
}

impl ScalarUDFImpl for PairsWithin {
    fn name(&self) -> &'static str {
        "__pairs_within"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let numbers = |at: usize| cast(&arrays[at], &DataType::Float64);
        let texts = |at: usize| cast(&arrays[at], &DataType::Utf8);
        let (pairs, most, rules, worst) = (numbers(0)?, numbers(1)?, texts(2)?, texts(3)?);
        let (pairs, most) = (pairs.as_primitive::<Float64Type>(), most.as_primitive::<Float64Type>());
        for row in 0..pairs.len() {
            if most.is_null(row) {
                return Err(into_datafusion(Error::new(Code::TYPE_MISMATCH, "`max_pairs` is a number, not NULL")));
            }
            if pairs.is_valid(row) && pairs.value(row) > most.value(row) {
                let rule = rules.as_string::<i32>().value(row);
                let worst = worst.as_string::<i32>();
                let worst = worst.is_valid(row).then(|| worst.value(row));
                return Err(into_datafusion(refusal(rule, pairs.value(row), most.value(row), worst)));
            }
        }
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(vec![true; pairs.len()]))))
    }
}

fn refusal(rule: &str, pairs: f64, most: f64, worst: Option<&str>) -> Error {
    let text = format!("blocking by {rule} makes {pairs:.0} pairs of records, and {most:.0} may be compared");
    let of = worst.map(|worst| format!("; the largest block has `{}`", clipped(worst))).unwrap_or_default();
    Error::new(Code::TOO_MANY_PAIRS, text + &of)
        .with_hint("add a column to the rule, leave out the values that many records share, or raise `max_pairs`")
}

/// A key as it can stand in a message: its first characters, those that print.
fn clipped(key: &str) -> String {
    const SHOWN: usize = 24;
    let shown: String = key.chars().filter(|character| !character.is_control()).take(SHOWN).collect();
    if key.chars().nth(SHOWN).is_some() { shown + "…" } else { shown }
}
