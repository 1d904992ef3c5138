//! `ts_predict(state, horizon [, level])`: the forecast of a model state, as a list of rows to unnest.

#[cfg(test)]
pub mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use datafusion_common::{Result, exec_err, internal_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::forecast::{Error, LEVEL};
use crate::series::frame::{Frame, Out, list_type};
use crate::series::parameter::{self, Parameter, Role};
use crate::ts_fit::state::{Failure, Saved, State};
use crate::ts_forecast::asked::{HORIZONS, LEVELS};
use crate::ts_forecast::{SHAPE, columns, nothing};

const NAME: &str = "ts_predict";
const PARAMETERS: [Parameter; 3] = [
    Parameter::required("state", Role::Bytes),
    Parameter::required("horizon", Role::Whole),
    Parameter::optional("level", Role::Number),
];
/// The type of a result must be known before any state is, so it is one for all of them.
const TIME: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// The scalar function; what is wrong with a state is told in its row.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TsPredict {
    signature: Signature,
}

impl TsPredict {
    pub fn new() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        let names = PARAMETERS.map(|parameter| parameter.name).to_vec();
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        TsPredict { signature: plain().with_parameter_names(names).unwrap_or_else(|_| plain()) }
    }
}

impl Default for TsPredict {
    fn default() -> Self {
        Self::new()
    }
}

impl ScalarUDFImpl for TsPredict {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        parameter::coerce(NAME, &PARAMETERS, given)
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        list_type(NAME, SHAPE, Some(&TIME))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::new(&ColumnarValue::values_to_arrays(&arguments.args)?)?;
        let mut frame = Frame::new(SHAPE);
        for row in 0..given.states.len() {
            let (horizon, level) = (given.horizon(row)?, given.level(row)?);
            match given.state(row) {
                Ok(State::Model(saved)) => match forecast(&saved, horizon, level) {
                    Ok(rows) => frame.append(rows)?,
                    Err(error) => fail(&mut frame, &saved.failure(error.to_string()), level)?,
                },
                Ok(State::Failed(failure)) => fail(&mut frame, &failure, level)?,
                Err(error) => fail(&mut frame, &Failure { error, model: None, level: LEVEL, n_obs: 0 }, level)?,
            }
        }
        Ok(ColumnarValue::Array(Arc::new(frame.finish(&TIME)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

fn forecast(saved: &Saved, horizon: usize, level: Option<f64>) -> Result<Vec<Out>, Error> {
    let level = level.unwrap_or(saved.level);
    let forecast = saved.fitted.forecast(&saved.y, horizon)?.at_level(level)?;
    let (clock, calendar) = saved.time.calendar(saved.y.len())?;
    let local = |step: usize| {
        let raw = calendar.future(step).and_then(|future| clock.raw(future));
        raw.and_then(|raw| clock.moment(raw)).map(|moment| moment.local.and_utc().timestamp_micros())
    };
    let times = (1..=horizon).map(|step| local(step).ok_or(Error::HorizonRange { step }));
    Ok(columns(forecast, &times.collect::<Result<Vec<_>, _>>()?, level, saved.fitted.model))
}

fn fail(frame: &mut Frame, failure: &Failure, level: Option<f64>) -> Result<()> {
    let level = level.unwrap_or(failure.level);
    frame.failed_with(nothing(level, failure.model.as_deref(), failure.n_obs), &failure.error)
}

/// The arguments of one batch.
struct Given {
    states: BinaryArray,
    horizons: Int64Array,
    levels: Option<Float64Array>,
}

impl Given {
    fn new(arrays: &[ArrayRef]) -> Result<Self> {
        let [states, horizons, levels @ ..] = arrays else {
            return internal_err!("{NAME} got {} arguments", arrays.len());
        };
        let number = |array: &ArrayRef| -> Result<Float64Array> {
            Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        Ok(Given {
            states: cast(states, &DataType::Binary)?.as_binary::<i32>().clone(),
            horizons: cast(horizons, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
            levels: levels.first().map(number).transpose()?,
        })
    }

    fn state(&self, row: usize) -> Result<State, String> {
        match self.states.is_null(row) {
            true => Err("there is no model state".to_owned()),
            false => State::read(self.states.value(row)),
        }
    }

    fn horizon(&self, row: usize) -> Result<usize> {
        match self.horizons.is_valid(row).then(|| self.horizons.value(row)) {
            Some(horizon) if HORIZONS.contains(&horizon) => Ok(horizon as usize),
            Some(horizon) => exec_err!("{NAME}: `horizon` must be from 1 to {}, got {horizon}", HORIZONS.end()),
            None => exec_err!("{NAME}: `horizon` must not be NULL"),
        }
    }

    /// NULL is that of the state.
    fn level(&self, row: usize) -> Result<Option<f64>> {
        let given = self.levels.as_ref().filter(|levels| levels.is_valid(row)).map(|levels| levels.value(row));
        match given {
            Some(level) if !LEVELS.contains(&level) => {
                exec_err!("{NAME}: `level` must be from {} to {}, got {level}", LEVELS.start(), LEVELS.end())
            }
            given => Ok(given),
        }
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Forecasts from a model state that `ts_fit` or `ts_update` made: the list of rows that `ts_forecast` returns, bit for bit. \
         Only `ts` is a TIMESTAMP without time zone whatever was fitted, the local time where that had a zone. A state that is \
         no state, damaged, of a later version, or without a model yields one row with `error`.",
        "ts_predict(state, horizon [, level])",
    )
    .with_sql_example(
        "```sql\nSELECT district, CAST(f.ts AS DATE), f.yhat\nFROM (SELECT district, unnest(ts_predict(model, 12)) AS f FROM models);\n```",
    )
    .with_argument("state", "BINARY model state.")
    .with_argument("horizon", "Steps to forecast, 1 to 10000.")
    .with_argument("level", "Coverage of the interval, 0.5 to 0.999; that of the state unless given.")
    .build()
});
