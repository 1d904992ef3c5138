//! Many series at once: what an aggregation over a hundred thousand groups runs on.

use std::marker::PhantomData;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion_common::Result;
use datafusion_expr::{EmitTo, GroupsAccumulator};

use super::batch::Batch;
use super::clock::Clock;
use super::rows::Rows;
use super::{Kind, frame, state};

pub struct SeriesGroups<K: Kind> {
    clock: Clock,
    series: Vec<Rows>,
    /// Heap memory of all series, kept as they grow: `size` is asked after every batch.
    bytes: usize,
    kind: PhantomData<K>,
}

impl<K: Kind> SeriesGroups<K> {
    pub fn new(clock: Clock) -> Self {
        SeriesGroups { clock, series: vec![], bytes: 0, kind: PhantomData }
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Rows> {
        let taken = emit_to.take_needed(&mut self.series);
        let freed = taken.iter().map(Rows::bytes).sum::<usize>();
        self.bytes = self.bytes.saturating_sub(freed);
        taken
    }

    /// Changes one series and keeps count of its memory.
    fn change(&mut self, group: usize, change: impl FnOnce(&mut Rows) -> Result<()>) -> Result<()> {
        let series = &mut self.series[group];
        let before = series.bytes();
        change(series)?;
        self.bytes = (self.bytes + series.bytes()).saturating_sub(before);
        Ok(())
    }

    fn grow(&mut self, groups: usize) {
        self.series.resize_with(groups, || Rows::new(K::PARAMETERS));
    }
}

impl<K: Kind> GroupsAccumulator for SeriesGroups<K> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let mut batch = Batch::<K>::new(values)?;
        let mut passing = group_indices.iter().enumerate().filter(|(row, _)| passes(opt_filter, *row));
        passing.try_for_each(|(row, group)| self.change(*group, |rows| batch.push(row, rows)))
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.grow(total_num_groups);
        let mut states = group_indices.iter().enumerate();
        states.try_for_each(|(row, group)| self.change(*group, |rows| state::merge(values, row, K::PARAMETERS, rows)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        state::write(&self.take(emit_to), K::PARAMETERS)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        frame::results::<K>(&mut self.take(emit_to), &self.clock)
    }

    /// Each row becomes a series of its own, an empty one where the filter drops it.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut batch = Batch::<K>::new(values)?;
        let mut series = vec![Rows::new(K::PARAMETERS); batch.len()];
        for (row, rows) in series.iter_mut().enumerate().filter(|(row, _)| passes(opt_filter, *row)) {
            batch.push(row, rows)?;
        }
        state::write(&series, K::PARAMETERS)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.series.capacity() * size_of::<Rows>() + self.bytes
    }
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}
