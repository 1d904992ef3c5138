//! How intervals made in the same way did before.

use super::Asked;
use crate::forecast::regression::{Column, Regressors, Steps, forecast_with};

/// Outcomes that earlier forecasts had intervals for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub origins: usize,
    pub outcomes: usize,
    pub within: usize,
}

/// From origins one horizon apart, the last of which leaves one horizon of outcomes, and none of which has less than half of
/// the history: everything is chosen and estimated again from what was known there. `None` without an outcome.
pub fn coverage(y: &[f64], asked: &Asked) -> Option<Past> {
    let (n, horizon) = (y.len(), asked.horizon.max(1));
    let first = (n / 2).max(asked.period.saturating_mul(2)).max(1);
    let mut past = Past { origins: 0, outcomes: 0, within: 0 };
    let origins = (1..=asked.origins).filter_map(|back| n.checked_sub(back.checked_mul(horizon)?));
    for origin in origins.take_while(|origin| *origin >= first) {
        let regressors = head(&asked.regressors, origin + horizon);
        let found = forecast_with(&y[..origin], asked.period, horizon, asked.model, &regressors);
        let Some(found) = found.and_then(|found| found.forecast.at_level(asked.level)).ok() else { continue };
        past.origins += 1;
        for ((value, lo), hi) in y[origin..].iter().zip(&found.lo).zip(&found.hi).filter(|((y, _), _)| !y.is_nan()) {
            past.outcomes += 1;
            past.within += usize::from(lo <= value && value <= hi);
        }
    }
    (past.outcomes > 0).then_some(past)
}

/// The regressors of the first steps.
fn head(regressors: &Regressors, length: usize) -> Regressors {
    let column = |column: &Column| Column { name: column.name.clone(), values: column.values[..length].to_vec() };
    let calendar = regressors.calendar.as_ref().map(|steps| match steps {
        Steps::Months(periods) => Steps::Months(periods[..length].to_vec()),
        Steps::Days(days) => Steps::Days(days[..length].to_vec()),
    });
    Regressors { given: regressors.given.iter().map(column).collect(), calendar }
}
