//! What a form remembers between steps, and how one observation changes it.

use super::form::{Complex, Form};

/// Smoothing parameters; a partial season uses the real part of `season` alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Smoothing {
    pub level: Complex,
    pub season: Complex,
}

/// A value and its information potential.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pair {
    pub value: f64,
    pub potential: f64,
}

/// `season[t % period]` belongs to step `t`; empty without a season.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    pub level: Pair,
    pub season: Vec<Pair>,
}

impl Pair {
    /// Guess of a pair of which only the value is known; the ratio is that of the published implementations.
    pub fn guess(value: f64) -> Self {
        Pair { value, potential: value / 1.1 }
    }

    /// The paper, equation 12.
    fn step(&mut self, by: Complex, error: f64) {
        let Pair { value, potential } = *self;
        self.value = value - (1.0 - by.imaginary) * potential + (by.real - by.imaginary) * error;
        self.potential = value + (1.0 - by.real) * potential + (by.real + by.imaginary) * error;
    }
}

impl State {
    pub fn expect(&self, form: Form, place: usize) -> f64 {
        match form {
            Form::None => self.level.value,
            Form::Simple => self.season[place].value,
            Form::Partial | Form::Full => self.level.value + self.season[place].value,
        }
    }

    /// Takes in an observation that missed the forecast by `error`.
    pub fn update(&mut self, form: Form, by: &Smoothing, place: usize, error: f64) {
        if form.has_level() {
            self.level.step(by.level, error);
        }
        match form {
            Form::None => {}
            Form::Simple => self.season[place].step(by.level, error),
            Form::Partial => self.season[place].value += by.season.real * error,
            Form::Full => self.season[place].step(by.season, error),
        }
    }

    /// Runs over `y` from the first value to the last and returns the sum of squared errors.
    pub fn forward(&mut self, form: Form, by: &Smoothing, y: &[f64]) -> f64 {
        let mut squares = 0.0;
        let mut place = 0;
        for value in y {
            let error = value - self.expect(form, place);
            squares += error * error;
            self.update(form, by, place, error);
            place = if place + 1 >= self.season.len() { 0 } else { place + 1 };
        }
        squares
    }

    /// Runs from the last value to the first: what is left is an estimate of the state before the first.
    pub fn backward(&mut self, form: Form, by: &Smoothing, y: &[f64]) {
        let period = self.season.len().max(1);
        let mut place = y.len() % period;
        for value in y.iter().rev() {
            place = if place == 0 { period - 1 } else { place - 1 };
            let error = value - self.expect(form, place);
            self.update(form, by, place, error);
        }
    }
}
