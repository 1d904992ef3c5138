//! The two trend lines: least squares over the whole series, or over the values so far.

/// Which values the trend line of a step may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Static,
    Dynamic,
}

/// Least squares line through the values at 1, 2, …, t: value = `intercept` + `slope`·t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub intercept: f64,
    pub slope: f64,
    pub mean: f64,
    /// Values the line has seen.
    pub count: usize,
}

impl Line {
    pub const EMPTY: Line = Line { intercept: 0.0, slope: 0.0, mean: 0.0, count: 0 };

    pub fn through(y: &[f64]) -> Line {
        y.iter().fold(Line::EMPTY, |line, value| line.with(*value))
    }

    /// The line after one more value (the paper, equations 17 to 19: exact least squares in one step).
    pub fn with(self, value: f64) -> Line {
        let t = (self.count + 1) as f64;
        let slope = match self.count {
            0 => 0.0,
            _ => ((t - 2.0) * self.slope + 6.0 / t * (value - self.mean)) / (t + 1.0),
        };
        let mean = ((t - 1.0) * self.mean + value) / t;
        Line { intercept: mean - slope * (t + 1.0) / 2.0, slope, mean, count: self.count + 1 }
    }
}

/// What the trend line adds to the one-step forecast of the smoothed curve, per unit of 1 − 1/θ
/// (the paper, equation 10), after `steps` values: `power` is (1 − α)^steps.
pub fn drift(line: &Line, alpha: f64, power: f64) -> f64 {
    power * line.intercept + (1.0 - power * (1.0 - alpha)) / alpha * line.slope
}
