//! Small statistics that several functions share.

#[cfg(test)]
mod tests;

/// The middle value, or the mean of the two; `NaN` for none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

pub fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// `NaN` for none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean squared deviation from the mean, with `n` below; `NaN` for none.
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / values.len() as f64
}

/// Autocorrelation at a lag; zero for a constant series.
pub fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    let centre = mean(values);
    let total: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    let shifted = values.iter().zip(values.iter().skip(lag));
    let product: f64 = shifted.map(|(a, b)| (a - centre) * (b - centre)).sum();
    if total > 0.0 { product / total } else { 0.0 }
}

/// Probability that an F variable with these degrees of freedom exceeds `f`; `NaN` unless all are positive.
pub fn f_tail(f: f64, numerator: f64, denominator: f64) -> f64 {
    match f > 0.0 && numerator > 0.0 && denominator > 0.0 {
        true => incomplete_beta(denominator / 2.0, numerator / 2.0, denominator / (denominator + numerator * f)),
        false if f == 0.0 => 1.0,
        false => f64::NAN,
    }
}

/// Two-sided probability of a Student variable beyond `t`.
pub fn t_tail(t: f64, freedom: f64) -> f64 {
    f_tail(t * t, 1.0, freedom)
}

/// The regularised incomplete beta function, by its continued fraction (Abramowitz & Stegun, 26.5.8) with Lentz's steps.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    front * beta_fraction(a, b, x)
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const STEPS_MAX: usize = 1000;
    let guarded = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut all = d;
    for m in (1..STEPS_MAX).map(|m| m as f64) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = all;
        for term in [even, odd] {
            d = 1.0 / guarded(1.0 + term * d);
            c = guarded(1.0 + term / c);
            all *= c * d;
        }
        if (all - before).abs() <= 1e-16 * all.abs() {
            break;
        }
    }
    all
}

/// Logarithm of the gamma function of a positive number: Stirling's series (Abramowitz & Stegun, 6.1.41) after the
/// argument is raised above 10.
fn ln_gamma(x: f64) -> f64 {
    let steps = (10.0 - x).ceil().max(0.0) as usize;
    let product: f64 = (0..steps).map(|step| x + step as f64).product();
    let z = x + steps as f64;
    let (inverse, square) = (1.0 / z, 1.0 / (z * z));
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (z - 0.5) * z.ln() - z + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}
