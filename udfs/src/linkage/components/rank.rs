//! `vertex_rank(vertex, round)` and `vertex_of_rank(rank, round)`, the two that [`super::contraction`] needs of SQL.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, exec_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::contraction;

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rank {
    is_back: bool,
    signature: Signature,
}

impl Rank {
    /// The rank of a vertex.
    pub fn of_vertex() -> Self {
        Self { is_back: false, signature: Signature::exact(vec![DataType::Int64; 2], Volatility::Immutable) }
    }

    /// The vertex of a rank.
    pub fn vertex() -> Self {
        Self { is_back: true, signature: Signature::exact(vec![DataType::Int64; 2], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Rank {
    fn name(&self) -> &'static str {
        if self.is_back { "vertex_of_rank" } else { "vertex_rank" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [numbers, rounds] = arrays.as_slice() else { return exec_err!("{} takes two numbers", self.name()) };
        let (numbers, rounds) = (numbers.as_primitive::<Int64Type>(), rounds.as_primitive::<Int64Type>());
        let one = |number: i64, round: i64| match self.is_back {
            false => contraction::rank(number, round.cast_unsigned()),
            true => contraction::vertex(number, round.cast_unsigned()),
        };
        let all = (0..numbers.len()).map(|row| {
            (numbers.is_valid(row) && rounds.is_valid(row)).then(|| one(numbers.value(row), rounds.value(row)))
        });
        Ok(ColumnarValue::Array(Arc::new(all.collect::<Int64Array>())))
    }
}
