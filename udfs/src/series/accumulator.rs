//! One series at a time.

use std::marker::PhantomData;

use arrow::array::ArrayRef;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::Accumulator;

use super::batch::Batch;
use super::clock::Clock;
use super::rows::Rows;
use super::{Kind, frame, state};

#[derive(Debug)]
pub struct SeriesAccumulator<K: Kind> {
    clock: Clock,
    rows: Rows,
    kind: PhantomData<K>,
}

impl<K: Kind> SeriesAccumulator<K> {
    pub fn new(clock: Clock) -> Self {
        SeriesAccumulator { clock, rows: Rows::new(K::PARAMETERS), kind: PhantomData }
    }
}

impl<K: Kind> Accumulator for SeriesAccumulator<K> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut batch = Batch::<K>::new(values)?;
        (0..batch.len()).try_for_each(|row| batch.push(row, &mut self.rows))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |column| column.len());
        (0..rows).try_for_each(|row| state::merge(states, row, K::PARAMETERS, &mut self.rows))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = state::write(std::slice::from_ref(&self.rows), K::PARAMETERS)?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    /// Leaves the rows in place: a window calls this again after every frame.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let results = frame::results::<K>(std::slice::from_mut(&mut self.rows), &self.clock)?;
        ScalarValue::try_from_array(&results, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.bytes()
    }
}
