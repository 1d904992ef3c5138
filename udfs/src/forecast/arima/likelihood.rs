//! The exact Gaussian likelihood of a stationary ARMA process by the Kalman filter.
//!
//! State space: Harvey (Forecasting, Structural Time Series Models and the Kalman Filter, 1989, section 3.3) and
//! Gardner, Harvey & Phillips (Applied Statistics 29, 1980). As the first state has the stationary covariance, that
//! covariance changes from step to step by a matrix of rank one, and the filter needs vectors only (Morf, Sidhu &
//! Kailath, IEEE Trans. Automatic Control 19, 1974; Pearlman, Biometrika 67, 1980): a step costs as much as the number of states,
//! not its square. When the change has died out, what is left is the recursion of the process itself.
//!
//! The constant is filtered along as a series of ones, so that its generalised least squares estimate needs no search.

use super::polynomial::{autocovariances, sparse};

/// What one pass over a series leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// −2 log L without constants, the variance concentrated out.
    pub criterion: f64,
    /// The mean of the process; zero when none was asked for.
    pub mean: f64,
    /// Sum of squared standardised innovations.
    pub squares: f64,
}

/// Below this mean square of innovations (of data near one) a fit is perfect; the floor keeps the logarithm finite.
const PERFECT: f64 = 1e-24;

/// Buffers of the filter, reused from pass to pass.
#[derive(Debug, Default)]
pub struct Filter {
    phi: Vec<f64>,
    theta: Vec<f64>,
    lower: Vec<f64>,
    of_ar: Vec<f64>,
    covariance: Vec<f64>,
    psi: Vec<f64>,
    lead: Vec<f64>,
    gain: Vec<f64>,
    scaled: Vec<f64>,
    change: Vec<f64>,
    state: Vec<f64>,
    of_ones: Vec<f64>,
    ar_terms: Vec<(usize, f64)>,
    ma_terms: Vec<(usize, f64)>,
}

impl Filter {
    /// The likelihood of `w` under y_t = Σ φ y + e_t + Σ θ e, with a mean to be estimated or zero. `None`: not stationary.
    pub fn run(&mut self, w: &[f64], phi: &[f64], theta: &[f64], with_mean: bool) -> Option<Outcome> {
        self.prepare(phi, theta)?;
        let passed = if with_mean { self.pass::<true>(w) } else { self.pass::<false>(w) };
        passed.outcome(w.len(), with_mean)
    }

    /// The sum of squared standardised innovations under a mean that is known, or none: at the estimated mean it is the least,
    /// away from there it grows with the square of the distance.
    pub fn run_at(&mut self, w: &[f64], phi: &[f64], theta: &[f64], mean: Option<f64>) -> Option<f64> {
        self.prepare(phi, theta)?;
        let Some(mean) = mean else { return Some(self.pass::<false>(w).outcome(w.len(), false)?.squares) };
        let passed = self.pass::<true>(w);
        let best = passed.outcome(w.len(), true)?;
        let away = mean - best.mean;
        Some(best.squares + away * away * passed.xx)
    }

    /// Forecasts of the process after the last pass, less its mean.
    pub fn forecast(&self, mean: f64, horizon: usize) -> Vec<f64> {
        let mut state: Vec<f64> = self.state.iter().zip(&self.of_ones).map(|(a, x)| a - mean * x).collect();
        let step = |_| {
            let next = state[0];
            state.rotate_left(1);
            if let Some(last) = state.last_mut() {
                *last = 0.0;
            }
            state.iter_mut().zip(&self.phi).for_each(|(a, phi)| *a += phi * next);
            next
        };
        (0..horizon).map(step).collect()
    }

    fn prepare(&mut self, phi: &[f64], theta: &[f64]) -> Option<()> {
        let r = phi.len().max(theta.len() + 1);
        for (padded, given) in [(&mut self.phi, phi), (&mut self.theta, theta)] {
            padded.clear();
            padded.extend_from_slice(given);
            padded.resize(r, 0.0);
        }
        sparse(phi, &mut self.ar_terms);
        sparse(theta, &mut self.ma_terms);
        autocovariances(phi, r + theta.len(), &mut self.lower, &mut self.of_ar)?;
        self.covariances(r, theta.len());
        self.first_gain(r);
        for buffer in [&mut self.state, &mut self.of_ones] {
            buffer.clear();
            buffer.resize(r + 1, 0.0);
        }
        Some(())
    }

    /// Autocovariances of the process from those of its autoregressive part, and its first impulse responses.
    fn covariances(&mut self, r: usize, q: usize) {
        let theta = |i: usize| if i == 0 { 1.0 } else { self.theta[i - 1] };
        self.covariance.clear();
        self.covariance.extend_from_slice(&self.of_ar[..=r]);
        let own: f64 = (0..=q).map(|i| theta(i) * theta(i)).sum();
        self.covariance.iter_mut().for_each(|c| *c *= own);
        for lag in 1..=q {
            let c: f64 = (0..=q - lag).map(|i| theta(i) * theta(i + lag)).sum();
            if c == 0.0 {
                continue;
            }
            for (k, out) in self.covariance.iter_mut().enumerate() {
                *out += c * (self.of_ar[k.abs_diff(lag)] + self.of_ar[k + lag]);
            }
        }
        self.psi.clear();
        self.psi.push(1.0);
        for j in 1..r {
            let carried: f64 =
                self.ar_terms.iter().take_while(|(i, _)| *i < j).map(|(i, c)| c * self.psi[j - 1 - i]).sum();
            self.psi.push(self.theta[j - 1] + carried);
        }
    }

    /// `lead`: covariance of the state with the value; `gain`: the same one step later.
    fn first_gain(&mut self, r: usize) {
        self.lead.clear();
        self.lead.resize(r + 1, 0.0);
        for i in 1..r {
            let ar = self.ar_terms.iter().filter(|(j, _)| *j >= i).map(|(j, c)| c * self.covariance[1 + j - i]);
            let ma = self.ma_terms.iter().filter(|(j, _)| *j + 1 >= i).map(|(j, c)| c * self.psi[j + 1 - i]);
            self.lead[i] = ar.sum::<f64>() + ma.sum::<f64>();
        }
        self.lead[0] = self.covariance[0];
        self.gain.clear();
        self.gain.extend((0..r).map(|i| self.phi[i] * self.lead[0] + self.lead[i + 1]));
        self.change.clear();
        self.change.extend_from_slice(&self.gain);
        self.change.push(0.0);
        let inverse = 1.0 / self.lead[0];
        self.scaled.clear();
        self.scaled.extend(self.gain.iter().map(|k| k * inverse));
    }

    fn pass<const ONES: bool>(&mut self, w: &[f64]) -> Pass {
        let mut pass = Pass { variance: self.lead[0], ..Pass::default() };
        let mut weight = -1.0 / pass.variance;
        let mut settled = None;
        for (t, value) in w.iter().enumerate() {
            if t % 4 == 0 && self.is_settled(weight, pass.variance) {
                settled = Some(t);
                break;
            }
            let (error, of_ones) = (value - self.state[0], if ONES { 1.0 - self.of_ones[0] } else { 0.0 });
            pass.add(error, of_ones);
            advance(&mut self.state, &self.phi, &self.scaled, error);
            if ONES {
                advance(&mut self.of_ones, &self.phi, &self.scaled, of_ones);
            }
            weight = self.update(weight, &mut pass.variance);
        }
        if let Some(t) = settled {
            self.settled_pass::<ONES>(w, t, &mut pass);
        }
        pass
    }

    /// The rank-one change of the covariance carried one step on.
    fn update(&mut self, weight: f64, variance: &mut f64) -> f64 {
        let r = self.phi.len();
        let first = self.change[0];
        if first == 0.0 {
            self.change.copy_within(1..=r, 0);
            return weight;
        }
        let next_weight = weight + weight * weight * first * first / *variance;
        *variance += weight * first * first;
        let (by, inverse) = (weight * first, 1.0 / *variance);
        let (gain, scaled, phi) = (&mut self.gain[..r], &mut self.scaled[..r], &self.phi[..r]);
        let change = &mut self.change[..=r];
        for i in 0..r {
            let moved = change[i + 1] + phi[i] * first;
            gain[i] += moved * by;
            scaled[i] = gain[i] * inverse;
            change[i] = moved - scaled[i] * first;
        }
        next_weight
    }

    fn is_settled(&self, weight: f64, variance: f64) -> bool {
        const NEGLIGIBLE: f64 = 1e-13;
        let bound = NEGLIGIBLE * variance;
        self.change.iter().all(|l| l * l * -weight < bound)
    }

    /// The process's own recursion on a window that slides instead of being shifted.
    fn settled_pass<const ONES: bool>(&mut self, w: &[f64], from: usize, pass: &mut Pass) {
        let r = self.phi.len();
        for buffer in [&mut self.state, &mut self.of_ones] {
            buffer.resize(r + 1 + w.len() - from, 0.0);
        }
        for (at, value) in w[from..].iter().enumerate() {
            let error = value - self.state[at];
            let of_ones = if ONES { 1.0 - self.of_ones[at] } else { 0.0 };
            pass.add(error, of_ones);
            for (i, c) in &self.ar_terms {
                self.state[at + 1 + i] += c * value;
                if ONES {
                    self.of_ones[at + 1 + i] += c;
                }
            }
            for (i, c) in &self.ma_terms {
                self.state[at + 1 + i] += c * error;
                if ONES {
                    self.of_ones[at + 1 + i] += c * of_ones;
                }
            }
        }
        for buffer in [&mut self.state, &mut self.of_ones] {
            buffer.drain(..w.len() - from);
        }
    }
}

fn advance(state: &mut [f64], phi: &[f64], scaled: &[f64], error: f64) {
    let r = phi.len();
    let (state, scaled) = (&mut state[..=r], &scaled[..r]);
    let first = state[0];
    for i in 0..r {
        state[i] = state[i + 1] + phi[i] * first + scaled[i] * error;
    }
}

/// Sums over the innovations of the values (v) and of the ones (x), each divided by its variance.
#[derive(Debug, Default)]
struct Pass {
    variance: f64,
    vv: f64,
    vx: f64,
    xx: f64,
    product: f64,
    logs: f64,
}

impl Pass {
    fn add(&mut self, v: f64, x: f64) {
        let inverse = 1.0 / self.variance;
        self.vv += v * v * inverse;
        self.vx += v * x * inverse;
        self.xx += x * x * inverse;
        self.product = if self.product == 0.0 { self.variance } else { self.product * self.variance };
        if !(1e-100..1e100).contains(&self.product) {
            self.logs += self.product.ln();
            self.product = 1.0;
        }
    }

    fn outcome(&self, n: usize, with_mean: bool) -> Option<Outcome> {
        let mean = if with_mean && self.xx > 0.0 { self.vx / self.xx } else { 0.0 };
        let explained = mean * self.vx;
        let squares = self.vv - explained;
        if squares.is_nan() {
            return None;
        }
        let (n, squares) = (n as f64, squares.max(0.0));
        let criterion = n * (squares / n).max(PERFECT).ln() + self.logs + self.product.ln();
        criterion.is_finite().then_some(Outcome { criterion, mean, squares })
    }
}
