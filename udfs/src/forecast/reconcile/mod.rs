//! Forecasts that add up: reconciliation of a hierarchy.
//!
//! Wickramasuriya, Athanasopoulos & Hyndman, Optimal forecast reconciliation for hierarchical and grouped time series through
//! trace minimization, J. American Statistical Association 114 (2019). With C the constraints "node less its bottom series"
//! and W the covariance of the base forecasts' errors, the reconciled forecasts are ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ (equation 11 there,
//! in the form that solves one system as large as there are sums).

pub mod choose;
pub mod covariance;
pub mod hierarchy;

#[cfg(test)]
mod tests;

pub use covariance::Covariance;
pub use hierarchy::Hierarchy;

use super::linear::{factor, solve};

/// How base forecasts are made to add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Sums of the bottom forecasts.
    BottomUp,
    /// All errors alike.
    Ols,
    /// Errors of different size, not correlated.
    Wls,
    /// Errors as they vary together, with shrinkage.
    MinT,
}

impl Method {
    pub const ALL: [Method; 4] = [Method::BottomUp, Method::Ols, Method::Wls, Method::MinT];

    pub fn name(self) -> &'static str {
        match self {
            Method::BottomUp => "bu",
            Method::Ols => "ols",
            Method::Wls => "wls",
            Method::MinT => "mint",
        }
    }
}

/// A method made ready for one hierarchy: what it does to base forecasts is linear.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciler<'a> {
    hierarchy: &'a Hierarchy,
    /// None: bottom-up.
    gain: Option<Gain>,
}

/// W Cᵀ and the factor of C W Cᵀ.
#[derive(Debug, Clone, PartialEq)]
struct Gain {
    /// Nodes × sums.
    spread: Vec<f64>,
    factor: Vec<f64>,
}

impl<'a> Reconciler<'a> {
    /// `residuals`: per node, errors of its base forecasts, of equal length at the same times. Methods that need them without
    /// any treat all nodes alike.
    pub fn new(hierarchy: &'a Hierarchy, method: Method, residuals: &[&[f64]]) -> Self {
        let covariance = match method {
            Method::BottomUp => return Reconciler { hierarchy, gain: None },
            Method::Ols => Covariance::Diagonal(vec![1.0; hierarchy.nodes()]),
            Method::Wls => Covariance::Diagonal(Covariance::variances(residuals)),
            Method::MinT => Covariance::shrunk(residuals),
        };
        Self::with(hierarchy, &covariance)
    }

    /// With a given covariance of errors. One that is not positive leaves bottom-up.
    pub fn with(hierarchy: &'a Hierarchy, covariance: &Covariance) -> Self {
        Reconciler { hierarchy, gain: gain(hierarchy, covariance) }
    }

    /// Reconciles the base forecasts of all nodes. The sums are those of the bottom series to the last bit.
    pub fn apply(&self, base: &[f64]) -> Vec<f64> {
        let Some(gain) = &self.gain else { return self.hierarchy.add_up(base) };
        let sums = &self.hierarchy.sums;
        let mut excess: Vec<f64> = sums.iter().map(|node| base[*node] - self.below(*node, base)).collect();
        solve(&gain.factor, sums.len(), &mut excess);
        let shift = |node: usize| super::linear::dot(&gain.spread[node * sums.len()..(node + 1) * sums.len()], &excess);
        let moved: Vec<f64> = base.iter().enumerate().map(|(node, value)| value - shift(node)).collect();
        self.hierarchy.add_up(&moved)
    }

    /// Variances of the reconciled forecasts' errors, from those of the base forecasts' errors if these are not correlated.
    pub fn variances(&self, base: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; base.len()];
        for (node, variance) in base.iter().enumerate() {
            let mut unit = vec![0.0; base.len()];
            unit[node] = 1.0;
            let response = self.apply(&unit);
            all.iter_mut().zip(response).for_each(|(sum, share)| *sum += share * share * variance);
        }
        all
    }

    fn below(&self, node: usize, values: &[f64]) -> f64 {
        self.hierarchy.parts[node].iter().map(|part| values[*part]).sum()
    }
}

fn gain(hierarchy: &Hierarchy, covariance: &Covariance) -> Option<Gain> {
    let (nodes, count) = (hierarchy.nodes(), hierarchy.sums.len());
    let at = |i: usize, j: usize| match covariance {
        Covariance::Diagonal(variances) => f64::from(u8::from(i == j)) * variances[i],
        Covariance::Full(all) => all[i * nodes + j],
    };
    let mut spread = vec![0.0; nodes * count];
    for node in 0..nodes {
        for (place, sum) in hierarchy.sums.iter().enumerate() {
            let parts: f64 = hierarchy.parts[*sum].iter().map(|part| at(node, *part)).sum();
            spread[node * count + place] = at(node, *sum) - parts;
        }
    }
    let mut system = vec![0.0; count * count];
    for (row, sum) in hierarchy.sums.iter().enumerate() {
        for column in 0..=row {
            let of = |node: usize| spread[node * count + column];
            let parts: f64 = hierarchy.parts[*sum].iter().map(|part| of(*part)).sum();
            system[row * count + column] = of(*sum) - parts;
        }
    }
    factor(&mut system, count)?;
    Some(Gain { spread, factor: system })
}
