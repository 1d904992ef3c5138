//! What is collected of one series.

use std::cmp::Ordering;
use std::sync::Arc;

use super::parameter::{Parameter, Role};
use crate::forecast::Error;

/// The rows of one series in the order they came. Of the constants only the extremes are kept: all rows must agree, and
/// smallest and largest tell that in any order.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub times: Vec<i64>,
    pub null_times: i64,
    pub columns: Vec<Column>,
    pub constants: Vec<Option<(Arc<str>, Arc<str>)>>,
}

/// The values of one argument, one per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Numbers(Vec<f64>),
    Lists(Vec<Vec<f64>>),
    Paths(Vec<Vec<String>>),
}

impl Rows {
    pub fn new(parameters: &[Parameter]) -> Self {
        let columns = parameters.iter().filter(|parameter| parameter.role.is_column());
        let constants = parameters.iter().filter(|parameter| parameter.role.is_constant());
        Rows {
            times: vec![],
            null_times: 0,
            columns: columns.map(|parameter| Column::new(parameter.role)).collect(),
            constants: constants.map(|_| None).collect(),
        }
    }

    /// A column of numbers by its place among the columns; empty for one of another type.
    pub fn numbers(&self, column: usize) -> &[f64] {
        match self.columns.get(column) {
            Some(Column::Numbers(values)) => values,
            _ => &[],
        }
    }

    pub fn lists(&self, column: usize) -> &[Vec<f64>] {
        match self.columns.get(column) {
            Some(Column::Lists(values)) => values,
            _ => &[],
        }
    }

    pub fn paths(&self, column: usize) -> &[Vec<String>] {
        match self.columns.get(column) {
            Some(Column::Paths(values)) => values,
            _ => &[],
        }
    }

    /// The value that all rows agree on; `None` when no row has one.
    ///
    /// # Errors
    /// When they differ.
    pub fn constant(&self, place: usize, argument: &'static str) -> Result<Option<&str>, Error> {
        match self.constants.get(place) {
            Some(Some((low, high))) if low == high => Ok(Some(low)),
            Some(Some((low, high))) => {
                Err(Error::Conflict { argument, first: low.to_string(), second: high.to_string() })
            }
            _ => Ok(None),
        }
    }

    /// One of the values that rows have, the same in any order of theirs, whether they agree or not.
    pub fn some_constant(&self, place: usize) -> Option<&str> {
        self.constants.get(place)?.as_ref().map(|(low, _)| &**low)
    }

    /// # Errors
    /// When there are no rows, or some have no time.
    pub fn check_times(&self) -> Result<(), Error> {
        match self.null_times {
            0 if self.times.is_empty() => Err(Error::Empty),
            0 => Ok(()),
            count => Err(Error::NullTimestamp { count: count as usize }),
        }
    }

    /// Texts are ordered by length first, so that whole numbers are in their own order.
    pub fn widen(&mut self, place: usize, text: &Arc<str>) {
        let Some(range) = self.constants.get_mut(place) else { return };
        let is_less = |a: &str, b: &str| (a.len(), a) < (b.len(), b);
        match range {
            None => *range = Some((text.clone(), text.clone())),
            Some((low, high)) if text == low || text == high => {}
            Some((low, _)) if is_less(text, low) => *low = text.clone(),
            Some((_, high)) if is_less(high, text) => *high = text.clone(),
            Some(_) => {}
        }
    }

    /// Sorted by time, then by the values, so that equal series have equal bits whatever order they came in.
    pub fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.times.len()).collect();
        order.sort_unstable_by(|a, b| {
            let by_time = self.times[*a].cmp(&self.times[*b]);
            self.columns.iter().fold(by_time, |so_far, column| so_far.then_with(|| column.compare(*a, *b)))
        });
        self.times = order.iter().map(|row| self.times[*row]).collect();
        self.columns.iter_mut().for_each(|column| column.permute(&order));
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.bytes() + size_of::<Column>()).sum();
        let texts = self.constants.iter().flatten().map(|(low, high)| low.len() + high.len());
        columns
            + self.times.capacity() * size_of::<i64>()
            + texts.sum::<usize>()
            + self.constants.capacity() * size_of::<Option<(Arc<str>, Arc<str>)>>()
    }
}

impl Column {
    fn new(role: Role) -> Self {
        match role {
            Role::Path => Column::Paths(vec![]),
            Role::Numbers => Column::Lists(vec![]),
            _ => Column::Numbers(vec![]),
        }
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Column::Numbers(values) => values[a].total_cmp(&values[b]),
            Column::Lists(values) => {
                let pairs = values[a].iter().zip(&values[b]);
                let differ = pairs.map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
                differ.unwrap_or_else(|| values[a].len().cmp(&values[b].len()))
            }
            Column::Paths(values) => values[a].cmp(&values[b]),
        }
    }

    fn permute(&mut self, order: &[usize]) {
        match self {
            Column::Numbers(values) => *values = order.iter().map(|row| values[*row]).collect(),
            Column::Lists(values) => *values = order.iter().map(|row| std::mem::take(&mut values[*row])).collect(),
            Column::Paths(values) => *values = order.iter().map(|row| std::mem::take(&mut values[*row])).collect(),
        }
    }

    /// Lists and paths are estimated by their mean item: walking them after every batch would be quadratic.
    fn bytes(&self) -> usize {
        match self {
            Column::Numbers(values) => values.capacity() * size_of::<f64>(),
            Column::Lists(values) => estimate(values, |list| list.capacity() * size_of::<f64>()),
            Column::Paths(values) => {
                estimate(values, |path| path.iter().map(|name| name.capacity() + size_of::<String>()).sum())
            }
        }
    }
}

fn estimate<T>(values: &[Vec<T>], of: impl Fn(&Vec<T>) -> usize) -> usize {
    values.len() * (size_of::<Vec<T>>() + values.last().map_or(0, of))
}
