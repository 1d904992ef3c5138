//! Cells as columns of Arrow, on the way in, between stages, and on the way out.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder,
    StructArray, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion_common::{Result, exec_err};

use super::cells::{Cell, Cells};
use super::solve::Shown;

fn texts() -> DataType {
    DataType::new_list(DataType::Utf8, true)
}

/// What is collected of a cell.
pub fn cell() -> Fields {
    let field = |name: &str, of: DataType| Field::new(name, of, true);
    Fields::from(vec![
        field("dims", texts()),
        field("grouping", DataType::Int64),
        field("value", DataType::Float64),
        field("contributors", DataType::Int64),
        field("top", DataType::new_list(DataType::Float64, true)),
        field("key", DataType::Int64),
    ])
}

/// What is answered of a cell.
pub fn shown() -> Fields {
    let field = |name: &str, of: DataType| Field::new(name, of, true);
    Fields::from(vec![
        field("dims", texts()),
        field("grouping", DataType::Int64),
        field("value", DataType::Float64),
        field("flag", DataType::Utf8),
        field("reason", DataType::Utf8),
    ])
}

pub fn answer() -> DataType {
    DataType::new_list(DataType::Struct(shown()), true)
}

pub fn arguments() -> Vec<DataType> {
    std::iter::once(DataType::Utf8).chain(cell().iter().map(|field| field.data_type().clone())).collect()
}

/// Arguments after the options; those that were not given are null.
pub fn pack(given: &[ArrayRef], rows: usize) -> Result<StructArray> {
    let fields = cell();
    let column = |(at, field): (usize, &Arc<Field>)| {
        given.get(at).cloned().unwrap_or_else(|| new_null_array(field.data_type(), rows))
    };
    let columns = fields.iter().enumerate().map(column).collect();
    Ok(StructArray::try_new(fields, columns, None)?)
}

pub fn unpack(cells: &StructArray) -> Result<Vec<Cell>> {
    let [dims, grouping, value, contributors, top, key] = cells.columns() else {
        return exec_err!("cells of {} columns", cells.num_columns());
    };
    let whole = |column: &ArrayRef, row: usize| {
        let column = column.as_primitive::<Int64Type>();
        column.is_valid(row).then(|| column.value(row))
    };
    let (dims, top, value) = (dims.as_list::<i32>(), top.as_list::<i32>(), value.as_primitive::<Float64Type>());
    let read = |row: usize| {
        let Some(grouping) = whole(grouping, row) else { return exec_err!("a cell without grouping") };
        if dims.is_null(row) {
            return exec_err!("a cell without dims");
        }
        let contributors = match whole(contributors, row).map(u64::try_from) {
            Some(Err(_)) => return exec_err!("a cell has less than 0 contributors"),
            Some(Ok(count)) => Some(count),
            None => None,
        };
        let names = dims.value(row).as_string::<i32>().iter().map(|name| name.map(str::to_owned)).collect();
        let largest = match top.is_valid(row) {
            true => top.value(row).as_primitive::<Float64Type>().iter().flatten().collect(),
            false => Vec::new(),
        };
        let value = value.is_valid(row).then(|| value.value(row));
        Ok(Cell { dims: names, grouping, value, contributors, top: largest, key: whole(key, row) })
    };
    (0..cells.len()).map(read).collect()
}

/// The list of all cells that may be seen.
pub fn write(cells: &Cells, shown: &[Shown]) -> Result<ListArray> {
    let mut dims = ListBuilder::new(StringBuilder::new());
    let mut groupings = Vec::with_capacity(shown.len());
    for cell in 0..shown.len() {
        let (names, grouping) = cells.name(cell);
        names.into_iter().for_each(|name| dims.values().append_option(name));
        dims.append(true);
        groupings.push(grouping);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(dims.finish()),
        Arc::new(Int64Array::from(groupings)),
        Arc::new(shown.iter().map(|cell| cell.value).collect::<Float64Array>()),
        Arc::new(shown.iter().map(|cell| Some(cell.flag)).collect::<StringArray>()),
        Arc::new(shown.iter().map(|cell| cell.reason).collect::<StringArray>()),
    ];
    list_of(Arc::new(StructArray::try_new(self::shown(), columns, None)?))
}

/// One list of all items.
pub fn list_of(items: ArrayRef) -> Result<ListArray> {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([items.len()]);
    Ok(ListArray::try_new(field, offsets, items, None)?)
}
