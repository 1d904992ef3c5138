//! The distribution of largest entropy with expectation 0 and a given variance on given points.
//!
//! It is `p(d) ~ exp(a d + b d^2)`; `a` and `b` minimise `ln sum exp(a d + b (d^2 - V))`, which is convex: Newton's method with
//! halved steps (Boyd and Vandenberghe, *Convex Optimization*, 2004, §9.5).

const STEPS_MAX: usize = 500;
const HALVINGS_MAX: usize = 60;
/// Of the scaled moments.
const PRECISION: f64 = 1e-13;
/// Variances as near to the least or the largest possible belong to two points.
const EDGE: f64 = 1e-6;

/// Probabilities of points that rise and lie on both sides of 0. A variance that cannot be is replaced by the nearest that can.
pub fn largest(points: &[i32], variance: f64) -> Vec<f64> {
    let low = points.iter().copied().filter(|point| *point <= 0).max().unwrap_or(0);
    let high = points.iter().copied().filter(|point| *point >= 0).min().unwrap_or(0);
    let (first, last) = (points.first().copied().unwrap_or(0), points.last().copied().unwrap_or(0));
    let product = |low: i32, high: i32| -f64::from(low) * f64::from(high);
    let (least, most) = (product(low, high), product(first, last));
    if variance <= least + EDGE * (most - least) {
        return two_points(points, low, high);
    }
    if variance >= most - EDGE * (most - least) {
        return two_points(points, first, last);
    }
    let scale = f64::from(last.max(-first));
    let scaled: Vec<f64> = points.iter().map(|point| f64::from(*point) / scale).collect();
    newton(&scaled, variance / (scale * scale))
}

/// All weight on two points around 0, or on 0.
fn two_points(points: &[i32], low: i32, high: i32) -> Vec<f64> {
    let (of_low, width) = (f64::from(high), f64::from(high - low));
    let probability = |point: &i32| match *point {
        point if point == low && low == high => 1.0,
        point if point == low => of_low / width,
        point if point == high => 1.0 - of_low / width,
        _ => 0.0,
    };
    points.iter().map(probability).collect()
}

fn newton(points: &[f64], variance: f64) -> Vec<f64> {
    let mut at = [0.0, 0.0];
    let mut now = Moments::of(points, variance, at);
    for _ in 0..STEPS_MAX {
        let [first, second] = now.gradient;
        if now.distance() < PRECISION {
            break;
        }
        let [xx, xy, yy] = now.hessian;
        let determinant = (xx * yy - xy * xy).max(f64::MIN_POSITIVE);
        let step = [(yy * first - xy * second) / determinant, (xx * second - xy * first) / determinant];
        let slope = first * step[0] + second * step[1];
        let mut length = 1.0;
        let mut found = None;
        for _ in 0..HALVINGS_MAX {
            let next = [at[0] - length * step[0], at[1] - length * step[1]];
            let moments = Moments::of(points, variance, next);
            // At the end rounding hides what the value gains; the gradient still shows it.
            if moments.value <= now.value - 1e-4 * length * slope || moments.distance() < 0.5 * now.distance() {
                found = Some((next, moments));
                break;
            }
            length /= 2.0;
        }
        let Some((next, moments)) = found else { break };
        (at, now) = (next, moments);
    }
    now.probabilities
}

struct Moments {
    probabilities: Vec<f64>,
    value: f64,
    gradient: [f64; 2],
    hessian: [f64; 3],
}

impl Moments {
    /// How far the moments are from those asked for.
    fn distance(&self) -> f64 {
        self.gradient[0].abs().max(self.gradient[1].abs())
    }

    fn of(points: &[f64], variance: f64, [a, b]: [f64; 2]) -> Self {
        let exponents: Vec<f64> = points.iter().map(|d| a * d + b * (d * d - variance)).collect();
        let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = exponents.iter().map(|exponent| (exponent - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let probabilities: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let mean = |of: &dyn Fn(f64) -> f64| points.iter().zip(&probabilities).map(|(d, p)| p * of(*d)).sum::<f64>();
        let gradient = [mean(&|d| d), mean(&|d| d * d - variance)];
        let [x, y] = gradient;
        let hessian = [
            mean(&|d| (d - x) * (d - x)),
            mean(&|d| (d - x) * (d * d - variance - y)),
            mean(&|d| (d * d - variance - y) * (d * d - variance - y)),
        ];
        Moments { value: largest + sum.ln(), probabilities, gradient, hessian }
    }
}
