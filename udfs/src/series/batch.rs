//! Reading one batch of arguments by row.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, ListArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion_common::{Result, exec_err, internal_err};

use super::Kind;
use super::parameter::{Role, numbers, texts, time_place};
use super::rows::{Column, Rows};

pub struct Batch<K: Kind> {
    times: Int64Array,
    columns: Vec<Argument>,
    constants: Vec<Constant>,
    kind: PhantomData<K>,
}

/// An argument that all rows of a series agree on.
struct Constant {
    given: Given,
    /// Constants come in long runs: the last one as it was given, and as rows are compared by it.
    read: Option<(Option<String>, Option<Arc<str>>)>,
}

enum Given {
    Texts(StringArray),
    Bytes(BinaryArray),
}

enum Argument {
    Numbers(Float64Array),
    Lists(ListArray),
    Paths(ListArray),
}

impl<K: Kind> Batch<K> {
    pub fn new(arrays: &[ArrayRef]) -> Result<Self> {
        let Some(times) = arrays.get(time_place(K::PARAMETERS)) else {
            return internal_err!("{} got {} arguments", K::NAME, arrays.len());
        };
        let (mut columns, mut constants) = (vec![], vec![]);
        for (parameter, array) in K::PARAMETERS.iter().zip(arrays) {
            match parameter.role {
                Role::Time => {}
                role if role.is_constant() => constants.push(Constant::new(role, array)?),
                role => columns.push(Argument::new(role, array)?),
            }
        }
        Ok(Batch { times: raw(times)?, columns, constants, kind: PhantomData })
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether a row has no value.
    fn is_empty(&self, row: usize) -> bool {
        self.columns.iter().all(|column| match column {
            Argument::Numbers(array) => array.is_null(row),
            Argument::Lists(array) | Argument::Paths(array) => array.is_null(row),
        })
    }

    /// Adds a row to its series.
    pub fn push(&mut self, row: usize, rows: &mut Rows) -> Result<()> {
        for (place, constant) in self.constants.iter_mut().enumerate() {
            if let Some(text) = constant.read::<K>(place, row)? {
                rows.widen(place, text);
            }
        }
        if self.times.is_null(row) {
            rows.null_times += i64::from(!K::EMPTY_ROWS_ARE_NONE || !self.is_empty(row));
            return Ok(());
        }
        rows.times.push(self.times.value(row));
        // An argument that was not given is empty in every row.
        for (place, column) in rows.columns.iter_mut().enumerate() {
            push(column, self.columns.get(place), row);
        }
        Ok(())
    }
}

impl Constant {
    fn new(role: Role, array: &ArrayRef) -> Result<Self> {
        let given = match role {
            Role::Bytes => Given::Bytes(cast(array, &DataType::Binary)?.as_binary::<i32>().clone()),
            _ => Given::Texts(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        };
        Ok(Constant { given, read: None })
    }

    fn read<K: Kind>(&mut self, place: usize, row: usize) -> Result<Option<&Arc<str>>> {
        let text = self.given.text(row);
        if self.read.as_ref().is_none_or(|(given, _)| given.as_deref() != text.as_deref()) {
            match K::read(place, text.as_deref()) {
                Ok(read) => self.read = Some((text.map(Cow::into_owned), read.map(Arc::from))),
                Err(message) => return exec_err!("{}: {message}", K::NAME),
            }
        }
        Ok(self.read.as_ref().and_then(|(_, read)| read.as_ref()))
    }
}

impl Given {
    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Given::Texts(texts) => texts.is_valid(row).then(|| Cow::Borrowed(texts.value(row))),
            Given::Bytes(bytes) => bytes.is_valid(row).then(|| String::from_utf8_lossy(bytes.value(row))),
        }
    }
}

impl Argument {
    fn new(role: Role, array: &ArrayRef) -> Result<Self> {
        let list = |of: &DataType| -> Result<ListArray> { Ok(cast(array, of)?.as_list::<i32>().clone()) };
        Ok(match (role, array.data_type()) {
            (Role::Order, _) => Argument::Numbers(cast(&raw(array)?, &DataType::Float64)?.as_primitive().clone()),
            (Role::Path, _) => Argument::Paths(list(&texts())?),
            (Role::Numbers, DataType::List(_)) => Argument::Lists(list(&numbers())?),
            _ => Argument::Numbers(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone()),
        })
    }
}

fn push(column: &mut Column, argument: Option<&Argument>, row: usize) {
    match (column, argument) {
        (Column::Numbers(values), Some(Argument::Numbers(array))) => values.push(number(array, row)),
        (Column::Numbers(values), _) => values.push(f64::NAN),
        (Column::Lists(values), Some(Argument::Lists(array))) if array.is_valid(row) => {
            let items = array.value(row);
            let items = items.as_primitive::<Float64Type>();
            values.push((0..items.len()).map(|item| number(items, item)).collect());
        }
        (Column::Lists(values), Some(Argument::Numbers(array))) => values.push(vec![number(array, row)]),
        (Column::Lists(values), _) => values.push(vec![]),
        (Column::Paths(values), Some(Argument::Paths(array))) if array.is_valid(row) => {
            let names = array.value(row);
            values.push(names.as_string::<i32>().iter().map(|name| name.unwrap_or_default().to_owned()).collect());
        }
        (Column::Paths(values), _) => values.push(vec![]),
    }
}

/// `NaN` for a gap, always the same one so that equal series have equal bits.
fn number(array: &Float64Array, row: usize) -> f64 {
    let value = array.value(row);
    if array.is_null(row) || value.is_nan() { f64::NAN } else { value }
}

/// Timestamps as integers of their own unit.
fn raw(times: &ArrayRef) -> Result<Int64Array> {
    let wide = match times.data_type() {
        DataType::Date32 => cast(&cast(times, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(times, &DataType::Int64)?,
    };
    Ok(wide.as_primitive::<Int64Type>().clone())
}
