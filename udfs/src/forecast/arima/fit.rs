//! Maximum likelihood for one order.

use super::likelihood::{Filter, Outcome};
use super::order::Order;
use super::polynomial::{multiply, roots_beyond, stationary};
use crate::forecast::optimise::{Bfgs, Differenced};

/// One estimated order.
#[derive(Debug, Clone)]
pub struct Fit {
    pub order: Order,
    /// Inverse hyperbolic tangents of the partial autocorrelations: plain AR, plain MA, seasonal AR, seasonal MA.
    pub x: Vec<f64>,
    /// Of the differenced series, seasonal terms multiplied in.
    pub phi: Vec<f64>,
    pub theta: Vec<f64>,
    pub outcome: Outcome,
}

/// Buffers shared by all orders of a series.
#[derive(Debug, Default)]
pub struct Workspace {
    bfgs: Bfgs,
    filter: Filter,
    coefficients: Coefficients,
}

/// The best fit of `order` to the differenced series `w`, searched from a coarse first point or from the fit of a
/// similar order, whichever explains the series better. `None` when there is no likelihood.
pub fn fit(w: &[f64], period: usize, order: Order, near: Option<&Fit>, work: &mut Workspace) -> Option<Fit> {
    const TOLERANCE: f64 = 1e-4;
    let Workspace { bfgs, filter, coefficients } = work;
    let mut problem = Problem { w, period, order, filter, coefficients };
    let mut x = problem.first_point();
    if let Some(near) = near.map(|near| carried(near, &order))
        && problem.criterion(&near) < problem.criterion(&x)
    {
        x = near;
    }
    if !x.is_empty() {
        bfgs.minimise(&mut Differenced(|x: &[f64]| problem.criterion(x)), &mut x, TOLERANCE);
    }
    let outcome = problem.outcome(&x)?;
    let Coefficients { phi, theta, .. } = problem.coefficients;
    Some(Fit { order, x, phi: phi.clone(), theta: theta.clone(), outcome })
}

impl Fit {
    /// Whether all roots keep their distance from the unit circle; nearer ones make forecasts unstable (Hyndman &
    /// Khandakar, 2008, section 3.2, where the distance is 0.001; 0.01 has become the rule).
    pub fn has_distant_roots(&self) -> bool {
        const MODULUS: f64 = 1.01;
        let minus = self.theta.iter().map(|theta| -theta).collect::<Vec<_>>();
        roots_beyond(&self.phi, MODULUS) && roots_beyond(&minus, MODULUS)
    }
}

/// The partial autocorrelations of another order, cut or filled with zeros.
fn carried(near: &Fit, order: &Order) -> Vec<f64> {
    let mut rest = &near.x[..];
    let mut x = vec![];
    for (had, wanted) in sizes(&near.order).into_iter().zip(sizes(order)) {
        let (block, after) = rest.split_at(had);
        x.extend_from_slice(&block[..had.min(wanted)]);
        x.extend(std::iter::repeat_n(0.0, wanted.saturating_sub(had)));
        rest = after;
    }
    x
}

fn sizes(order: &Order) -> [usize; 4] {
    [order.plain.ar, order.plain.ma, order.seasonal.ar, order.seasonal.ma].map(usize::from)
}

/// The multiplied-out coefficients of a point of the search.
#[derive(Debug, Default)]
struct Coefficients {
    plain: Vec<f64>,
    seasonal: Vec<f64>,
    phi: Vec<f64>,
    theta: Vec<f64>,
}

impl Coefficients {
    fn set(&mut self, x: &[f64], order: &Order, period: usize) {
        let [ar, ma, seasonal_ar, _] = sizes(order);
        let (ar, rest) = x.split_at(ar);
        let (ma, rest) = rest.split_at(ma);
        let (seasonal_ar, seasonal_ma) = rest.split_at(seasonal_ar);
        for (plain, seasonal, out) in [(ar, seasonal_ar, &mut self.phi), (ma, seasonal_ma, &mut self.theta)] {
            stationary(plain, &mut self.plain);
            stationary(seasonal, &mut self.seasonal);
            multiply(&self.plain, &self.seasonal, period, out);
        }
        self.theta.iter_mut().for_each(|theta| *theta = -*theta);
    }
}

struct Problem<'a> {
    w: &'a [f64],
    period: usize,
    order: Order,
    filter: &'a mut Filter,
    coefficients: &'a mut Coefficients,
}

impl Problem<'_> {
    fn outcome(&mut self, x: &[f64]) -> Option<Outcome> {
        self.coefficients.set(x, &self.order, self.period);
        self.filter.run(self.w, &self.coefficients.phi, &self.coefficients.theta, self.order.constant)
    }

    /// Zeros but for the first of each kind of coefficients: the best of three values, one kind after the other, twice.
    /// From zero alone the search often ends where autoregressive and moving-average roots cancel.
    fn first_point(&mut self) -> Vec<f64> {
        const TRIALS: [f64; 2] = [-0.6, 0.6];
        let mut x = vec![0.0; self.order.coefficients()];
        let mut best = self.criterion(&x);
        let sizes = sizes(&self.order);
        let firsts = (0..4).filter(|kind| sizes[*kind] > 0).map(|kind| sizes[..kind].iter().sum::<usize>());
        let firsts: Vec<usize> = firsts.collect();
        for first in firsts.iter().chain(&firsts) {
            for trial in TRIALS {
                let before = std::mem::replace(&mut x[*first], trial);
                let value = self.criterion(&x);
                if value < best {
                    best = value;
                } else {
                    x[*first] = before;
                }
            }
        }
        x
    }

    fn criterion(&mut self, x: &[f64]) -> f64 {
        self.outcome(x).map_or(f64::INFINITY, |outcome| outcome.criterion)
    }
}
