//! The result: a list of structs per series.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, ListBuilder,
    StringArray, StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::{Result, exec_datafusion_err, exec_err, internal_err, plan_err};

use super::Kind;
use super::clock::Clock;
use super::parameter::texts;
use super::rows::Rows;
use crate::forecast::Error;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Time,
    Number,
    Count,
    Flag,
    Text,
    Path,
    Bytes,
}

/// A field's values in the rows of one series; `NaN` is NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    Time(Vec<Option<i64>>),
    Number(Vec<f64>),
    Count(Vec<Option<i32>>),
    Flag(Vec<Option<bool>>),
    Text(Vec<Option<String>>),
    Path(Vec<Vec<String>>),
    Bytes(Vec<Vec<u8>>),
}

/// The type of the result, which depends only on the type of the time.
pub fn list_type(function: &str, shape: &[(&str, Of)], time: Option<&DataType>) -> Result<DataType> {
    match time {
        Some(time) => Ok(DataType::List(Arc::new(Field::new_list_field(DataType::Struct(fields(shape, time)), true)))),
        None => plan_err!("{function} needs arguments"),
    }
}

/// The type of the time in a result type.
pub fn time_type(result: &DataType) -> Result<DataType> {
    let DataType::List(item) = result else { return internal_err!("a series function returns {result}") };
    let DataType::Struct(fields) = item.data_type() else { return internal_err!("a list of {item}") };
    match fields.find("ts") {
        Some((_, field)) => Ok(field.data_type().clone()),
        None => internal_err!("no time in {result}"),
    }
}

/// The type of the first field.
pub fn single_type(list: &DataType) -> Result<DataType> {
    let DataType::List(item) = list else { return internal_err!("a series function returns {list}") };
    let DataType::Struct(fields) = item.data_type() else { return internal_err!("a list of {item}") };
    match fields.first() {
        Some(field) => Ok(field.data_type().clone()),
        None => internal_err!("a struct without fields"),
    }
}

/// The results of many series, in order: lists of rows, or the first field of each one's single row.
pub fn results<K: Kind>(series: &mut [Rows], clock: &Clock) -> Result<ArrayRef> {
    let lists = solve::<K>(series, clock)?;
    if !K::IS_SINGLE {
        return Ok(Arc::new(lists));
    }
    let rows = lists.values();
    match rows.as_struct_opt().and_then(|rows| rows.columns().first()) {
        Some(first) if rows.len() == lists.len() => Ok(first.clone()),
        _ => internal_err!("{} made {} rows of {} series", K::NAME, rows.len(), lists.len()),
    }
}

/// The rows of many series, in order.
fn solve<K: Kind>(series: &mut [Rows], clock: &Clock) -> Result<ListArray> {
    let mut frame = Frame::new(K::SHAPE);
    for rows in series {
        let checked = match rows.check_times() {
            Err(Error::Empty) if K::EMPTY_ROWS_ARE_NONE => Ok(()),
            checked => checked,
        };
        let solved = checked.and_then(|()| {
            rows.sort();
            K::solve(rows, clock)
        });
        match solved {
            Ok(columns) => frame.append(columns)?,
            Err(error) => frame.failed_with(K::failed(rows, &error), &error.to_string())?,
        }
    }
    frame.finish(&clock.data_type)
}

/// Lists in the making.
pub struct Frame {
    shape: &'static [(&'static str, Of)],
    columns: Vec<Out>,
    errors: Vec<Option<String>>,
    ends: Vec<i32>,
}

impl Frame {
    pub fn new(shape: &'static [(&'static str, Of)]) -> Self {
        Frame { shape, columns: shape.iter().map(|(_, of)| of.empty()).collect(), errors: vec![], ends: vec![] }
    }

    /// The list of one series. Rows may fail each for itself: one more column of texts than the shape has is their `error`.
    pub fn append(&mut self, mut columns: Vec<Out>) -> Result<()> {
        let length = columns.first().map_or(0, Out::len);
        if columns.len() == self.columns.len() {
            columns.push(Out::Text(vec![None; length]));
        }
        if columns.len() != self.columns.len() + 1 || columns.iter().any(|column| column.len() != length) {
            return internal_err!("the columns of a series do not fit its shape");
        }
        let Some(Out::Text(errors)) = columns.pop() else { return internal_err!("an error that is no text") };
        for (all, one) in self.columns.iter_mut().zip(columns) {
            all.extend(one)?;
        }
        self.errors.extend(errors);
        self.end()
    }

    /// The list of a series that could not be solved: one row that says why.
    pub fn failed(&mut self, error: &str) -> Result<()> {
        self.failed_with(self.shape.iter().map(|(_, of)| of.null()).collect(), error)
    }

    /// The same with what is known of such a series.
    pub fn failed_with(&mut self, mut columns: Vec<Out>, error: &str) -> Result<()> {
        columns.push(Out::text(error, 1));
        self.append(columns)
    }

    pub fn finish(self, time: &DataType) -> Result<ListArray> {
        let mut arrays = vec![];
        for column in self.columns {
            arrays.push(column.into_array(time)?);
        }
        arrays.push(Arc::new(StringArray::from(self.errors)));
        let fields = fields(self.shape, time);
        let values = StructArray::try_new(fields.clone(), arrays, None)?;
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        let item = Arc::new(Field::new_list_field(DataType::Struct(fields), true));
        Ok(ListArray::try_new(item, OffsetBuffer::new(offsets.into()), Arc::new(values), None)?)
    }

    fn end(&mut self) -> Result<()> {
        match i32::try_from(self.errors.len()) {
            Ok(end) => {
                self.ends.push(end);
                Ok(())
            }
            Err(_) => exec_err!("more than {} rows in one batch", i32::MAX),
        }
    }
}

fn fields(shape: &[(&str, Of)], time: &DataType) -> Fields {
    let named = shape.iter().map(|(name, of)| Field::new(*name, of.data_type(time), true));
    named.chain([Field::new("error", DataType::Utf8, true)]).collect()
}

impl Of {
    fn data_type(self, time: &DataType) -> DataType {
        match self {
            Of::Time => time.clone(),
            Of::Number => DataType::Float64,
            Of::Count => DataType::Int32,
            Of::Flag => DataType::Boolean,
            Of::Text => DataType::Utf8,
            Of::Path => texts(),
            Of::Bytes => DataType::Binary,
        }
    }

    /// One NULL.
    pub fn null(self) -> Out {
        match self {
            Of::Time => Out::Time(vec![None]),
            Of::Number => Out::Number(vec![f64::NAN]),
            Of::Count => Out::Count(vec![None]),
            Of::Flag => Out::Flag(vec![None]),
            Of::Text => Out::Text(vec![None]),
            Of::Path => Out::Path(vec![vec![]]),
            Of::Bytes => Out::Bytes(vec![vec![]]),
        }
    }

    fn empty(self) -> Out {
        match self {
            Of::Time => Out::Time(vec![]),
            Of::Number => Out::Number(vec![]),
            Of::Count => Out::Count(vec![]),
            Of::Flag => Out::Flag(vec![]),
            Of::Text => Out::Text(vec![]),
            Of::Path => Out::Path(vec![]),
            Of::Bytes => Out::Bytes(vec![]),
        }
    }
}

impl Out {
    /// The same text in every row.
    pub fn text(text: &str, rows: usize) -> Self {
        Out::Text(vec![Some(text.to_owned()); rows])
    }

    pub fn times(times: &[i64]) -> Self {
        Out::Time(times.iter().copied().map(Some).collect())
    }

    fn len(&self) -> usize {
        match self {
            Out::Time(values) => values.len(),
            Out::Number(values) => values.len(),
            Out::Count(values) => values.len(),
            Out::Flag(values) => values.len(),
            Out::Text(values) => values.len(),
            Out::Path(values) => values.len(),
            Out::Bytes(values) => values.len(),
        }
    }

    fn extend(&mut self, by: Out) -> Result<()> {
        match (self, by) {
            (Out::Time(all), Out::Time(one)) => all.extend(one),
            (Out::Number(all), Out::Number(one)) => all.extend(one),
            (Out::Count(all), Out::Count(one)) => all.extend(one),
            (Out::Flag(all), Out::Flag(one)) => all.extend(one),
            (Out::Text(all), Out::Text(one)) => all.extend(one),
            (Out::Path(all), Out::Path(one)) => all.extend(one),
            (Out::Bytes(all), Out::Bytes(one)) => all.extend(one),
            (all, one) => return internal_err!("a column of {one:?} for one of {all:?}"),
        }
        Ok(())
    }

    fn into_array(self, time: &DataType) -> Result<ArrayRef> {
        Ok(match self {
            Out::Time(values) => typed(&(Arc::new(Int64Array::from(values)) as ArrayRef), time)?,
            Out::Number(values) => {
                let present = |value: f64| if value.is_nan() { None } else { Some(value) };
                Arc::new(values.into_iter().map(present).collect::<Float64Array>())
            }
            Out::Count(values) => Arc::new(Int32Array::from(values)),
            Out::Flag(values) => Arc::new(BooleanArray::from(values)),
            Out::Text(values) => Arc::new(StringArray::from(values)),
            Out::Path(values) => {
                let mut all = ListBuilder::new(StringBuilder::new());
                for path in values {
                    path.iter().for_each(|name| all.values().append_value(name));
                    all.append(!path.is_empty());
                }
                Arc::new(all.finish())
            }
            Out::Bytes(values) => Arc::new(values.iter().map(Some).collect::<BinaryArray>()),
        })
    }
}

/// Integers in the unit of `time` as that type.
fn typed(raw: &ArrayRef, time: &DataType) -> Result<ArrayRef> {
    let narrow = match time {
        DataType::Date32 => &cast(raw, &DataType::Int32)?,
        _ => raw,
    };
    cast(narrow, time).map_err(|error| exec_datafusion_err!("{error}"))
}
