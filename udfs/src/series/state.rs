//! The state that travels between the stages of an aggregation: the collected rows, nothing computed.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float64Array, Float64Builder, Int64Array, ListArray, ListBuilder, StringArray, StringBuilder,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::cast::{as_float64_array, as_int64_array, as_list_array, as_string_array};
use datafusion_common::{Result, exec_datafusion_err, internal_err};
use datafusion_expr::utils::format_state_name;

use super::parameter::{Parameter, Role, numbers, texts};
use super::rows::{Column, Rows};

/// The columns of the state: times, their number without one, then each argument in its order.
pub fn fields(name: &str, parameters: &[Parameter]) -> Vec<FieldRef> {
    let field = |part: &str, of: DataType| Arc::new(Field::new(format_state_name(name, part), of, true));
    let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
    let mut all = vec![field("ts", list(DataType::Int64)), field("null_ts", DataType::Int64)];
    for parameter in parameters {
        match parameter.role {
            Role::Time => {}
            Role::Order | Role::Number => all.push(field(parameter.name, list(DataType::Float64))),
            Role::Numbers => all.push(field(parameter.name, list(numbers()))),
            Role::Path => all.push(field(parameter.name, list(texts()))),
            Role::Constant | Role::Text | Role::Whole | Role::Bytes => {
                all.push(field(&format!("{}_min", parameter.name), DataType::Utf8));
                all.push(field(&format!("{}_max", parameter.name), DataType::Utf8));
            }
        }
    }
    all
}

/// One row of state per series.
pub fn write(series: &[Rows], parameters: &[Parameter]) -> Result<Vec<ArrayRef>> {
    let offsets = offsets(series)?;
    let times: Int64Array = series.iter().flat_map(|rows| &rows.times).copied().map(Some).collect();
    let null_times: Int64Array = series.iter().map(|rows| Some(rows.null_times)).collect();
    let mut arrays = vec![list(&offsets, Arc::new(times))?, Arc::new(null_times) as ArrayRef];
    let (mut column, mut constant) = (0, 0);
    for parameter in parameters {
        if parameter.role.is_column() {
            arrays.push(list(&offsets, items(series, column, parameter.role))?);
            column += 1;
        } else if parameter.role.is_constant() {
            let range = |rows: &Rows| rows.constants.get(constant).cloned().flatten().unzip();
            let low: StringArray = series.iter().map(|rows| range(rows).0).collect();
            let high: StringArray = series.iter().map(|rows| range(rows).1).collect();
            arrays.extend([Arc::new(low) as ArrayRef, Arc::new(high)]);
            constant += 1;
        }
    }
    Ok(arrays)
}

/// Adds row `row` of a state to a series.
pub fn merge(state: &[ArrayRef], row: usize, parameters: &[Parameter], into: &mut Rows) -> Result<()> {
    let columns = parameters.iter().filter(|parameter| parameter.role.is_column()).count();
    let constants = parameters.iter().filter(|parameter| parameter.role.is_constant()).count();
    let [times, null_times, rest @ ..] = state else { return internal_err!("a state of {} columns", state.len()) };
    if rest.len() != columns + 2 * constants {
        return internal_err!("a state of {} columns", state.len());
    }
    into.times.extend_from_slice(as_int64_array(&as_list_array(times)?.value(row))?.values());
    let null_times = as_int64_array(null_times)?;
    into.null_times += if null_times.is_valid(row) { null_times.value(row) } else { 0 };
    let (mut column, mut constant) = (0, 0);
    let mut rest = rest.iter();
    for parameter in parameters {
        if parameter.role.is_column() {
            for array in rest.by_ref().take(1) {
                extend(&mut into.columns[column], &as_list_array(array)?.value(row))?;
            }
            column += 1;
        } else if parameter.role.is_constant() {
            for array in rest.by_ref().take(2) {
                let array = as_string_array(array)?;
                if array.is_valid(row) {
                    into.widen(constant, &array.value(row).into());
                }
            }
            constant += 1;
        }
    }
    Ok(())
}

fn items(series: &[Rows], column: usize, role: Role) -> ArrayRef {
    match role {
        Role::Path => {
            let mut all = ListBuilder::new(StringBuilder::new());
            for path in series.iter().flat_map(|rows| rows.paths(column)) {
                path.iter().for_each(|name| all.values().append_value(name));
                all.append(true);
            }
            Arc::new(all.finish())
        }
        Role::Numbers => {
            let mut all = ListBuilder::new(Float64Builder::new());
            for values in series.iter().flat_map(|rows| rows.lists(column)) {
                all.values().append_slice(values);
                all.append(true);
            }
            Arc::new(all.finish())
        }
        _ => Arc::new(series.iter().flat_map(|rows| rows.numbers(column)).copied().map(Some).collect::<Float64Array>()),
    }
}

fn extend(column: &mut Column, items: &ArrayRef) -> Result<()> {
    match column {
        Column::Numbers(values) => values.extend_from_slice(as_float64_array(items)?.values()),
        Column::Lists(values) => {
            let lists = as_list_array(items)?;
            for list in 0..lists.len() {
                values.push(as_float64_array(&lists.value(list))?.values().to_vec());
            }
        }
        Column::Paths(values) => {
            let lists = as_list_array(items)?;
            for list in 0..lists.len() {
                values.push(as_string_array(&lists.value(list))?.iter().flatten().map(str::to_owned).collect());
            }
        }
    }
    Ok(())
}

fn offsets(series: &[Rows]) -> Result<OffsetBuffer<i32>> {
    let mut end = 0_usize;
    let mut ends = vec![0_i32];
    for rows in series {
        end += rows.times.len();
        ends.push(i32::try_from(end).map_err(|_| exec_datafusion_err!("too many observations in one batch"))?);
    }
    Ok(OffsetBuffer::new(ends.into()))
}

fn list(offsets: &OffsetBuffer<i32>, items: ArrayRef) -> Result<ArrayRef> {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets.clone(), items, None)?))
}
