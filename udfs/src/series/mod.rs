//! Aggregates over the rows of one series: what they share.
//!
//! A [`Kind`] says which arguments it takes, what its rows look like, and how one series becomes such rows. Everything else
//! (types of SQL, collecting, the state between stages, many groups at once, the list that comes out) is here, once.
//! Partial aggregation only collects; the final step sorts, so order and partitioning of the input do not matter. What is
//! wrong with one series is told in its row (`error`); what is wrong with the query fails the query.

mod accumulator;
mod batch;
pub mod clock;
pub mod frame;
pub mod grid;
mod groups;
pub mod options;
pub mod parameter;
pub mod rows;
mod state;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result, internal_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::AggregateOrderSensitivity;
use datafusion_expr::{Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature, Volatility};

use self::accumulator::SeriesAccumulator;
use self::clock::Clock;
use self::frame::{Of, Out};
use self::groups::SeriesGroups;
use self::parameter::Parameter;
use self::rows::Rows;
use crate::forecast::Error;

/// One aggregate function over series.
pub trait Kind: Debug + Default + PartialEq + Eq + Hash + Send + Sync + 'static {
    const NAME: &'static str;
    /// One of them is the time.
    const PARAMETERS: &'static [Parameter];
    /// Fields of the rows that come out; `error` follows them.
    const SHAPE: &'static [(&'static str, Of)];
    /// Whether the result is no list, but the first field of a single row. `error` is then left to `failed`.
    const IS_SINGLE: bool = false;
    /// Whether a row without time and values is none, as a LEFT JOIN makes it, and a series of such rows can be solved.
    const EMPTY_ROWS_ARE_NONE: bool = false;

    /// Refuses a constant argument, by its place among the constants. `Err` fails the query.
    fn check(_constant: usize, _text: &str) -> Result<(), String> {
        Ok(())
    }

    /// The text by which rows are compared, from a constant argument as it was given; `None` agrees with all. `Err` fails the
    /// query.
    fn read(constant: usize, text: Option<&str>) -> Result<Option<String>, String> {
        text.map(|text| Self::check(constant, text).map(|()| text.to_owned())).transpose()
    }

    /// The rows of one series, column by column as in `SHAPE`. `rows` are sorted.
    ///
    /// # Errors
    /// What the series' one row says instead.
    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error>;

    /// What the one row of a series that could not be solved tells besides the error, as in `SHAPE`.
    fn failed(_rows: &Rows, _error: &Error) -> Vec<Out> {
        Self::SHAPE.iter().map(|(_, of)| of.null()).collect()
    }

    fn documentation() -> &'static Documentation;
}

/// The aggregate function of a kind. It has no state: equal everywhere it is registered.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Aggregate<K: Kind> {
    signature: Signature,
    kind: PhantomData<K>,
}

impl<K: Kind> Aggregate<K> {
    pub fn new() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        let names: Vec<&str> = K::PARAMETERS.iter().map(|parameter| parameter.name).collect();
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        let signature = plain().with_parameter_names(names).unwrap_or_else(|_| plain());
        Aggregate { signature, kind: PhantomData }
    }
}

impl<K: Kind> Default for Aggregate<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kind> AggregateUDFImpl for Aggregate<K> {
    fn name(&self) -> &str {
        K::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        parameter::coerce(K::NAME, K::PARAMETERS, given)
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let list = frame::list_type(K::NAME, K::SHAPE, arguments.get(parameter::time_place(K::PARAMETERS)))?;
        if K::IS_SINGLE { frame::single_type(&list) } else { Ok(list) }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state::fields(args.name, K::PARAMETERS))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        refuse_distinct(K::NAME, &args)?;
        Ok(Box::new(SeriesAccumulator::<K>::new(clock_of::<K>(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        refuse_distinct(K::NAME, &args)?;
        Ok(Box::new(SeriesGroups::<K>::new(clock_of::<K>(&args)?)))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(K::documentation())
    }
}

/// From the return type, which is the same in every stage of a distributed plan; where it has no time, from the arguments, which
/// every stage knows too, though it does not get their values.
fn clock_of<K: Kind>(args: &AccumulatorArgs) -> Result<Clock> {
    if !K::IS_SINGLE {
        return Clock::new(frame::time_type(args.return_type())?);
    }
    match args.expr_fields.get(parameter::time_place(K::PARAMETERS)) {
        Some(field) => Clock::new(field.data_type().clone()),
        None => internal_err!("{} got {} arguments", K::NAME, args.expr_fields.len()),
    }
}

fn refuse_distinct(name: &str, args: &AccumulatorArgs) -> Result<()> {
    match args.is_distinct {
        true => not_impl_err!("{name} does not accept DISTINCT: a repeated timestamp is reported, not dropped"),
        false => Ok(()),
    }
}
