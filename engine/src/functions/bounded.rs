//! Functions whose answer may be far larger than what it is made of, or take far longer.
//!
//! What a function answers for one batch of rows lies in memory at once, outside of what the memory of a query counts: with
//! `repeat('a', 2000000000)` a process would end. And a function computes a batch at a stretch: two long texts that are compared
//! letter by letter would hold a thread that nobody can take back. So such functions look at their arguments first.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::{cast, kernels::length::length};
use arrow::datatypes::{
    DataType, FieldRef, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;

/// Bytes that a function makes of one batch.
const BYTES_MAX: i64 = 128 * 1024 * 1024;
/// Pairs of letters that are compared for one row: a second or so.
const PAIRS_MAX: i64 = 400_000_000;
/// An item of a list of numbers.
const ITEM_BYTES: i64 = 8;

/// Functions that look first: the cost of one row by the numbers of its arguments, and how it is bounded.
const BOUNDED: [(&str, Cost, Bound); 8] = [
    ("repeat", |row| times(row[0], row[1]), Bound::Bytes),
    ("lpad", |row| row[1], Bound::Bytes),
    ("rpad", |row| row[1], Bound::Bytes),
    ("array_repeat", |row| times(row[0], row[1]), Bound::Bytes),
    ("array_resize", |row| times(Some(ITEM_BYTES), row[1]), Bound::Bytes),
    ("range", steps, Bound::Bytes),
    ("generate_series", steps, Bound::Bytes),
    ("levenshtein", |row| times(row[0], row[1]), Bound::Pairs),
];

/// The cost of a row; none if the function answers NULL, or refuses the row by itself.
type Cost = fn(&[Option<i64>; ARGUMENTS]) -> Option<i64>;

/// How many arguments are looked at.
const ARGUMENTS: usize = 3;

#[derive(Clone, Copy)]
enum Bound {
    /// Of all rows of a batch.
    Bytes,
    /// Of each row.
    Pairs,
}

/// Those that a state has, as they look first.
pub fn all(state: &SessionState) -> Vec<Arc<ScalarUDF>> {
    let bounded = |(at, (name, ..)): (usize, &(&str, Cost, Bound))| {
        let inner = state.scalar_functions().get(*name)?.clone();
        Some(Arc::new(ScalarUDF::from(Bounded { inner, at })))
    };
    BOUNDED.iter().enumerate().filter_map(bounded).collect()
}

fn times(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    Some(one?.saturating_mul(other?))
}

/// Bytes of a list of numbers or times; with one argument from 0 up to that.
fn steps(row: &[Option<i64>; ARGUMENTS]) -> Option<i64> {
    let (start, stop, step) = match row {
        [Some(stop), None, _] => (0, *stop, 1),
        [Some(start), Some(stop), step] => (*start, *stop, step.unwrap_or(1)),
        _ => return None,
    };
    let items = stop.saturating_sub(start).checked_div(step)?.saturating_add(1);
    (items > 0).then(|| items.saturating_mul(ITEM_BYTES))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    /// Its place in [`BOUNDED`].
    at: usize,
}

impl Bounded {
    fn check(&self, arguments: &ScalarFunctionArgs) -> Result<()> {
        let (_, cost_of, bound) = BOUNDED[self.at];
        let numbers: Vec<Numbers> = arguments.args.iter().take(ARGUMENTS).map(Numbers::of).collect::<Result<_>>()?;
        let (mut sum, mut most) = (0i64, 0i64);
        for row in 0..arguments.number_rows {
            let of_row: [Option<i64>; ARGUMENTS] =
                std::array::from_fn(|at| numbers.get(at).and_then(|numbers| numbers.get(row)));
            let cost = cost_of(&of_row).unwrap_or_default().max(0);
            (sum, most) = (sum.saturating_add(cost), most.max(cost));
        }
        let name = self.inner.name();
        match bound {
            Bound::Bytes if sum > BYTES_MAX => Err(into_datafusion(
                Error::new(
                    Code::MEMORY_LIMIT,
                    format!("`{name}` would make {sum} bytes at once; {BYTES_MAX} are the most"),
                )
                .with_hint("make shorter texts or lists; long series of rows come from `FROM generate_series(…)`"),
            )),
            Bound::Pairs if most > PAIRS_MAX => Err(into_datafusion(
                Error::new(
                    Code::EXECUTION,
                    format!("`{name}` of texts so long compares {most} pairs; {PAIRS_MAX} are the most"),
                )
                .with_hint("compare parts of the texts"),
            )),
            Bound::Bytes | Bound::Pairs => Ok(()),
        }
    }
}

/// The numbers of one argument: a number itself, a time in microseconds, the bytes of a text or of another value.
enum Numbers {
    /// The same for all rows.
    One(Option<i64>),
    Each(Int64Array),
}

impl Numbers {
    fn of(argument: &ColumnarValue) -> Result<Self> {
        Ok(match argument {
            ColumnarValue::Array(values) => Self::Each(numbers(values)?),
            ColumnarValue::Scalar(value) => {
                let one = numbers(&value.to_array()?)?;
                Self::One(one.is_valid(0).then(|| one.value(0)))
            }
        })
    }

    fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::One(number) => *number,
            Self::Each(numbers) => numbers.is_valid(row).then(|| numbers.value(row)),
        }
    }
}

fn numbers(values: &ArrayRef) -> Result<Int64Array> {
    let cast_to = |values: &ArrayRef, to: &DataType| Ok::<_, DataFusionError>(cast(values, to)?);
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let numbers = match values.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary => {
            cast_to(&length(values.as_ref())?, &DataType::Int64)?
        }
        DataType::Date32 | DataType::Date64 => cast_to(&cast_to(values, &micros)?, &DataType::Int64)?,
        DataType::Timestamp(_, zone) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            cast_to(&cast_to(values, &micros)?, &DataType::Int64)?
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let spans = values.as_primitive::<IntervalMonthDayNanoType>().iter();
            return Ok(spans.map(|span| span.map(micros_of)).collect());
        }
        other if other.is_integer() => cast_to(values, &DataType::Int64)?,
        // Of these only how much room they take is of interest.
        _ => {
            let bytes = values.get_array_memory_size() / values.len().max(1);
            return Ok(Int64Array::from(vec![i64::try_from(bytes).unwrap_or(i64::MAX); values.len()]));
        }
    };
    Ok(numbers.as_primitive::<Int64Type>().clone())
}

/// A month is taken for its shortest.
fn micros_of(span: IntervalMonthDayNano) -> i64 {
    const DAY: i64 = 86_400_000_000;
    let days = i64::from(span.months) * 28 + i64::from(span.days);
    let micros = days.saturating_mul(DAY).saturating_add(span.nanoseconds / 1000);
    // Below a microsecond it is still a step.
    if micros == 0 { span.nanoseconds.signum() } else { micros }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check(&arguments)?;
        self.inner.invoke_with_args(arguments)
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arguments)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

#[cfg(test)]
mod tests;
