//! `ts_forecast(ts, y, horizon [, model [, options]])`: one forecast per group, as a list of rows to unnest.
//!
//! The shell around [`crate::forecast`]: SQL types in, a list of structs out. Partial aggregation only collects the
//! observations; the final step sorts them by time, so the order and the partitioning of the input do not matter.
//! What is wrong with one series is told in that series' row (`error`); what is wrong with the query (an unknown
//! model, a horizon out of range) fails the query.

mod accumulator;
mod arguments;
mod asked;
mod groups;
mod observations;
mod output;
mod solve;
mod state;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::AggregateOrderSensitivity;
use datafusion_expr::{
    Accumulator, AggregateUDFImpl, DocSection, Documentation, GroupsAccumulator, Signature, Volatility,
};

use self::accumulator::SeriesAccumulator;
use self::groups::SeriesGroups;
use crate::series::clock::Clock;

/// The arguments, for calls such as `ts_forecast(ts => month, y => revenue, horizon => 12)`.
const NAMES: [&str; 5] = ["ts", "y", "horizon", "model", "options"];

/// The aggregate function. It has no state: equal everywhere it is registered.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TsForecast {
    signature: Signature,
}

impl TsForecast {
    pub fn new() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        let signature = plain().with_parameter_names(NAMES.to_vec()).unwrap_or_else(|_| plain());
        TsForecast { signature }
    }
}

impl Default for TsForecast {
    fn default() -> Self {
        Self::new()
    }
}

impl AggregateUDFImpl for TsForecast {
    fn name(&self) -> &str {
        "ts_forecast"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        arguments::coerce(given)
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        output::list_of_rows(arguments)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state::fields(args.name))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        refuse_distinct(&args)?;
        Ok(Box::new(SeriesAccumulator::new(clock(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        refuse_distinct(&args)?;
        Ok(Box::new(SeriesGroups::new(clock(&args)?)))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// From the return type, which is the same in every stage of a distributed plan.
fn clock(args: &AccumulatorArgs) -> Result<Clock> {
    Clock::new(output::timestamp_type(args.return_type())?)
}

fn refuse_distinct(args: &AccumulatorArgs) -> Result<()> {
    match args.is_distinct {
        true => not_impl_err!("ts_forecast does not accept DISTINCT: a repeated timestamp is reported, not dropped"),
        false => Ok(()),
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Forecasts the series of each group and returns one element per future step: `step`, `ts`, `yhat`, a central \
         interval `lo` to `hi` at `level` (0.95 unless asked for), the `model` asked for, the `spec` that was fitted, and `n_obs`, the \
         values used. The step is found from the timestamps; missing steps and NULL or NaN values are gaps and are \
         bridged. The forecast starts after the last timestamp, even if its value is missing. A series that cannot be \
         forecast yields one element with `error`. Rows may come in any order.",
        "ts_forecast(ts, y, horizon [, model [, options]])",
    )
    .with_sql_example(
        "```sql\n\
         SELECT district, f.ts, f.yhat, f.lo, f.hi\n\
         FROM (SELECT district, unnest(ts_forecast(month, revenue, 12)) AS f FROM budget GROUP BY district);\n\
         ```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid of months, days or shorter steps.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument("horizon", "Steps to forecast, 1 to 10000, the same for all rows of a series.")
    .with_argument("model", "`auto` (default, the median of several), `auto_ets`, `auto_arima`, `ces`, `theta`, `otm`, `dot`, `stlf`, `ses`, \
         `holt`, `damped`, `ets:AAN` and other forms, `arima:(p,d,q)(P,D,Q)`, `croston`, `sba`, `tsb`, `drift`, \
         `snaive` or `naive`; the same for all rows of a series.",
    )
    .with_argument(
        "options",
        "JSON object: `level`, the coverage of the interval, 0.5 to 0.999; `period`, the steps in a season, where the one that \
         follows from the timestamps is not wanted. The same for all rows of a series.",
    )
    .build()
});
