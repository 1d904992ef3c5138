//! `__huitong_range(value, boundaries)`: the range that a value falls into, for every type that has an order.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt16Array, UInt32Array, new_empty_array};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion_common::{Result, exec_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

pub const RANGE: &str = "__huitong_range";

/// At most `count` values that cut `sample` into ranges of about equally many rows, ascending and different; nulls do not count.
pub fn boundaries(sample: &ArrayRef, count: usize) -> Result<ArrayRef, ArrowError> {
    let rows = rows(&[sample])?.remove(0);
    let mut order: Vec<usize> = (0..sample.len()).filter(|row| sample.is_valid(*row)).collect();
    if order.is_empty() || count == 0 {
        return Ok(new_empty_array(sample.data_type()));
    }
    order.sort_unstable_by(|a, b| rows.row(*a).cmp(&rows.row(*b)));
    let mut chosen: Vec<usize> =
        (1..=count).map(|cut| order[(cut * order.len() / (count + 1)).min(order.len() - 1)]).collect();
    chosen.dedup_by(|a, b| rows.row(*a) == rows.row(*b));
    let chosen = chosen.into_iter().filter_map(|row| u32::try_from(row).ok()).collect::<UInt32Array>();
    take(sample, &chosen, None)
}

/// The number of each value's range, spread over all of `u16`; null is in the first one, before all values.
pub fn ranges(values: &ArrayRef, boundaries: &ArrayRef) -> Result<UInt16Array, ArrowError> {
    let boundaries = match boundaries.data_type() == values.data_type() {
        true => boundaries.clone(),
        false => cast(boundaries, values.data_type())?,
    };
    let encoded = rows(&[&boundaries, values])?;
    let [bounds, rows] = encoded.as_slice() else { return Ok(UInt16Array::from_iter_values([])) };
    let order: Vec<_> = bounds.iter().collect();
    // One for null, one below the first boundary, and one from each boundary on.
    let all = order.len() as u64 + 2;
    let range = |row: usize| match values.is_null(row) {
        true => 0,
        false => {
            let value = rows.row(row);
            let number = 1 + order.partition_point(|bound| *bound <= value) as u64;
            u16::try_from((number << 16) / all).unwrap_or(u16::MAX)
        }
    };
    Ok(UInt16Array::from_iter_values((0..values.len()).map(range)))
}

/// Values of one type in a form that is compared byte by byte.
fn rows(columns: &[&ArrayRef]) -> Result<Vec<Rows>, ArrowError> {
    let Some(first) = columns.first() else { return Ok(Vec::new()) };
    let converter = RowConverter::new(vec![SortField::new(first.data_type().clone())])?;
    columns.iter().map(|column| converter.convert_columns(&[(*column).clone()])).collect()
}

/// For plans of the engine, not for people: the boundaries are a list that does not change from row to row.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Range {
    signature: Signature,
}

impl Range {
    pub fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl Default for Range {
    fn default() -> Self {
        Self::new()
    }
}

impl ScalarUDFImpl for Range {
    fn name(&self) -> &'static str {
        RANGE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt16)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [values, ColumnarValue::Scalar(list)] = arguments.args.as_slice() else {
            return exec_err!("{RANGE} takes a value and a list of boundaries");
        };
        let list = list.to_array()?;
        let Some(list) = list.as_list_opt::<i32>().filter(|list| list.len() == 1 && list.is_valid(0)) else {
            return exec_err!("{RANGE} takes a list of boundaries");
        };
        let values = values.to_array(arguments.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(ranges(&values, &list.value(0))?)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;

    fn of(values: &ArrayRef, boundaries: &ArrayRef) -> Vec<u16> {
        ranges(values, boundaries).unwrap().values().to_vec()
    }

    #[test]
    fn ranges_hold_about_equally_many_rows_whatever_the_values_are() {
        // Most values are small and a few are far away.
        let skewed: ArrayRef = Arc::new((0..10_000i64).map(|v| Some(v * v * v)).collect::<Int64Array>());
        let cuts = boundaries(&skewed, 6).unwrap();
        assert_eq!(cuts.len(), 6);
        let found = of(&skewed, &cuts);
        assert!(found.is_sorted());
        let mut counts = std::collections::BTreeMap::new();
        found.iter().for_each(|range| *counts.entry(range).or_insert(0u32) += 1);
        assert_eq!(counts.len(), 7);
        assert!(counts.values().all(|count| (1400..1500).contains(count)), "{counts:?}");
    }

    #[test]
    fn nulls_come_first_and_few_values_are_spread() {
        let texts: ArrayRef =
            Arc::new(StringArray::from(vec![Some("东城区"), None, Some("西城区"), Some("东城区"), None]));
        let cuts = boundaries(&texts, 100).unwrap();
        assert_eq!(cuts.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["东城区", "西城区"]);
        assert_eq!(of(&texts, &cuts), [0x8000, 0, 0xc000, 0x8000, 0]);
        let new: ArrayRef = Arc::new(StringArray::from(vec!["", "丰台区", "海淀区"]));
        let found = of(&new, &cuts);
        assert!(found[0] > 0 && found[0] < 0x8000, "a value that the sample did not have");
    }

    #[test]
    fn a_sample_without_values_has_no_boundaries() {
        let nulls: ArrayRef = Arc::new(Float64Array::from(vec![None, None]));
        let cuts = boundaries(&nulls, 10).unwrap();
        assert_eq!(cuts.len(), 0);
        let values: ArrayRef = Arc::new(Float64Array::from(vec![Some(f64::NAN), None]));
        assert_eq!(of(&values, &cuts), [0x8000, 0]);
        assert_eq!(boundaries(&values, 10).unwrap().len(), 1);
    }
}
