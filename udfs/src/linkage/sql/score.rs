//! `link_score(model, l, r)`: weight, probability and levels of a pair.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float64Array, Int8Array, ListArray, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::{Result, plan_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::super::levels::Levels;
use super::super::model::probability;
use super::call::{self, Call};

const NAME: &str = "link_score";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkScore {
    signature: Signature,
}

impl Default for LinkScore {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Int8, false))
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("weight", DataType::Float64, true),
        Field::new("probability", DataType::Float64, true),
        Field::new("levels", DataType::List(item()), true),
    ])
}

impl ScalarUDFImpl for LinkScore {
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
        call::checked(NAME, &args, DataType::Struct(fields()), true)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(call) = Call::new(NAME, &args)? else {
            return Ok(ColumnarValue::Array(new_null_array(&DataType::Struct(fields()), args.number_rows)));
        };
        let levels = call.levels(NAME)?;
        let weights = weights(&call, &levels, args.number_rows)?;
        let probabilities: Float64Array = weights.iter().map(|weight| Some(probability(*weight))).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(weights)),
            Arc::new(probabilities),
            Arc::new(lists(&levels, args.number_rows)?),
        ];
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(fields(), columns, call.present)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Comparison by comparison, in their order, so that sums are the same everywhere.
fn weights(call: &Call, levels: &Levels, rows: usize) -> Result<Vec<f64>> {
    let terms = call.terms(NAME)?;
    let mut sums = vec![call.model.prior_weight; rows];
    for (at, values) in levels.iter().enumerate() {
        let adjusts = call.model.weights.get(at).is_some_and(|weights| weights.terms.iter().any(Option::is_some));
        for (row, (sum, value)) in sums.iter_mut().zip(values).enumerate() {
            *sum += call.model.weight(at, *value);
            if adjusts {
                *sum += call.model.term_weight(at, *value, |field| terms.of(field, row));
            }
        }
    }
    Ok(sums)
}

fn lists(levels: &Levels, rows: usize) -> Result<ListArray> {
    let values: Int8Array = (0..rows).flat_map(|row| levels.iter().map(move |values| values[row])).collect();
    let offsets = OffsetBuffer::from_repeated_length(levels.len(), rows);
    Ok(ListArray::try_new(item(), offsets, Arc::new(values), None)?)
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "What a model says of a pair of rows: `weight` in bits (the logarithm of the odds of a match), `probability`, and `levels`, the \
         value of each comparison's level: -1 where nothing can be compared, 0 for the last level, more for those before it. A \
         specification that was not trained scores with its starting values. NULL if a row is.",
        "link_score(model, l, r)",
    )
    .with_sql_example("```sql\nSELECT id_l, id_r, s.weight FROM (SELECT *, link_score(model, l, r) AS s FROM pairs) WHERE s.weight > 10;\n```")
    .with_argument("model", "Model of linkage, JSON; the same for all rows.")
    .with_argument(
        "l",
        "Row of the left table, a struct with the columns that are compared, and `tf_surname` with the share of rows that have its \
         surname where the model adjusts by it.",
    )
    .with_argument("r", "Row of the right table.")
    .build()
});
