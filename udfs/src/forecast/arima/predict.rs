//! Forecast means and standard deviations of a fitted order.
//!
//! The differenced series is forecast by the filter's last state and summed up again. The variance of step h is
//! σ²·(1 + ψ₁² + … + ψ²ₕ₋₁) with the impulse responses ψ of the undifferenced process (Box & Jenkins, chapter 5).

use super::difference::differenced;
use super::fit::Fit;
use super::likelihood::Filter;
use super::order::Order;
use super::select::Selected;
use crate::forecast::model::Forecast;

/// What forecasting needs of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub order: Order,
    pub period: usize,
    /// Of the differenced series, seasonal terms multiplied in.
    pub phi: Vec<f64>,
    pub theta: Vec<f64>,
    /// Of the differenced series; zero without a constant.
    pub mean: f64,
    /// The first value that is modelled.
    pub from: usize,
}

impl Kept {
    pub fn new(fit: Fit, period: usize, from: usize) -> Self {
        Kept { order: fit.order, period, phi: fit.phi, theta: fit.theta, mean: fit.outcome.mean, from }
    }

    /// Values that the differences take.
    pub fn lost(&self) -> usize {
        usize::from(self.order.plain.diff) + usize::from(self.order.seasonal.diff) * self.period
    }

    /// `None` where the process is not stationary.
    pub fn forecast(&self, y: &[f64], horizon: usize) -> Option<Forecast> {
        let Kept { order, period, phi, theta, mean, .. } = self;
        let y = y.get(self.from..).filter(|y| y.len() > self.lost())?;
        let w = differenced(y, order.plain.diff, order.seasonal.diff, *period);
        let mut filter = Filter::default();
        let squares = filter.run_at(&w, phi, theta, order.constant.then_some(*mean))?;
        let of_w: Vec<f64> = filter.forecast(*mean, horizon).into_iter().map(|value| value + mean).collect();
        let differences = differences(order, *period);
        let sigma2 = squares / w.len().saturating_sub(order.parameters() - 1).max(1) as f64;
        let mut sum = 0.0;
        let deviation = |psi: f64| {
            sum += psi * psi;
            (sigma2 * sum).sqrt()
        };
        let whole = product(phi, &differences);
        let deviation: Vec<f64> = impulses(&whole, theta, horizon).into_iter().map(deviation).collect();
        Some(Forecast::normal(summed(y, &differences, &of_w), &deviation, order.spec(*period)))
    }
}

/// The forecast of a selected order after the series it was selected for; `None` where the process is not stationary.
pub fn predict(selected: &Selected, y: &[f64], period: usize, horizon: usize) -> Option<Forecast> {
    Kept::new(selected.fit.clone(), period, 0).forecast(y, horizon)
}

/// Coefficients of the differences, in the form 1 − Σ.
fn differences(order: &Order, period: usize) -> Vec<f64> {
    let mut all = vec![];
    for lag in
        std::iter::repeat_n(period, order.seasonal.diff.into()).chain(std::iter::repeat_n(1, order.plain.diff.into()))
    {
        let mut one = vec![0.0; lag];
        one[lag - 1] = 1.0;
        all = product(&all, &one);
    }
    all
}

/// (1 − Σ a)(1 − Σ b) in the same form.
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len() + b.len()];
    for (i, b) in b.iter().enumerate().filter(|(_, b)| **b != 0.0) {
        out[i] += b;
        a.iter().enumerate().for_each(|(j, a)| out[i + 1 + j] -= a * b);
    }
    out.iter_mut().zip(a).for_each(|(out, a)| *out += a);
    out
}

/// The series continued so that its differences are `of_w`.
fn summed(y: &[f64], differences: &[f64], of_w: &[f64]) -> Vec<f64> {
    let mut path = y[y.len() - differences.len()..].to_vec();
    let start = path.len();
    for w in of_w {
        let carried: f64 = differences.iter().zip(path.iter().rev()).map(|(c, y)| c * y).sum();
        path.push(carried + w);
    }
    path.split_off(start)
}

/// 1, ψ₁, ψ₂, …
fn impulses(phi: &[f64], theta: &[f64], horizon: usize) -> Vec<f64> {
    let terms: Vec<(usize, f64)> = phi.iter().copied().enumerate().filter(|(_, c)| *c != 0.0).collect();
    let mut psi: Vec<f64> = vec![];
    for j in 0..horizon {
        let own = if j == 0 { 1.0 } else { theta.get(j - 1).copied().unwrap_or_default() };
        let carried: f64 = terms.iter().take_while(|(i, _)| *i < j).map(|(i, c)| c * psi[j - 1 - i]).sum();
        psi.push(own + carried);
    }
    psi
}
