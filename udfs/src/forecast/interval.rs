//! The level of the intervals and the variance formulas that several models share.

#[cfg(test)]
mod tests;

/// Coverage intervals aim at where nothing else is asked for.
pub const LEVEL: f64 = 0.95;

/// The standard normal quantile of (1 + `LEVEL`) / 2.
pub const Z: f64 = 1.959_963_984_540_054;

/// Mean square of `errors`, with `lost` degrees of freedom taken off where enough remain.
pub fn variance(errors: impl Iterator<Item = f64>, lost: usize) -> f64 {
    let (sum, count) = errors.fold((0.0, 0_usize), |(sum, count), e| (sum + e * e, count + 1));
    sum / count.saturating_sub(lost).max(1) as f64
}

/// The standard normal quantile of `share`, from a half to 1 − 10⁻⁴: bisection on the series of the distribution function
/// (Abramowitz & Stegun, Handbook of Mathematical Functions, 26.2.11).
pub fn quantile(share: f64) -> f64 {
    const HALVINGS: usize = 60;
    let (mut low, mut high) = (0.0, 5.0);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if distribution(middle) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), for x from 0 to 5.
fn distribution(x: f64) -> f64 {
    const TERMS: usize = 100;
    let (mut term, mut sum) = (x, x);
    for k in 1..TERMS {
        term *= x * x / (2 * k + 1) as f64;
        sum += term;
    }
    0.5 + sum * (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt()
}
