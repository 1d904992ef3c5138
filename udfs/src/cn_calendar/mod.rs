//! `cn_calendar(from, to)`: the Chinese statistical calendar by month, as a list of rows to unnest.

mod months;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use chrono::NaiveDate;
use datafusion_common::{Result, exec_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::series::frame::{Frame, list_type};

/// The scalar function; a year outside the known ones gives a row with `error`, never a guess.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct CnCalendar {
    signature: Signature,
}

impl CnCalendar {
    pub fn new() -> Self {
        let dates = TypeSignature::Exact(vec![DataType::Date32, DataType::Date32]);
        CnCalendar { signature: Signature::new(dates, Volatility::Immutable) }
    }
}

impl Default for CnCalendar {
    fn default() -> Self {
        Self::new()
    }
}

impl ScalarUDFImpl for CnCalendar {
    fn name(&self) -> &'static str {
        "cn_calendar"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        list_type(self.name(), &months::SHAPE, Some(&DataType::Date32))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [from, to] = columns.as_slice() else { return exec_err!("cn_calendar takes (from, to)") };
        let (from, to) = (dates(from)?, dates(to)?);
        let mut frame = Frame::new(&months::SHAPE);
        for (from, to) in from.into_iter().zip(to) {
            match from.zip(to).map(|(from, to)| months::rows(from, to)) {
                None => frame.append(months::none())?,
                Some(Ok(rows)) => frame.append(rows)?,
                Some(Err(error)) => frame.failed(&error.to_string())?,
            }
        }
        Ok(ColumnarValue::Array(Arc::new(frame.finish(&DataType::Date32)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

fn dates(array: &ArrayRef) -> Result<Vec<Option<NaiveDate>>> {
    let days = cast(array, &DataType::Date32)?;
    let days = days.as_primitive::<Date32Type>();
    Ok((0..days.len()).map(|row| days.is_valid(row).then(|| days.value_as_date(row)).flatten()).collect())
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "The Chinese statistical calendar, one element per month from that of `from` to that of `to`: days, weekdays, working \
         days with shifted rest days where the State Council's arrangement is known (`rest_days_known`), the dates of Spring \
         Festival, Dragon Boat and Mid-Autumn in that month, and the shares of the weeks before, of and after Spring Festival, \
         and of the other two holidays, that fall into it, less the mean of that month. Years outside 1950 to 2056 are refused.",
        "cn_calendar(from, to)",
    )
    .with_sql_example("```sql\nSELECT unnest(cn_calendar(DATE '2024-01-01', DATE '2026-12-31'));\n```")
    .with_argument("from", "DATE in the first month.")
    .with_argument("to", "DATE in the last month.")
    .build()
});
