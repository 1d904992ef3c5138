//! Gradients by forward differences, for functions cheap enough to be asked once more for each variable.

use super::Smooth;

/// A function of several variables that knows no gradient.
#[derive(Debug)]
pub struct Differenced<F>(pub F);

impl<F: FnMut(&[f64]) -> f64> Smooth for Differenced<F> {
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        const STEP: f64 = 1e-6;
        let value = (self.0)(x);
        if !value.is_finite() {
            return f64::INFINITY;
        }
        let mut moved = x.to_vec();
        for (i, slope) in gradient.iter_mut().enumerate() {
            moved[i] = x[i] + STEP;
            let there = (self.0)(&moved);
            *slope = if there.is_finite() { (there - value) / STEP } else { 0.0 };
            moved[i] = x[i];
        }
        value
    }
}
