//! What is collected of one series before it can be forecast.

use super::asked::Asked;
use crate::forecast::Error;

/// What a row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub horizon: i64,
    pub asked: Asked,
}

/// The rows of one series in the order they came. Of the horizons and what else is asked for only the extremes are kept: all rows must
/// agree, and smallest and largest tell that in any order.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    pub timestamps: Vec<i64>,
    pub values: Vec<f64>,
    pub null_timestamps: i64,
    pub horizon: Option<(i64, i64)>,
    pub asked: Option<(Asked, Asked)>,
}

impl Observations {
    pub fn push(&mut self, timestamp: Option<i64>, value: f64, call: Call) {
        match timestamp {
            Some(timestamp) => {
                self.timestamps.push(timestamp);
                self.values.push(value);
            }
            None => self.null_timestamps += 1,
        }
        widen(&mut self.horizon, Some((call.horizon, call.horizon)));
        widen(&mut self.asked, Some((call.asked, call.asked)));
    }

    pub fn merge(&mut self, timestamps: &[i64], values: &[f64], rest: &Observations) {
        self.timestamps.extend_from_slice(timestamps);
        self.values.extend_from_slice(values);
        self.null_timestamps += rest.null_timestamps;
        widen(&mut self.horizon, rest.horizon);
        widen(&mut self.asked, rest.asked);
    }

    /// The horizon and model that all rows agree on; `None` when there are no rows.
    pub fn call(&self) -> Result<Option<Call>, Error> {
        let (Some(horizon), Some(asked)) = (self.horizon, self.asked) else { return Ok(None) };
        let horizon = agreed("horizon", horizon, ToString::to_string)?;
        let asked = agreed("model", asked, Asked::text)?;
        Ok(Some(Call { horizon, asked }))
    }

    /// Sorted by time, then by value, so that equal series have equal bits whatever order they came in.
    pub fn sort(&mut self) {
        let mut pairs: Vec<(i64, f64)> = self.timestamps.drain(..).zip(self.values.drain(..)).collect();
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        (self.timestamps, self.values) = pairs.into_iter().unzip();
    }

    pub fn present(&self) -> usize {
        self.values.iter().filter(|value| !value.is_nan()).count()
    }

    /// Heap memory.
    pub fn bytes(&self) -> usize {
        (self.timestamps.capacity() + self.values.capacity()) * size_of::<i64>()
    }
}

fn widen<T: Ord + Copy>(range: &mut Option<(T, T)>, by: Option<(T, T)>) {
    *range = match (*range, by) {
        (Some((low, high)), Some((other_low, other_high))) => Some((low.min(other_low), high.max(other_high))),
        (range, by) => range.or(by),
    };
}

fn agreed<T: PartialEq>(argument: &'static str, (low, high): (T, T), show: fn(&T) -> String) -> Result<T, Error> {
    match low == high {
        true => Ok(low),
        false => Err(Error::Conflict { argument, first: show(&low), second: show(&high) }),
    }
}
