//! `ts_update(state, ts, y)`: a model state with later observations, without estimating again.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::{Error, LEVEL};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};
use crate::ts_fit::state::{Failure, State};

pub type TsUpdate = Aggregate<Updates>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Updates;

const STATE: usize = 0;

impl Kind for Updates {
    const NAME: &'static str = "ts_update";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("state", Role::Bytes),
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[("state", Of::Bytes)];
    const IS_SINGLE: bool = true;
    const EMPTY_ROWS_ARE_NONE: bool = true;

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let text = match rows.constant(STATE, "state") {
            Ok(text) => text.ok_or_else(|| Error::Option("there is no model state".to_owned()))?,
            // The states themselves are no reading.
            Err(_) => return Err(Error::Option("the rows of the series have different model states".to_owned())),
        };
        let state = State::read(text.as_bytes()).map_err(Error::Option)?;
        let updated = match state {
            State::Model(saved) if !rows.times.is_empty() => {
                let known = saved.clone();
                let extended = match saved.time.data_type == clock.data_type {
                    true => saved.extended(&rows.times, rows.numbers(0)),
                    false => Err(other_type(&saved.time.data_type, clock)),
                };
                match extended {
                    Ok(saved) => State::Model(Box::new(saved)).write(),
                    Err(error) => State::Failed(known.failure(error.to_string())).write(),
                }
            }
            _ => text.as_bytes().to_vec(),
        };
        Ok(vec![Out::Bytes(vec![updated])])
    }

    fn failed(_rows: &Rows, error: &Error) -> Vec<Out> {
        let failure = Failure { error: error.to_string(), model: None, level: LEVEL, n_obs: 0 };
        vec![Out::Bytes(vec![State::Failed(failure).write()])]
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

fn other_type(known: &arrow::datatypes::DataType, clock: &Clock) -> Error {
    Error::Option(format!("the times of the model state are {known}, those of the rows {}", clock.data_type))
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Takes later observations into the model state of each group and returns the new state. Nothing is estimated again: the \
         forms and parameters that `ts_fit` chose stay, their states run through the new values, and intervals are measured on all \
         values. Rows without time and value, as a LEFT JOIN makes them, count for nothing; without others the state stays as \
         it is. A row that is not later than those known, off the grid or infinite makes a state that says so, and has no model.",
        "ts_update(state, ts, y)",
    )
    .with_sql_example(
        "```sql\n\
         SELECT m.district, ts_update(m.model, b.month, b.revenue) AS model\n\
         FROM models AS m LEFT JOIN new_budget AS b ON b.district = m.district GROUP BY m.district;\n\
         ```",
    )
    .with_argument("state", "What `ts_fit` or `ts_update` returned; the same in all rows of a group.")
    .with_argument("ts", "DATE or TIMESTAMP of each new observation, of the type that was fitted.")
    .with_argument("y", "Value of each new observation; NULL or NaN is a gap.")
    .build()
});
