//! The state that travels between the stages of an aggregation: the collected rows, nothing computed.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, ListArray, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::cast::{as_float64_array, as_int64_array, as_list_array, as_string_array};
use datafusion_common::{Result, exec_datafusion_err, internal_err};
use datafusion_expr::utils::format_state_name;

use super::asked::Asked;
use super::observations::Observations;

/// The columns of the state.
pub fn fields(name: &str) -> Vec<FieldRef> {
    let list = |part, item: DataType| {
        let item = Arc::new(Field::new_list_field(item, true));
        Arc::new(Field::new(format_state_name(name, part), DataType::List(item), true))
    };
    let scalar = |part, data_type| Arc::new(Field::new(format_state_name(name, part), data_type, true));
    vec![
        list("ts", DataType::Int64),
        list("y", DataType::Float64),
        scalar("null_ts", DataType::Int64),
        scalar("horizon_min", DataType::Int64),
        scalar("horizon_max", DataType::Int64),
        scalar("model_min", DataType::Utf8),
        scalar("model_max", DataType::Utf8),
    ]
}

/// One row of state per series.
pub fn write(series: &[Observations]) -> Result<Vec<ArrayRef>> {
    let offsets = offsets(series)?;
    let timestamps: Int64Array = series.iter().flat_map(|s| &s.timestamps).copied().map(Some).collect();
    let values: Float64Array = series.iter().flat_map(|s| &s.values).copied().map(Some).collect();
    let number = |part: fn(&Observations) -> Option<i64>| -> ArrayRef {
        Arc::new(series.iter().map(part).collect::<Int64Array>())
    };
    let model = |part: fn(&Observations) -> Option<Asked>| -> ArrayRef {
        Arc::new(series.iter().map(|s| part(s).map(|asked| asked.text())).collect::<StringArray>())
    };
    Ok(vec![
        list(offsets.clone(), Arc::new(timestamps))?,
        list(offsets, Arc::new(values))?,
        number(|s| Some(s.null_timestamps)),
        number(|s| s.horizon.map(|range| range.0)),
        number(|s| s.horizon.map(|range| range.1)),
        model(|s| s.asked.map(|range| range.0)),
        model(|s| s.asked.map(|range| range.1)),
    ])
}

/// The columns of a state, ready to be read by row.
pub struct Reader<'a> {
    timestamps: &'a ListArray,
    values: &'a ListArray,
    numbers: [&'a Int64Array; 3],
    models: [&'a StringArray; 2],
}

impl<'a> Reader<'a> {
    pub fn new(state: &'a [ArrayRef]) -> Result<Self> {
        let [timestamps, values, null_timestamps, horizon_min, horizon_max, model_min, model_max] = state else {
            return internal_err!("ts_forecast: the state has {} columns", state.len());
        };
        Ok(Reader {
            timestamps: as_list_array(timestamps)?,
            values: as_list_array(values)?,
            numbers: [as_int64_array(null_timestamps)?, as_int64_array(horizon_min)?, as_int64_array(horizon_max)?],
            models: [as_string_array(model_min)?, as_string_array(model_max)?],
        })
    }

    pub fn len(&self) -> usize {
        self.timestamps.len()
    }

    /// Adds one row of the state to a series.
    pub fn merge(&self, row: usize, series: &mut Observations) -> Result<()> {
        let rest = Observations {
            null_timestamps: self.number(0, row).unwrap_or_default(),
            horizon: self.number(1, row).zip(self.number(2, row)),
            asked: self.asked(0, row)?.zip(self.asked(1, row)?),
            ..Observations::default()
        };
        let (timestamps, values) = (self.timestamps.value(row), self.values.value(row));
        series.merge(as_int64_array(&timestamps)?.values(), as_float64_array(&values)?.values(), &rest);
        Ok(())
    }

    fn number(&self, column: usize, row: usize) -> Option<i64> {
        let column = self.numbers[column];
        column.is_valid(row).then(|| column.value(row))
    }

    fn asked(&self, column: usize, row: usize) -> Result<Option<Asked>> {
        let column = self.models[column];
        column.is_valid(row).then(|| Asked::parse(column.value(row))).transpose()
    }
}

fn offsets(series: &[Observations]) -> Result<OffsetBuffer<i32>> {
    let mut end = 0_usize;
    let mut ends = vec![0_i32];
    for one in series {
        end += one.timestamps.len();
        ends.push(
            i32::try_from(end).map_err(|_| exec_datafusion_err!("ts_forecast: too many observations in one batch"))?,
        );
    }
    Ok(OffsetBuffer::new(ends.into()))
}

fn list(offsets: OffsetBuffer<i32>, items: ArrayRef) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, items, None)?))
}
