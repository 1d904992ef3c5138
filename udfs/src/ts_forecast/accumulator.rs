//! One series at a time.

use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::Accumulator;

use super::arguments::Batch;
use super::observations::Observations;
use super::{output, state};
use crate::series::clock::Clock;

#[derive(Debug)]
pub struct SeriesAccumulator {
    clock: Clock,
    rows: Observations,
}

impl SeriesAccumulator {
    pub fn new(clock: Clock) -> Self {
        SeriesAccumulator { clock, rows: Observations::default() }
    }
}

impl Accumulator for SeriesAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut batch = Batch::new(values)?;
        for row in 0..batch.len() {
            let call = batch.call(row)?;
            self.rows.push(batch.timestamp(row), batch.value(row), call);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let state = state::Reader::new(states)?;
        (0..state.len()).try_for_each(|row| state.merge(row, &mut self.rows))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = state::write(std::slice::from_ref(&self.rows))?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    /// Leaves the rows in place: a window calls this again after every frame.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let list = output::forecasts(std::slice::from_mut(&mut self.rows), &self.clock)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.bytes()
    }
}
