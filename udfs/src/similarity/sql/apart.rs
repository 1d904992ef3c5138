//! Distances of days and of numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::temporal_conversions::date32_to_datetime;
use chrono::NaiveDate;
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::super::{moments, numbers};
use super::over_rows;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Days,
    Months,
    RelativeDifference,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Apart {
    asked: Asked,
    signature: Signature,
}

impl Apart {
    /// `days_apart(a, b)`: of two days or moments, whichever is first; 0 or more.
    pub fn days() -> Self {
        Self::of(Asked::Days)
    }

    /// `months_apart(a, b)`: the fewest calendar months that lead from the earlier day to the later one or beyond it.
    pub fn months() -> Self {
        Self::of(Asked::Months)
    }

    /// `relative_difference(a, b)`: the difference as a part of the larger amount.
    pub fn relative_difference() -> Self {
        Self::of(Asked::RelativeDifference)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn run(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let [left, right] = arrays else { return exec_err!("{} takes two arguments", self.name()) };
        Ok(match self.asked {
            Asked::Days => Arc::new(of_days(left, right, moments::days)),
            Asked::Months => Arc::new(of_days(left, right, moments::months)),
            Asked::RelativeDifference => Arc::new(of_numbers(left, right)),
        })
    }
}

fn of_days(left: &ArrayRef, right: &ArrayRef, of: impl Fn(NaiveDate, NaiveDate) -> i64) -> Int64Array {
    let day = |day: Option<i32>| date32_to_datetime(day?).map(|moment| moment.date());
    let pairs = left.as_primitive::<Date32Type>().iter().zip(right.as_primitive::<Date32Type>());
    pairs.map(|(left, right)| Some(of(day(left)?, day(right)?))).collect()
}

/// What is not a number is null.
fn of_numbers(left: &ArrayRef, right: &ArrayRef) -> Float64Array {
    let pairs = left.as_primitive::<Float64Type>().iter().zip(right.as_primitive::<Float64Type>());
    let of = |(left, right): (Option<f64>, Option<f64>)| Some(numbers::relative_difference(left?, right?));
    pairs.map(|pair| of(pair).filter(|difference| !difference.is_nan())).collect()
}

impl ScalarUDFImpl for Apart {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Days => "days_apart",
            Asked::Months => "months_apart",
            Asked::RelativeDifference => "relative_difference",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let numbers = self.asked == Asked::RelativeDifference;
        let taken = |given: &DataType| match given {
            DataType::Null => true,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => !numbers,
            other => numbers && other.is_numeric(),
        };
        match given {
            [left, right] if taken(left) && taken(right) => {
                Ok(vec![if numbers { DataType::Float64 } else { DataType::Date32 }; 2])
            }
            _ => plan_err!("{} takes two {}", self.name(), if numbers { "numbers" } else { "days" }),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::RelativeDifference => DataType::Float64,
            _ => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_rows(&arguments, |arrays| self.run(arrays))
    }
}
