//! `ts_score(backtest)`: the measures of [`crate::forecast::accuracy`] over the list that `ts_backtest` made of one series.
//!
//! For a score beside what else a query says of a series, where a second grouping would be needed for `ts_accuracy`.

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::forecast::LEVEL;
use crate::forecast::accuracy::{Measures, Pair, Sums};
use crate::ts_accuracy::{fields, measured};

/// Fields of the list's rows that are read.
const READ: [&str; 5] = ["y", "yhat", "lo", "hi", "scale"];

/// The function. It has no state: equal everywhere it is registered.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TsScore {
    signature: Signature,
}

impl Default for TsScore {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TsScore {
    fn name(&self) -> &str {
        "ts_score"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [list @ DataType::List(item)] if has_fields(item.data_type()) => Ok(vec![list.clone()]),
            [DataType::Null] => Ok(vec![DataType::Null]),
            _ => plan_err!("ts_score takes the list that ts_backtest answers, with the fields {}", READ.join(", ")),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [argument] = args.args.as_slice() else { return exec_err!("ts_score takes one argument") };
        let lists = argument.to_array(args.number_rows)?;
        let rows = match lists.data_type() {
            DataType::Null => vec![None; lists.len()],
            _ => scored(&lists)?,
        };
        Ok(ColumnarValue::Array(Arc::new(measured(&rows)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

fn has_fields(item: &DataType) -> bool {
    matches!(item, DataType::Struct(fields) if READ.iter().all(|name| fields.find(name).is_some()))
}

/// Of each list; none of one that is null.
fn scored(lists: &ArrayRef) -> Result<Vec<Option<Measures>>> {
    let lists = lists.as_list::<i32>();
    let pairs = Pairs::of(lists.values().as_struct())?;
    let score = |row: usize| {
        let mut sums = Sums::default();
        let range = lists.value_offsets()[row] as usize..lists.value_offsets()[row + 1] as usize;
        range.for_each(|at| sums.add(&pairs.at(at)));
        sums.measures(LEVEL)
    };
    Ok((0..lists.len()).map(|row| lists.is_valid(row).then(|| score(row))).collect())
}

struct Pairs([Float64Array; 5]);

impl Pairs {
    fn of(rows: &StructArray) -> Result<Self> {
        let column = |name: &str| -> Result<Float64Array> {
            let Some(column) = rows.column_by_name(name) else { return exec_err!("the list has no field {name}") };
            Ok(cast(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        let [y, yhat, lo, hi, scale] = READ.map(column);
        Ok(Self([y?, yhat?, lo?, hi?, scale?]))
    }

    fn at(&self, row: usize) -> Pair {
        let value = |array: &Float64Array| if array.is_null(row) { f64::NAN } else { array.value(row) };
        let [y, yhat, lo, hi, scale] = &self.0;
        Pair { y: value(y), yhat: value(yhat), lo: value(lo), hi: value(hi), scale: value(scale) }
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Scores the forecasts that `ts_backtest` made of a series against what came: the measures of `ts_accuracy`, with the \
         errors of the naive forecast that the list has in `scale`. NULL for no list.",
        "ts_score(backtest)",
    )
    .with_sql_example(
        "```sql\nSELECT district, ts_score(ts_backtest(month, revenue, 6, 3))['mase'] AS mase FROM budget GROUP BY district;\n```",
    )
    .with_argument("backtest", "What `ts_backtest` answers.")
    .build()
});
