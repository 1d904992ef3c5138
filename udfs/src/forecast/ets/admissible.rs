//! Do the weights of old observations die out? The stability region of the smoothing parameters.
//!
//! Hyndman, Akram & Archibald, The admissible parameter space for exponential smoothing models, Annals of the
//! Institute of Statistical Mathematics 60 (2008): a form is stable when the roots of its characteristic polynomial,
//! less the unit root that only fixes the mean of the season, lie inside the unit circle.

use super::state::Smoothing;

/// Whether parameters inside the usual bounds (0 < β < α, 0 < γ < 1 − α) are also stable. Without a season the
/// usual bounds are enough. `scratch` is overwritten.
pub fn is_stable(by: &Smoothing, has_trend: bool, period: usize, scratch: &mut Vec<f64>) -> bool {
    if period < 2 {
        return true;
    }
    characteristic(by, has_trend, period, scratch);
    roots_inside_unit_circle(scratch)
}

/// Coefficients, highest power first, leading 1: the numerator of the error's effect on the series,
/// (1−φL)(1−Lᵐ)·(1 + αL/(1−L) + βφL/((1−L)(1−φL)) + γLᵐ/(1−Lᵐ)), in z = 1/L; without a trend the factor 1−φL is dropped.
fn characteristic(by: &Smoothing, has_trend: bool, period: usize, out: &mut Vec<f64>) {
    let Smoothing { alpha, beta, gamma, phi } = *by;
    out.clear();
    out.push(1.0);
    if !has_trend {
        out.resize(period, alpha);
        out.push(alpha + gamma - 1.0);
        return;
    }
    let slope = beta * phi;
    let middle = alpha + slope - alpha * phi;
    out.push(alpha + slope - phi);
    out.resize(period, middle);
    out.push(middle + gamma - 1.0);
    out.push(phi * (1.0 - alpha - gamma));
}

/// Schur–Cohn recursion: each pass removes one degree; a last coefficient of one or more means a root outside.
fn roots_inside_unit_circle(polynomial: &mut Vec<f64>) -> bool {
    while polynomial.len() > 1 {
        let n = polynomial.len();
        let reflection = polynomial[n - 1] / polynomial[0];
        if reflection.abs() >= 1.0 || reflection.is_nan() {
            return false;
        }
        for i in 0..n / 2 {
            let (a, b) = (polynomial[i], polynomial[n - 1 - i]);
            polynomial[i] = a - reflection * b;
            polynomial[n - 1 - i] = b - reflection * a;
        }
        if n % 2 == 1 {
            polynomial[n / 2] *= 1.0 - reflection;
        }
        polynomial.pop();
    }
    true
}
