//! Many series at once: what an aggregation over a hundred thousand groups runs on.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion_common::Result;
use datafusion_expr::{EmitTo, GroupsAccumulator};

use super::arguments::Batch;
use super::observations::Observations;
use super::{output, state};
use crate::series::clock::Clock;

pub struct SeriesGroups {
    clock: Clock,
    series: Vec<Observations>,
    /// Heap memory of all series, kept as they grow: `size` is asked after every batch.
    bytes: usize,
}

impl SeriesGroups {
    pub fn new(clock: Clock) -> Self {
        SeriesGroups { clock, series: vec![], bytes: 0 }
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Observations> {
        let taken = emit_to.take_needed(&mut self.series);
        self.bytes -= taken.iter().map(Observations::bytes).sum::<usize>();
        taken
    }
}

impl GroupsAccumulator for SeriesGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.series.resize_with(total_num_groups, Observations::default);
        let mut batch = Batch::new(values)?;
        for (row, group) in group_indices.iter().enumerate().filter(|(row, _)| passes(opt_filter, *row)) {
            let call = batch.call(row)?;
            let series = &mut self.series[*group];
            let before = series.bytes();
            series.push(batch.timestamp(row), batch.value(row), call);
            self.bytes += series.bytes() - before;
        }
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.series.resize_with(total_num_groups, Observations::default);
        let state = state::Reader::new(values)?;
        for (row, group) in group_indices.iter().enumerate() {
            let series = &mut self.series[*group];
            let before = series.bytes();
            state.merge(row, series)?;
            self.bytes += series.bytes() - before;
        }
        Ok(())
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        state::write(&self.take(emit_to))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(output::forecasts(&mut self.take(emit_to), &self.clock)?))
    }

    /// Each row becomes a series of its own, an empty one where the filter drops it.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut batch = Batch::new(values)?;
        let mut series = vec![Observations::default(); batch.len()];
        for (row, series) in series.iter_mut().enumerate().filter(|(row, _)| passes(opt_filter, *row)) {
            let call = batch.call(row)?;
            series.push(batch.timestamp(row), batch.value(row), call);
        }
        state::write(&series)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.series.capacity() * size_of::<Observations>() + self.bytes
    }
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}
