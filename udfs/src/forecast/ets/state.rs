//! What a form remembers between steps, and how one observation changes it.

use super::form::Kind;

/// The smoothing parameters; `beta`, `gamma` are 0 and `phi` 1 where the form has no such part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
}

/// Level, slope, and one seasonal index per place of the cycle; place `t % period` belongs to step `t`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    pub level: f64,
    pub slope: f64,
    pub season: Vec<f64>,
}

impl State {
    /// The one-step forecast: (without season, with season).
    pub fn expect(&self, phi: f64, season: Option<Kind>, place: usize) -> (f64, f64) {
        let trend = self.level + phi * self.slope;
        (trend, season.map_or(trend, |kind| kind.restore(trend, self.season[place])))
    }

    /// Takes in an observation that missed the forecast by `error` (the book, tables 2.2 and 2.3: written in
    /// the absolute error, the recursions do not depend on the kind of error).
    pub fn update(&mut self, by: &Smoothing, season: Option<Kind>, place: usize, trend: f64, error: f64) {
        let (mut of_level, mut of_season) = (error, error);
        if season == Some(Kind::Multiplicative) {
            of_level = error / self.season[place];
            of_season = error / trend;
        }
        self.level = trend + by.alpha * of_level;
        self.slope = by.phi * self.slope + by.beta * of_level;
        if season.is_some() {
            self.season[place] += by.gamma * of_season;
        }
    }
}
