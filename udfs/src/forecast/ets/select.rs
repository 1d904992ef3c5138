//! The choice among forms: the smallest corrected Akaike criterion.

use super::fit::{Fit, Workspace, fit};
use super::form::Form;

/// A fitted form with what forecasting needs of the data.
#[derive(Debug, Clone)]
pub struct Selected<'a> {
    pub fit: Fit,
    pub y: &'a [f64],
    pub period: usize,
    pub aicc: f64,
}

/// The best of all allowed forms; of equal ones the simpler. `None` when the series is too short for any.
pub fn best(y: &[f64], period: usize) -> Option<Selected<'_>> {
    best_of(Form::candidates(positive(y), period > 1), y, period)
}

/// That form; `None` when the series is too short for it, has no season, or is not positive though the form wants it.
pub fn given(y: &[f64], period: usize, form: Form) -> Option<Selected<'_>> {
    best_of(std::iter::once(form).filter(|form| form.allowed(positive(y), period > 1)), y, period)
}

fn best_of(forms: impl Iterator<Item = Form>, y: &[f64], period: usize) -> Option<Selected<'_>> {
    let mut work = Workspace::default();
    let mut best: Option<Selected> = None;
    for form in forms {
        let Some(penalty) = penalty(y.len(), form.parameters(period)) else { continue };
        let Some(fit) = fit(y, period, form, &mut work) else { continue };
        let aicc = fit.criterion + penalty;
        if best.as_ref().is_none_or(|best| aicc < best.aicc) {
            best = Some(Selected { fit, y, period, aicc });
        }
    }
    best
}

fn positive(y: &[f64]) -> bool {
    y.iter().all(|value| *value > 0.0)
}

/// 2q + 2q(q+1)/(n−q−1) (Hurvich & Tsai, 1989), defined only with observations to spare.
fn penalty(n: usize, q: usize) -> Option<f64> {
    let spare = n.checked_sub(q + 1).filter(|spare| *spare > 0)?;
    Some(2.0 * q as f64 * (1.0 + (q as f64 + 1.0) / spare as f64))
}
