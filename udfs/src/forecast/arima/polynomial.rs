//! Lag polynomials: kept stationary by construction, multiplied by their seasonal counterparts, checked for roots near one.
//!
//! An autoregression is written y_t = φ₁y_{t−1} + … + e_t. A moving average y_t = e_t + θ₁e_{t−1} + … is invertible
//! when −θ are the coefficients of a stationary autoregression.

/// Coefficients of the stationary autoregression with partial autocorrelations tanh(x) (Jones, Maximum likelihood
/// fitting of ARMA models to time series with missing observations, Technometrics 22, 1980).
pub fn stationary(x: &[f64], out: &mut Vec<f64>) {
    out.clear();
    for (order, x) in x.iter().enumerate() {
        let partial = x.tanh();
        reflect(out, -partial);
        debug_assert_eq!(out.len(), order);
        out.push(partial);
    }
}

/// c_j ← c_j + r·c_{k−j} for all coefficients at once.
fn reflect(c: &mut [f64], r: f64) {
    let n = c.len();
    for i in 0..n.div_ceil(2) {
        let (a, b) = (c[i], c[n - 1 - i]);
        c[i] = a + r * b;
        c[n - 1 - i] = b + r * a;
    }
}

/// Coefficients of (1 − Σ aᵢLⁱ)(1 − Σ sⱼLʲᵐ), again in the form 1 − Σ.
pub fn multiply(plain: &[f64], seasonal: &[f64], period: usize, out: &mut Vec<f64>) {
    out.clear();
    out.resize(plain.len() + seasonal.len() * period, 0.0);
    out[..plain.len()].copy_from_slice(plain);
    for (j, s) in seasonal.iter().enumerate() {
        let lag = (j + 1) * period;
        out[lag - 1] += s;
        for (i, a) in plain.iter().enumerate() {
            out[lag + i] -= a * s;
        }
    }
}

/// Whether all roots of 1 − Σ cᵢzⁱ have a modulus above `modulus`: the recursion of Levinson run backwards on the
/// polynomial in z/modulus must meet only partial autocorrelations below one.
pub fn roots_beyond(c: &[f64], modulus: f64) -> bool {
    let mut power = 1.0;
    let scale = |c: &f64| {
        power *= modulus;
        c * power
    };
    let mut c: Vec<f64> = c.iter().map(scale).collect();
    while let Some(partial) = c.pop() {
        if partial.abs() >= 1.0 || partial.is_nan() {
            return false;
        }
        reflect(&mut c, partial);
        let shrink = 1.0 / (1.0 - partial * partial);
        c.iter_mut().for_each(|c| *c *= shrink);
    }
    true
}

/// The nonzero coefficients with their places.
pub fn sparse(c: &[f64], out: &mut Vec<(usize, f64)>) {
    out.clear();
    out.extend(c.iter().copied().enumerate().filter(|(_, c)| *c != 0.0));
}

/// Autocovariances at lags 0 to `lags` of the autoregression `phi` with unit innovations: Levinson's recursion is run
/// down to order zero and up again. `None` when it is not stationary. `lower` is overwritten.
pub fn autocovariances(phi: &[f64], lags: usize, lower: &mut Vec<f64>, out: &mut Vec<f64>) -> Option<()> {
    let p = phi.len();
    let start = |order: usize| order * order.saturating_sub(1) / 2;
    lower.clear();
    lower.resize(start(p + 1), 0.0);
    lower[start(p)..].copy_from_slice(phi);
    let mut variance = 1.0;
    for order in (1..=p).rev() {
        let (below, own) = lower.split_at_mut(start(order));
        let partial = own[order - 1];
        let shrink = 1.0 / (1.0 - partial * partial);
        if !(shrink > 0.0 && shrink < 1e14) {
            return None;
        }
        variance *= shrink;
        let below = &mut below[start(order - 1)..];
        for (i, c) in below.iter_mut().enumerate() {
            *c = (own[i] + partial * own[order - 2 - i]) * shrink;
        }
    }
    out.clear();
    out.push(variance);
    for order in 1..=p {
        let own = &lower[start(order)..start(order + 1)];
        let partial = own[order - 1];
        let below = &lower[start(order - 1)..start(order)];
        let carried: f64 = below.iter().zip(out.iter().rev()).map(|(c, g)| c * g).sum();
        out.push(carried + partial * variance);
        variance *= 1.0 - partial * partial;
    }
    let nonzero: Vec<(usize, f64)> = phi.iter().copied().enumerate().filter(|(_, c)| *c != 0.0).collect();
    for lag in p + 1..=lags {
        out.push(nonzero.iter().map(|(i, c)| c * out[lag - 1 - i]).sum());
    }
    Some(())
}
