//! The arguments as typed: which SQL types are accepted, and reading one batch of them.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use datafusion_common::{Result, exec_err, internal_datafusion_err, plan_err};

use super::asked::{Asked, Options};
use super::observations::Call;
use crate::forecast::Model;

/// The types the function computes with.
pub fn coerce(given: &[DataType]) -> Result<Vec<DataType>> {
    if !(3..=5).contains(&given.len()) {
        return plan_err!("ts_forecast takes (ts, y, horizon [, model [, options]]), got {} arguments", given.len());
    }
    let mut coerced = vec![timestamp(&given[0])?, value(&given[1])?, horizon(&given[2])?];
    for (name, given) in ["model", "options"].into_iter().zip(&given[3..]) {
        coerced.push(text(name, given)?);
    }
    Ok(coerced)
}

fn timestamp(given: &DataType) -> Result<DataType> {
    match plain(given) {
        kept @ (DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)) => Ok(kept.clone()),
        DataType::Null => Ok(DataType::Timestamp(TimeUnit::Nanosecond, None)),
        other => plan_err!("ts_forecast: `ts` must be a DATE or TIMESTAMP, got {other}"),
    }
}

fn value(given: &DataType) -> Result<DataType> {
    match plain(given) {
        DataType::Null => Ok(DataType::Float64),
        number if number.is_numeric() => Ok(DataType::Float64),
        other => plan_err!("ts_forecast: `y` must be a number, got {other}"),
    }
}

fn horizon(given: &DataType) -> Result<DataType> {
    match plain(given) {
        DataType::Null => Ok(DataType::Int64),
        integer if integer.is_integer() => Ok(DataType::Int64),
        other => plan_err!("ts_forecast: `horizon` must be an integer, got {other}"),
    }
}

fn text(name: &str, given: &DataType) -> Result<DataType> {
    match plain(given) {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Ok(DataType::Utf8),
        other => plan_err!("ts_forecast: `{name}` must be a string, got {other}"),
    }
}

fn plain(given: &DataType) -> &DataType {
    match given {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// One batch of arguments, ready to be read by row.
pub struct Batch {
    timestamps: Int64Array,
    values: Float64Array,
    horizons: Int64Array,
    models: Option<StringArray>,
    options: Option<StringArray>,
    /// Model names and options come in long runs: the last ones parsed.
    parsed: Option<(String, Model)>,
    parsed_options: Option<(String, Options)>,
}

/// Bounds of the horizon.
const HORIZON: std::ops::RangeInclusive<i64> = 1..=10_000;

impl Batch {
    pub fn new(arrays: &[ArrayRef]) -> Result<Self> {
        let [timestamps, values, horizons, texts @ ..] = arrays else {
            return Err(internal_datafusion_err!("ts_forecast got {} arguments", arrays.len()));
        };
        Ok(Batch {
            timestamps: raw(timestamps)?,
            values: cast(values, &DataType::Float64)?.as_primitive::<Float64Type>().clone(),
            horizons: cast(horizons, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
            models: texts.first().map(strings).transpose()?,
            options: texts.get(1).map(strings).transpose()?,
            parsed: None,
            parsed_options: None,
        })
    }

    pub fn len(&self) -> usize {
        self.timestamps.len()
    }

    /// The timestamp in its own unit.
    pub fn timestamp(&self, row: usize) -> Option<i64> {
        self.timestamps.is_valid(row).then(|| self.timestamps.value(row))
    }

    /// `NaN` for a gap, always the same one so that equal series have equal bits.
    pub fn value(&self, row: usize) -> f64 {
        let value = self.values.value(row);
        if self.values.is_null(row) || value.is_nan() { f64::NAN } else { value }
    }

    /// Horizon, model and options of a row.
    pub fn call(&mut self, row: usize) -> Result<Call> {
        let horizon = self.horizons.is_valid(row).then(|| self.horizons.value(row));
        match horizon {
            Some(horizon) if HORIZON.contains(&horizon) => {
                Ok(Call { horizon, asked: Asked { model: self.model(row)?, options: self.options(row)? } })
            }
            Some(horizon) => exec_err!("ts_forecast: `horizon` must be from 1 to 10000, got {horizon}"),
            None => exec_err!("ts_forecast: `horizon` must not be NULL"),
        }
    }

    /// NULL options are none.
    fn options(&mut self, row: usize) -> Result<Options> {
        let Some(options) = self.options.as_ref().filter(|options| options.is_valid(row)) else {
            return Ok(Options::default());
        };
        let text = options.value(row);
        match &self.parsed_options {
            Some((last, options)) if last == text => Ok(*options),
            _ => {
                let options = Options::parse(text)?;
                self.parsed_options = Some((text.to_owned(), options));
                Ok(options)
            }
        }
    }

    fn model(&mut self, row: usize) -> Result<Model> {
        let Some(models) = &self.models else { return Ok(Model::DEFAULT) };
        if models.is_null(row) {
            return exec_err!("ts_forecast: `model` must not be NULL");
        }
        let name = models.value(row);
        match &self.parsed {
            Some((last, model)) if last == name => Ok(*model),
            _ => {
                let model = parse_model(name)?;
                self.parsed = Some((name.to_owned(), model));
                Ok(model)
            }
        }
    }
}

fn strings(array: &ArrayRef) -> Result<StringArray> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// The model of that name.
pub fn parse_model(name: &str) -> Result<Model> {
    match (Model::from_name(name), Model::nearest(name)) {
        (Some(model), _) => Ok(model),
        (None, Some(near)) => exec_err!("ts_forecast: unknown model `{name}`; did you mean `{}`?", near.name()),
        (None, None) => {
            let known: Vec<_> = Model::ALL.iter().map(|model| format!("`{}`", model.name())).collect();
            exec_err!(
                "ts_forecast: unknown model `{name}`; known are {}, `ets:AAN` and other forms, `arima:(p,d,q)(P,D,Q)`",
                known.join(", ")
            )
        }
    }
}

/// Timestamps as integers of their own unit.
fn raw(timestamps: &ArrayRef) -> Result<Int64Array> {
    let wide = match timestamps.data_type() {
        DataType::Date32 => cast(&cast(timestamps, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(timestamps, &DataType::Int64)?,
    };
    Ok(wide.as_primitive::<Int64Type>().clone())
}
