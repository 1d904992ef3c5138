//! The estimated effects: what they are worth at each step, taken off and put on.

use std::ops::Range;

use super::columns::LeftOut;
use super::groups::Group;
use crate::forecast::Error;
use crate::forecast::adjust::outliers::Outlier;
use crate::forecast::model::Forecast;
use crate::forecast::series::Series;

/// What was found. Contributions have one entry per step of history and horizon: amounts in the unit of the series, or,
/// where `multiplicative`, factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    pub given: Vec<Given>,
    pub calendar: Vec<Term>,
    pub left_out: Vec<LeftOut>,
    /// Outliers of the history beside the effects, in order of time.
    pub one_offs: Vec<OneOff>,
    pub multiplicative: bool,
    /// Steps of the history.
    pub history: usize,
}

/// The effect of a given regressor.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub name: String,
    /// Change of the series, or of its logarithm, per unit of the regressor.
    pub coefficient: f64,
    /// Student's ratio.
    pub t: f64,
    /// The value at which the regressor contributes nothing: the median of its history.
    pub centre: f64,
    pub contribution: Vec<f64>,
}

/// The effect of a group of calendar terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub group: Group,
    /// The windows.
    pub names: Vec<String>,
    /// Tail probability of the F-test that the group explains nothing.
    pub p: f64,
    pub contribution: Vec<f64>,
}

/// An outlier of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneOff {
    pub outlier: Outlier,
    /// Amount or factor.
    pub size: f64,
    pub t: f64,
}

impl Effects {
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.calendar.is_empty()
    }

    /// All effects at a step, counted from the start of the history.
    pub fn at(&self, step: usize) -> f64 {
        let given = self.given.iter().map(|given| given.contribution[step]);
        let parts = given.chain(self.calendar.iter().map(|term| term.contribution[step]));
        if self.multiplicative { parts.product() } else { parts.sum() }
    }

    /// The series without the effects; missing values stay missing.
    pub fn remove(&self, y: &[f64]) -> Vec<f64> {
        let without = |(step, value): (usize, &f64)| match self.multiplicative {
            true => value / self.at(step),
            false => value - self.at(step),
        };
        y.iter().enumerate().map(without).collect()
    }

    /// A forecast of what is without the effects, whose first step is `next`, with them.
    ///
    /// # Errors
    /// When a value exceeds the range of numbers.
    pub fn restore(&self, rest: &Forecast, next: usize) -> Result<Forecast, Error> {
        let with = |values: &Vec<f64>| -> Vec<f64> {
            let one = |(h, value): (usize, &f64)| match self.multiplicative {
                true => value * self.at(next + h),
                false => value + self.at(next + h),
            };
            values.iter().enumerate().map(one).collect()
        };
        let [mean, lo, hi] = [&rest.mean, &rest.lo, &rest.hi].map(with);
        if [&mean, &lo, &hi].into_iter().flatten().any(|value| !value.is_finite()) {
            return Err(Error::TooLarge);
        }
        let names: Vec<&str> = self.names().collect();
        let spec = match names[..] {
            [] => rest.spec.clone(),
            _ => format!("regression on {}; rest: {}", names.join(", "), rest.spec),
        };
        Ok(Forecast { mean, lo, hi, spec, n_obs: rest.n_obs })
    }

    /// What is in the model.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let calendar = self.calendar.iter().map(|term| term.group.name());
        self.given.iter().map(|given| given.name.as_str()).chain(calendar)
    }

    /// The history in the scale of a [`Series`], its gaps bridged on the series without the effects.
    pub(super) fn bridged(
        &self,
        y: &[f64],
        history: &Range<usize>,
        period: usize,
        scale: f64,
    ) -> Result<Vec<f64>, Error> {
        let rest = Series::new(&self.remove(y)[history.clone()], period)?;
        let with = |(place, value): (usize, &f64)| match self.multiplicative {
            true => value * rest.scale * self.at(history.start + place) / scale,
            false => (value * rest.scale + self.at(history.start + place)) / scale,
        };
        Ok(rest.filled.iter().enumerate().map(with).collect())
    }
}
