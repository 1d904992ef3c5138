//! The result: a list of structs per series.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, Float64Builder, Int32Builder, Int64Builder, ListArray, StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::{Result, exec_datafusion_err, exec_err, internal_err, plan_err};

use super::asked::Asked;
use super::observations::{Call, Observations};
use super::solve::{Solved, solve};
use crate::forecast::{Error, LEVEL};
use crate::series::clock::Clock;

/// The type of the result, which depends only on the type of `ts`.
pub fn list_of_rows(arguments: &[DataType]) -> Result<DataType> {
    match arguments.first() {
        Some(timestamp) => Ok(DataType::List(item(timestamp))),
        None => plan_err!("ts_forecast takes (ts, y, horizon [, model [, options]])"),
    }
}

/// The type of `ts` in a result type.
pub fn timestamp_type(result: &DataType) -> Result<DataType> {
    let DataType::List(item) = result else { return internal_err!("ts_forecast returns {result}") };
    let DataType::Struct(fields) = item.data_type() else { return internal_err!("ts_forecast returns {result}") };
    match fields.find("ts") {
        Some((_, field)) => Ok(field.data_type().clone()),
        None => internal_err!("ts_forecast returns {result}"),
    }
}

/// The forecasts of many series, in order.
pub fn forecasts(series: &mut [Observations], clock: &Clock) -> Result<ListArray> {
    let mut rows = Rows::default();
    for rows_of_one in series {
        rows.append(rows_of_one, clock)?;
    }
    rows.finish(clock)
}

fn item(timestamp: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields(timestamp)), true))
}

fn fields(timestamp: &DataType) -> Fields {
    let field = |name, data_type: &DataType| Field::new(name, data_type.clone(), true);
    Fields::from(vec![
        field("step", &DataType::Int32),
        field("ts", timestamp),
        field("yhat", &DataType::Float64),
        field("lo", &DataType::Float64),
        field("hi", &DataType::Float64),
        field("level", &DataType::Float64),
        field("model", &DataType::Utf8),
        field("spec", &DataType::Utf8),
        field("n_obs", &DataType::Int32),
        field("error", &DataType::Utf8),
    ])
}

#[derive(Default)]
struct Rows {
    ends: Vec<i32>,
    step: Int32Builder,
    timestamp: Int64Builder,
    mean: Float64Builder,
    lo: Float64Builder,
    hi: Float64Builder,
    level: Float64Builder,
    model: StringBuilder,
    spec: StringBuilder,
    n_obs: Int32Builder,
    error: StringBuilder,
}

impl Rows {
    /// The forecast of one series, or the one row that says why there is none.
    fn append(&mut self, rows: &mut Observations, clock: &Clock) -> Result<()> {
        let call = rows.call();
        let asked = rows.asked.map(|(first, _)| first);
        let solved = match call {
            Ok(Some(call)) => self.solved(rows, call, clock),
            Ok(None) => Err(Error::Empty),
            Err(error) => Err(error),
        };
        if let Err(error) = solved {
            self.failed(&error, asked, rows.present());
        }
        match i32::try_from(self.step.len()) {
            Ok(end) => {
                self.ends.push(end);
                Ok(())
            }
            Err(_) => exec_err!("ts_forecast: more than {} forecast steps in one batch", i32::MAX),
        }
    }

    fn solved(&mut self, rows: &mut Observations, call: Call, clock: &Clock) -> Result<(), Error> {
        let Solved { forecast, timestamps } = solve(rows, call, clock)?;
        let (model, level) = (call.asked.model.name(), call.asked.options.level());
        for (step, timestamp) in timestamps.iter().enumerate() {
            self.step.append_value(step as i32 + 1);
            self.timestamp.append_value(*timestamp);
            self.mean.append_value(forecast.mean[step]);
            self.lo.append_value(forecast.lo[step]);
            self.hi.append_value(forecast.hi[step]);
            self.level.append_value(level);
            self.model.append_value(&model);
            self.spec.append_value(&forecast.spec);
            self.n_obs.append_value(count(forecast.n_obs));
            self.error.append_null();
        }
        Ok(())
    }

    fn failed(&mut self, error: &Error, asked: Option<Asked>, n_obs: usize) {
        self.step.append_null();
        self.timestamp.append_null();
        for column in [&mut self.mean, &mut self.lo, &mut self.hi] {
            column.append_null();
        }
        self.level.append_value(asked.map_or(LEVEL, |asked| asked.options.level()));
        self.model.append_option(asked.map(|asked| asked.model.name()));
        self.spec.append_null();
        self.n_obs.append_value(count(n_obs));
        self.error.append_value(error.to_string());
    }

    fn finish(mut self, clock: &Clock) -> Result<ListArray> {
        let timestamps: ArrayRef = Arc::new(self.timestamp.finish());
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.step.finish()),
            typed(&timestamps, &clock.data_type)?,
            Arc::new(self.mean.finish()),
            Arc::new(self.lo.finish()),
            Arc::new(self.hi.finish()),
            Arc::new(self.level.finish()),
            Arc::new(self.model.finish()),
            Arc::new(self.spec.finish()),
            Arc::new(self.n_obs.finish()),
            Arc::new(self.error.finish()),
        ];
        let values = StructArray::try_new(fields(&clock.data_type), columns, None)?;
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        Ok(ListArray::try_new(item(&clock.data_type), OffsetBuffer::new(offsets.into()), Arc::new(values), None)?)
    }
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Integers in the unit of `data_type` as that type.
fn typed(raw: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let narrow = match data_type {
        DataType::Date32 => &cast(raw, &DataType::Int32)?,
        _ => raw,
    };
    cast(narrow, data_type).map_err(|error| exec_datafusion_err!("ts_forecast: {error}"))
}
