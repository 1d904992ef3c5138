//! Demand that is often zero: how much when there is some, and how often there is some, are smoothed apart.
//!
//! Croston, Operational Research Quarterly 23 (1972); Syntetos & Boylan, Int. J. Forecasting 21 (2005), for the
//! correction of his bias; Teunter, Syntetos & Babai, European J. Operational Research 214 (2011), for a probability
//! that falls while nothing is asked for. The forecast is a rate, the same for every step.

#[cfg(test)]
mod tests;

use super::interval::variance;
use super::model::Forecast;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Croston,
    /// Croston's rate less half the smoothing parameter of itself.
    SyntetosBoylan,
    TeunterSyntetosBabai,
}

/// The smoothing parameter of sizes, intervals and probabilities, as in the papers' studies: there are too few demands
/// in such a series to estimate it.
const ALPHA: f64 = 0.1;

/// Interval widths come from the one-step errors and do not grow, as the rate does not.
pub fn forecast(y: &[f64], horizon: usize, method: Method) -> Forecast {
    let mut rate = Rate::default();
    let mut errors = vec![];
    for value in y {
        if let Some(before) = rate.value(method) {
            errors.push(value - before);
        }
        rate.take(*value);
    }
    let mean = rate.value(method).unwrap_or_default();
    let deviation = variance(errors.into_iter(), 1).sqrt();
    Forecast::normal(vec![mean; horizon], &vec![deviation; horizon], method.spec())
}

impl Method {
    fn spec(self) -> &'static str {
        match self {
            Method::Croston => "Croston(0.1)",
            Method::SyntetosBoylan => "SBA(0.1)",
            Method::TeunterSyntetosBabai => "TSB(0.1,0.1)",
        }
    }
}

#[derive(Default)]
struct Rate {
    /// Smoothed size of demands and, of the first two methods, smoothed steps between them.
    state: Option<(f64, f64)>,
    since: f64,
    seen: f64,
    probability: f64,
}

impl Rate {
    fn value(&self, method: Method) -> Option<f64> {
        let (size, interval) = self.state?;
        Some(match method {
            Method::Croston => size / interval,
            Method::SyntetosBoylan => (1.0 - ALPHA / 2.0) * size / interval,
            Method::TeunterSyntetosBabai => self.probability * size,
        })
    }

    fn take(&mut self, value: f64) {
        self.since += 1.0;
        self.seen += 1.0;
        let asked = if value != 0.0 { 1.0 } else { 0.0 };
        self.probability += ALPHA * (asked - self.probability);
        if value == 0.0 {
            return;
        }
        self.state = match self.state {
            None => {
                self.probability = 1.0 / self.seen;
                Some((value, self.since))
            }
            Some((size, interval)) => Some((size + ALPHA * (value - size), interval + ALPHA * (self.since - interval))),
        };
        self.since = 0.0;
    }
}
