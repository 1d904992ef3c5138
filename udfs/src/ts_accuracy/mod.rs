//! `ts_accuracy(y, yhat [, lo, hi, naive_scale])`: the measures of [`crate::forecast::accuracy`] over the rows of a group.

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type, Int64Type};
use datafusion_common::utils::SingleRowListArrayBuilder;
use datafusion_common::{Result, ScalarValue, exec_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use crate::forecast::LEVEL;
use crate::forecast::accuracy::exact::ExactSum;
use crate::forecast::accuracy::{Measures, Pair, Sums};
use crate::series::parameter::{self, Parameter, Role};

const PARAMETERS: [Parameter; 5] = [
    Parameter::required("y", Role::Number),
    Parameter::required("yhat", Role::Number),
    Parameter::optional("lo", Role::Number),
    Parameter::optional("hi", Role::Number),
    Parameter::optional("naive_scale", Role::Number),
];

/// The aggregate function. It has no state: equal everywhere it is registered.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TsAccuracy {
    signature: Signature,
}

impl TsAccuracy {
    pub fn new() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        let names: Vec<&str> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        TsAccuracy { signature: plain().with_parameter_names(names).unwrap_or_else(|_| plain()) }
    }
}

impl Default for TsAccuracy {
    fn default() -> Self {
        Self::new()
    }
}

impl AggregateUDFImpl for TsAccuracy {
    fn name(&self) -> &str {
        "ts_accuracy"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        parameter::coerce(self.name(), &PARAMETERS, given)
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |part: &str, item| {
            let item = Arc::new(Field::new_list_field(item, true));
            Arc::new(Field::new(format_state_name(args.name, part), DataType::List(item), true))
        };
        Ok(vec![list("lengths", DataType::Int64), list("terms", DataType::Float64), list("counts", DataType::Int64)])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => not_impl_err!("ts_accuracy does not accept DISTINCT: equal pairs count as often as they occur"),
            false => Ok(Box::new(Total::default())),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[derive(Debug, Default)]
struct Total(Sums);

impl Accumulator for Total {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [y, yhat, rest @ ..] = values else { return exec_err!("ts_accuracy takes (y, yhat, …)") };
        let column = |array: &ArrayRef| -> Result<Float64Array> {
            Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        let (y, yhat) = (column(y)?, column(yhat)?);
        let rest = rest.iter().map(column).collect::<Result<Vec<_>>>()?;
        let at = |array: &Float64Array, row: usize| if array.is_null(row) { f64::NAN } else { array.value(row) };
        let optional = |place: usize, row: usize| rest.get(place).map_or(f64::NAN, |array| at(array, row));
        for row in 0..y.len() {
            let [lo, hi, scale] = [0, 1, 2].map(|place| optional(place, row));
            self.0.add(&Pair { y: at(&y, row), yhat: at(&yhat, row), lo, hi, scale });
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [lengths, terms, counts] = states else { return exec_err!("a state of {} columns", states.len()) };
        for row in 0..lengths.len() {
            let one = |array: &ArrayRef| array.as_list::<i32>().value(row);
            let (lengths, terms, counts) = (one(lengths), one(terms), one(counts));
            let terms = terms.as_primitive::<Float64Type>().values();
            self.0.merge(&read(
                lengths.as_primitive::<Int64Type>().values(),
                terms,
                counts.as_primitive::<Int64Type>().values(),
            ));
        }
        Ok(())
    }

    /// Terms of all sums one after the other, each followed by what was not finite.
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (mut lengths, mut all) = (vec![], vec![]);
        for sum in &self.0.exact {
            let (terms, special) = sum.parts();
            lengths.push(terms.len() as i64);
            all.extend_from_slice(terms);
            all.push(special);
        }
        let list = |array: ArrayRef| -> ListArray { SingleRowListArrayBuilder::new(array).build_list_array() };
        let arrays: [ArrayRef; 3] = [
            Arc::new(Int64Array::from(lengths)),
            Arc::new(Float64Array::from(all)),
            Arc::new(Int64Array::from(self.0.counts.to_vec())),
        ];
        Ok(arrays.into_iter().map(|array| ScalarValue::List(Arc::new(list(array)))).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Struct(Arc::new(measured(&[Some(self.0.measures(LEVEL))])?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.exact.iter().map(|sum| size_of_val(sum.parts().0)).sum::<usize>()
    }
}

fn read(lengths: &[i64], terms: &[f64], counts: &[i64]) -> Sums {
    let mut sums = Sums::default();
    let mut rest = terms;
    for (sum, length) in sums.exact.iter_mut().zip(lengths) {
        let (one, after) = rest.split_at(rest.len().min(usize::try_from(*length).unwrap_or(0)));
        let Some((special, after)) = after.split_first() else { break };
        *sum = ExactSum::from_parts(one, *special);
        rest = after;
    }
    sums.counts.iter_mut().zip(counts).for_each(|(count, read)| *count = *read);
    sums
}

/// Measures as rows of [`fields`].
///
/// # Errors
/// None that depends on the measures.
pub fn measured(all: &[Option<Measures>]) -> Result<StructArray> {
    let number = |measure: fn(&Measures) -> f64| -> ArrayRef {
        let of = |measures: &Option<Measures>| measures.as_ref().map(measure).filter(|value| !value.is_nan());
        Arc::new(all.iter().map(of).collect::<Float64Array>())
    };
    let counts: Int64Array = all.iter().map(|measures| measures.map(|measures| measures.n)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(counts),
        number(|measures| measures.mae),
        number(|measures| measures.rmse),
        number(|measures| measures.smape),
        number(|measures| measures.mase),
        number(|measures| measures.rmsse),
        number(|measures| measures.wape),
        number(|measures| measures.bias),
        number(|measures| measures.coverage),
        number(|measures| measures.msis),
    ];
    let present = NullBuffer::from_iter(all.iter().map(Option::is_some));
    Ok(StructArray::try_new(fields(), columns, Some(present))?)
}

/// What is measured, in order.
pub fn fields() -> Fields {
    let numbers = ["mae", "rmse", "smape", "mase", "rmsse", "wape", "bias", "coverage", "msis"];
    let first = Field::new("n", DataType::Int64, true);
    std::iter::once(first).chain(numbers.map(|name| Field::new(name, DataType::Float64, true))).collect()
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Scores forecasts against outcomes: `n` pairs, `mae`, `rmse`, `smape` (percent), `mase` and `rmsse` (by `naive_scale`), \
         `wape`, `bias` (positive: too high), `coverage` of the intervals, and their mean scaled score `msis` at 95 %. Pairs \
         with NULL or NaN are not counted. The result does not depend on the order of the rows, bit for bit.",
        "ts_accuracy(y, yhat [, lo, hi, naive_scale])",
    )
    .with_sql_example("```sql\nSELECT model, ts_accuracy(actual, yhat, lo, hi) AS score FROM scored GROUP BY model;\n```")
    .with_argument("y", "Outcome.")
    .with_argument("yhat", "Forecast.")
    .with_argument("lo", "Lower end of the 95 % interval.")
    .with_argument("hi", "Upper end of the 95 % interval.")
    .with_argument("naive_scale", "Error of a naive forecast within the sample; rows without a positive one are not scaled.")
    .build()
});
