//! The innovations likelihood of a form and its exact gradient.
//!
//! The criterion is −2 log L without constants, with the variance concentrated out (the book, equation 5.3):
//! n·ln Σε² , plus 2·Σ ln|μ| where errors are relative. The gradient comes from one backward pass over the stored
//! trajectory (reverse accumulation), so it costs about as much as the value, whatever the number of states.

use super::form::{Form, Kind};
use super::state::{Smoothing, State};

/// The trajectory of one forward pass, kept so that passes allocate nothing.
#[derive(Debug, Default)]
pub struct Tape {
    steps: Vec<Step>,
    /// After a forward pass the final seasonal states; during a backward pass their adjoints.
    season: Vec<f64>,
    sum_of_squares: f64,
}

/// What the backward pass needs of one step.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    slope: f64,
    trend: f64,
    season: f64,
    mean: f64,
    error: f64,
}

/// Derivatives of the criterion by the smoothing parameters and the initial states.
#[derive(Debug, Default)]
pub struct Gradient {
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
    pub level: f64,
    pub slope: f64,
    pub season: Vec<f64>,
}

/// Below this mean square of errors (of data near one) a fit is perfect; the floor keeps the logarithm finite.
const PERFECT: f64 = 1e-24;

impl Tape {
    /// The criterion, `+inf` where a multiplicative form leaves the positive numbers.
    pub fn value(&mut self, y: &[f64], form: &Form, by: &Smoothing, start: &State) -> f64 {
        match (form.season, form.error) {
            (None, Kind::Additive) => self.forward::<0, false>(y, by, start),
            (None, Kind::Multiplicative) => self.forward::<0, true>(y, by, start),
            (Some(Kind::Additive), Kind::Additive) => self.forward::<1, false>(y, by, start),
            (Some(Kind::Additive), Kind::Multiplicative) => self.forward::<1, true>(y, by, start),
            (Some(Kind::Multiplicative), Kind::Additive) => self.forward::<2, false>(y, by, start),
            (Some(Kind::Multiplicative), Kind::Multiplicative) => self.forward::<2, true>(y, by, start),
        }
    }

    /// The gradient at the point of the last `value`, which must have been finite.
    pub fn gradient(&mut self, y: &[f64], form: &Form, by: &Smoothing, out: &mut Gradient) {
        match (form.season, form.error) {
            (None, Kind::Additive) => self.backward::<0, false>(y, by, out),
            (None, Kind::Multiplicative) => self.backward::<0, true>(y, by, out),
            (Some(Kind::Additive), Kind::Additive) => self.backward::<1, false>(y, by, out),
            (Some(Kind::Additive), Kind::Multiplicative) => self.backward::<1, true>(y, by, out),
            (Some(Kind::Multiplicative), Kind::Additive) => self.backward::<2, false>(y, by, out),
            (Some(Kind::Multiplicative), Kind::Multiplicative) => self.backward::<2, true>(y, by, out),
        }
    }

    /// `SEASON`: 0 none, 1 additive, 2 multiplicative. The recursions are those of [`State::update`].
    fn forward<const SEASON: u8, const RELATIVE: bool>(&mut self, y: &[f64], by: &Smoothing, start: &State) -> f64 {
        self.steps.resize(y.len(), Step::default());
        self.season.clear();
        self.season.extend_from_slice(&start.season);
        let (mut level, mut slope, mut place) = (start.level, start.slope, 0);
        let (mut squares, mut product, mut logs) = (0.0, 1.0, 0.0);
        for (step, y) in self.steps.iter_mut().zip(y) {
            let trend = level + by.phi * slope;
            let season = if SEASON == 0 { 0.0 } else { self.season[place] };
            let mean = match SEASON {
                0 => trend,
                1 => trend + season,
                _ => trend * season,
            };
            if (RELATIVE && mean <= 0.0) || (SEASON == 2 && (season <= 0.0 || trend <= 0.0)) {
                return f64::INFINITY;
            }
            let error = y - mean;
            *step = Step { slope, trend, season, mean, error };
            let of_level = if SEASON == 2 { error / season } else { error };
            level = trend + by.alpha * of_level;
            slope = by.phi * slope + by.beta * of_level;
            if SEASON > 0 {
                let of_season = if SEASON == 2 { error / trend } else { error };
                self.season[place] = season + by.gamma * of_season;
                place = if place + 1 == self.season.len() { 0 } else { place + 1 };
            }
            if RELATIVE {
                squares += (error / mean) * (error / mean);
                product *= mean;
                if !(1e-100..1e100).contains(&product) {
                    logs += product.ln();
                    product = 1.0;
                }
            } else {
                squares += error * error;
            }
        }
        let n = y.len() as f64;
        self.sum_of_squares = squares.max(n * PERFECT);
        let value = n * self.sum_of_squares.ln() + if RELATIVE { 2.0 * (logs + product.ln()) } else { 0.0 };
        if value.is_finite() { value } else { f64::INFINITY }
    }

    /// Adjoints run from the last step to the first; each line is the transpose of one line of `forward`.
    fn backward<const SEASON: u8, const RELATIVE: bool>(&mut self, y: &[f64], by: &Smoothing, out: &mut Gradient) {
        let n = y.len() as f64;
        let weight = 2.0 * n / self.sum_of_squares;
        let period = self.season.len();
        self.season.fill(0.0);
        let (mut level, mut slope) = (0.0, 0.0);
        let (mut alpha, mut beta, mut gamma, mut phi) = (0.0, 0.0, 0.0, 0.0);
        let mut place = if period > 0 { y.len() % period } else { 0 };
        for (step, y) in self.steps.iter().zip(y).rev() {
            let season = if SEASON == 0 {
                0.0
            } else {
                place = if place == 0 { period - 1 } else { place - 1 };
                self.season[place]
            };
            let smoothing = by.alpha * level + by.beta * slope;
            let (by_level, by_season) = match SEASON {
                2 => (1.0 / step.season, 1.0 / step.trend),
                _ => (1.0, 1.0),
            };
            let mut error = smoothing * by_level;
            alpha += level * step.error * by_level;
            beta += slope * step.error * by_level;
            if SEASON > 0 {
                error += by.gamma * season * by_season;
                gamma += season * step.error * by_season;
            }
            let mut mean = 0.0;
            if RELATIVE {
                let inverse = 1.0 / step.mean;
                mean = 2.0 * inverse - weight * step.error * inverse * inverse * y * inverse;
            } else {
                error += weight * step.error;
            }
            mean -= error;
            let trend = match SEASON {
                2 => level + mean * step.season - by.gamma * season * step.error * by_season * by_season,
                _ => level + mean,
            };
            match SEASON {
                0 => {}
                1 => self.season[place] = season + mean,
                _ => self.season[place] = season + mean * step.trend - smoothing * step.error * by_level * by_level,
            }
            phi += (slope + trend) * step.slope;
            slope = by.phi * (slope + trend);
            level = trend;
        }
        (out.alpha, out.beta, out.gamma, out.phi, out.level, out.slope) = (alpha, beta, gamma, phi, level, slope);
        out.season.clear();
        out.season.extend_from_slice(&self.season);
    }
}
