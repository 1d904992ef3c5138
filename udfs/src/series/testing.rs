//! Calling an aggregate as a session would.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, ListArray, StringArray};
use arrow::compute::take;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Schema};
use chrono::{Months, NaiveDate};
use datafusion_common::ScalarValue;
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};

use crate::all_aggregates;

/// The list of one series.
#[derive(Debug, PartialEq)]
pub struct Answer(pub ListArray);

impl Answer {
    pub fn column(&self, name: &str) -> ArrayRef {
        self.0.value(0).as_struct().column_by_name(name).unwrap().clone()
    }

    /// `NaN` for NULL.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let column = self.column(name);
        column.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        self.column(name).as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
    }

    pub fn dates(&self, name: &str) -> Vec<NaiveDate> {
        let column = self.column(name);
        column
            .as_primitive::<Date32Type>()
            .iter()
            .map(|day| Date32Type::to_naive_date_opt(day.unwrap()).unwrap())
            .collect()
    }

    /// The message of the one row of a series that failed.
    pub fn error(&self) -> String {
        assert_eq!(self.0.value(0).len(), 1);
        self.texts("error")[0].clone()
    }
}

/// The answer to one series, which must be the same for rows in any order, in any partitions, and among other groups.
pub fn ask(name: &str, arguments: &[ArrayRef]) -> Answer {
    try_ask(name, arguments).unwrap()
}

pub fn try_ask(name: &str, arguments: &[ArrayRef]) -> datafusion_common::Result<Answer> {
    match try_value(name, arguments)? {
        ScalarValue::List(list) => Ok(Answer(list.as_ref().clone())),
        other => panic!("{other}"),
    }
}

/// The bytes that a function of one value answers with, found as [`ask`] does.
pub fn ask_bytes(name: &str, arguments: &[ArrayRef]) -> Vec<u8> {
    match try_value(name, arguments).unwrap() {
        ScalarValue::Binary(Some(bytes)) => bytes,
        other => panic!("{other}"),
    }
}

/// The answer of a function of any type, found as [`ask`] does.
pub fn try_value(name: &str, arguments: &[ArrayRef]) -> datafusion_common::Result<ScalarValue> {
    let function = all_aggregates().into_iter().find(|function| function.name() == name).unwrap();
    let given: Vec<DataType> = arguments.iter().map(|array| array.data_type().clone()).collect();
    let types = function.coerce_types(&given)?;
    let arguments: Vec<ArrayRef> =
        arguments.iter().zip(&types).map(|(array, to)| arrow::compute::cast(array, to).unwrap()).collect();
    let length = arguments[0].len();
    let all: Vec<usize> = (0..length).collect();
    let whole = evaluate(&function, &types, &[rows(&arguments, &all)])?;
    let shuffled: Vec<usize> = (0..length).map(|row| row * 7919 % length.max(1)).collect();
    let distinct = shuffled.iter().collect::<std::collections::BTreeSet<_>>().len() == length;
    let shuffled = if distinct { shuffled } else { all.iter().rev().copied().collect() };
    let parts: Vec<Vec<ArrayRef>> = [2, 0, 1]
        .map(|part| rows(&arguments, &shuffled.iter().copied().filter(|row| row % 3 == part).collect::<Vec<_>>()))
        .into();
    assert_eq!(evaluate(&function, &types, &parts)?, whole, "in shuffled partitions");
    if with(&function, &types, |args| function.groups_accumulator_supported(args)) {
        assert_eq!(grouped(&function, &types, &arguments), whole, "among other groups");
    }
    Ok(whole)
}

/// The result over partitions: partial states, merged.
pub fn evaluate(
    function: &AggregateUDF,
    types: &[DataType],
    parts: &[Vec<ArrayRef>],
) -> datafusion_common::Result<ScalarValue> {
    let make = || -> Box<dyn Accumulator> { with(function, types, |args| function.accumulator(args)).unwrap() };
    let mut total = make();
    for part in parts {
        let mut one = make();
        one.update_batch(part)?;
        let states: Vec<ArrayRef> = one.state()?.iter().map(|state| state.to_array_of_size(1).unwrap()).collect();
        total.merge_batch(&states)?;
    }
    total.evaluate()
}

/// The series as the second of two groups, through the state of single rows.
fn grouped(function: &AggregateUDF, types: &[DataType], arguments: &[ArrayRef]) -> ScalarValue {
    let make = || with(function, types, |args| function.create_groups_accumulator(args)).unwrap();
    let (mut total, length) = (make(), arguments[0].len());
    let states = make().convert_to_state(arguments, None).unwrap();
    total.merge_batch(&states, &vec![1; length], 2).unwrap();
    let all = total.evaluate(EmitTo::All).unwrap();
    ScalarValue::try_from_array(&all, 1).unwrap()
}

/// An aggregation over groups.
pub fn groups(name: &str, types: &[DataType]) -> Box<dyn GroupsAccumulator> {
    let function = all_aggregates().into_iter().find(|function| function.name() == name).unwrap();
    with(&function, types, |args| function.create_groups_accumulator(args)).unwrap()
}

fn with<T>(function: &AggregateUDF, types: &[DataType], make: impl FnOnce(AccumulatorArgs) -> T) -> T {
    let fields: Vec<_> = types.iter().map(|t| Arc::new(Field::new("a", t.clone(), true))).collect();
    make(AccumulatorArgs {
        return_field: Arc::new(Field::new("f", function.return_type(types).unwrap(), true)),
        schema: &Schema::empty(),
        ignore_nulls: false,
        order_bys: &[],
        is_reversed: false,
        name: "f",
        is_distinct: false,
        exprs: &[],
        expr_fields: &fields,
    })
}

fn rows(arguments: &[ArrayRef], rows: &[usize]) -> Vec<ArrayRef> {
    let rows = Int64Array::from_iter_values(rows.iter().map(|row| *row as i64));
    arguments.iter().map(|array| take(array, &rows, None).unwrap()).collect()
}

/// The first days of months.
pub fn months(from: (i32, u32), count: usize) -> ArrayRef {
    let first = NaiveDate::from_ymd_opt(from.0, from.1, 1).unwrap();
    let day = |t: usize| Date32Type::from_naive_date(first + Months::new(t as u32));
    Arc::new(Date32Array::from_iter_values((0..count).map(day)))
}

pub fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

pub fn text(text: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![text; rows]))
}
