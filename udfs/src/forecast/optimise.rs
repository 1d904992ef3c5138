//! Two bounded minimisers: quasi-Newton for many smooth parameters, golden section for one.
//!
//! Both are deterministic and allocate nothing per step.

mod differences;
#[cfg(test)]
mod tests;

pub use differences::Differenced;

/// A function of several variables with its gradient. `+inf` marks points outside its domain.
pub trait Smooth {
    /// Writes the gradient at `x` where the value is finite.
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;
}

/// Quasi-Newton minimiser after Broyden, Fletcher, Goldfarb and Shanno (Nocedal & Wright, Numerical Optimization,
/// 2nd ed., algorithm 6.1) with the bisection line search of Lewis & Overton (2013, algorithm 2.6), which also
/// backs out of points outside the domain.
#[derive(Debug, Default)]
pub struct Bfgs {
    inverse: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    next: Vec<f64>,
    next_gradient: Vec<f64>,
    image: Vec<f64>,
}

/// Steps after which the search stops wherever it is.
const STEPS_MAX: usize = 200;
/// Trial points per step.
const TRIALS_MAX: usize = 30;

impl Bfgs {
    /// Moves `x` to a local minimum and returns the value there; stops when a step gains less than `tolerance`.
    pub fn minimise(&mut self, f: &mut impl Smooth, x: &mut [f64], tolerance: f64) -> f64 {
        self.prepare(x.len());
        let mut value = f.value(x, &mut self.gradient);
        if !value.is_finite() {
            return f64::INFINITY;
        }
        let mut fresh = true;
        for _ in 0..STEPS_MAX {
            self.aim(&mut fresh);
            let Some(next) = self.search(f, x, value, fresh) else {
                if fresh {
                    break;
                }
                self.reset();
                fresh = true;
                continue;
            };
            self.update(x, fresh);
            x.copy_from_slice(&self.next);
            self.gradient.copy_from_slice(&self.next_gradient);
            fresh = false;
            let gain = value - next;
            value = next;
            if gain <= tolerance {
                break;
            }
        }
        value
    }

    fn prepare(&mut self, n: usize) {
        self.inverse.resize(n * n, 0.0);
        for buffer in
            [&mut self.gradient, &mut self.direction, &mut self.next, &mut self.next_gradient, &mut self.image]
        {
            buffer.resize(n, 0.0);
        }
        self.reset();
    }

    fn reset(&mut self) {
        let n = self.gradient.len();
        self.inverse.fill(0.0);
        for i in 0..n {
            self.inverse[i * n + i] = 1.0;
        }
    }

    /// Points `direction` downhill; forgets the curvature when it no longer helps.
    fn aim(&mut self, fresh: &mut bool) {
        multiply(&self.inverse, &self.gradient, &mut self.direction);
        self.direction.iter_mut().for_each(|d| *d = -*d);
        if dot(&self.direction, &self.gradient) >= 0.0 {
            self.reset();
            *fresh = true;
            self.direction.iter_mut().zip(&self.gradient).for_each(|(d, g)| *d = -g);
        }
    }

    /// Leaves in `next` a point with enough decrease and, if trials allow, a flatter slope. `None`: no decrease found.
    fn search(&mut self, f: &mut impl Smooth, x: &[f64], value: f64, fresh: bool) -> Option<f64> {
        const DECREASE: f64 = 1e-4;
        const FLATTER: f64 = 0.9;
        let slope = dot(&self.direction, &self.gradient);
        if slope == 0.0 {
            return None;
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut length = if fresh { (1.0 / dot(&self.gradient, &self.gradient).sqrt()).min(1.0) } else { 1.0 };
        let mut best = None;
        for _ in 0..TRIALS_MAX {
            for ((next, x), d) in self.next.iter_mut().zip(x).zip(&self.direction) {
                *next = x + length * d;
            }
            let trial = f.value(&self.next, &mut self.next_gradient);
            if trial <= value + DECREASE * length * slope {
                best = Some(trial);
                if dot(&self.next_gradient, &self.direction) >= FLATTER * slope {
                    return best;
                }
                low = length;
            } else {
                high = length;
            }
            length = if high.is_finite() { (low + high) / 2.0 } else { 2.0 * low };
        }
        if best.is_some() && low > 0.0 {
            for ((next, x), d) in self.next.iter_mut().zip(x).zip(&self.direction) {
                *next = x + low * d;
            }
            return Some(f.value(&self.next, &mut self.next_gradient));
        }
        None
    }

    /// The rank-two update of the inverse Hessian from the step just taken.
    fn update(&mut self, x: &[f64], fresh: bool) {
        let n = x.len();
        for ((step, next), x) in self.direction.iter_mut().zip(&self.next).zip(x) {
            *step = next - x;
        }
        for (change, next) in self.gradient.iter_mut().zip(&self.next_gradient) {
            *change = next - *change;
        }
        let (step, change) = (&self.direction, &self.gradient);
        let curvature = dot(step, change);
        let norm = dot(change, change);
        if curvature <= 1e-12 * norm.sqrt() * dot(step, step).sqrt() || curvature.is_nan() {
            return;
        }
        if fresh {
            for i in 0..n {
                self.inverse[i * n + i] = curvature / norm;
            }
        }
        multiply(&self.inverse, change, &mut self.image);
        let weight = (1.0 + dot(change, &self.image) / curvature) / curvature;
        for i in 0..n {
            let (step_i, image_i) = (step[i], self.image[i]);
            let row = &mut self.inverse[i * n..(i + 1) * n];
            for ((cell, step_j), image_j) in row.iter_mut().zip(step).zip(&self.image) {
                *cell += weight * step_i * step_j - (image_i * step_j + step_i * image_j) / curvature;
            }
        }
    }
}

/// The minimum of `f` on `[low, high]`: the best of `cells + 1` grid points, refined by golden section between its
/// neighbours (Kiefer, 1953).
pub fn golden(f: impl Fn(f64) -> f64, low: f64, high: f64, cells: usize) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_8;
    const SHRINKS: usize = 32;
    let grid = |i: usize| low + (high - low) * i as f64 / cells as f64;
    let best = (0..=cells).map(|i| (i, f(grid(i)))).min_by(|a, b| a.1.total_cmp(&b.1));
    let (best, best_value) = best.unwrap_or((0, f64::NAN));
    let (mut a, mut b) = (grid(best.saturating_sub(1)), grid((best + 1).min(cells)));
    let (mut c, mut d) = (b - RATIO * (b - a), a + RATIO * (b - a));
    let (mut at_c, mut at_d) = (f(c), f(d));
    for _ in 0..SHRINKS {
        if at_c <= at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - RATIO * (b - a);
            at_c = f(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + RATIO * (b - a);
            at_d = f(d);
        }
    }
    let (refined, value) = if at_c <= at_d { (c, at_c) } else { (d, at_d) };
    if value < best_value { refined } else { grid(best) }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn multiply(matrix: &[f64], vector: &[f64], product: &mut [f64]) {
    for (row, out) in matrix.chunks_exact(vector.len().max(1)).zip(product) {
        *out = dot(row, vector);
    }
}
