//! How the errors of the nodes' forecasts vary together.

/// What a method assumes of the errors.
#[derive(Debug, Clone, PartialEq)]
pub enum Covariance {
    /// One variance per node, no correlation.
    Diagonal(Vec<f64>),
    /// All of it, row by row.
    Full(Vec<f64>),
}

impl Covariance {
    /// Mean squares of the residuals. A node whose residuals all vanish gets a small variance: it is not to be touched, but
    /// the system must stay regular.
    pub fn variances(residuals: &[&[f64]]) -> Vec<f64> {
        let squares: Vec<f64> = residuals.iter().map(|e| mean(e.iter().map(|e| e * e), e.len())).collect();
        let largest = squares.iter().copied().fold(0.0, f64::max);
        let least = if largest > 0.0 { largest * 1e-10 } else { 1.0 };
        squares.into_iter().map(|square| square.max(least)).collect()
    }

    /// The sample covariance drawn towards its diagonal by as much as its correlations are uncertain.
    ///
    /// Schäfer & Strimmer, A shrinkage approach to large-scale covariance matrix estimation, Statistical Applications in
    /// Genetics and Molecular Biology 4 (2005), section 2.4, target D: λ = Σ Var(r) / Σ r² over the off-diagonal correlations
    /// r of the scaled residuals; mean zero, as residuals of forecasts are. Residuals are of equal length.
    pub fn shrunk(residuals: &[&[f64]]) -> Covariance {
        let n = residuals.len();
        let count = residuals.first().map_or(0, |e| e.len());
        let variances = Self::variances(residuals);
        if count < 2 {
            return Covariance::Diagonal(variances);
        }
        let roots: Vec<f64> = variances.iter().map(|variance| variance.sqrt()).collect();
        let scaled: Vec<Vec<f64>> =
            residuals.iter().zip(&roots).map(|(e, root)| e.iter().map(|e| e / root).collect()).collect();
        let mut correlations = vec![0.0; n * n];
        let (mut uncertain, mut certain) = (0.0, 0.0);
        for i in 0..n {
            for j in 0..i {
                let products = || scaled[i].iter().zip(&scaled[j]).map(|(a, b)| a * b);
                let r = mean(products(), count);
                let spread = products().map(|product| (product - r).powi(2)).sum::<f64>();
                uncertain += spread / (count as f64 * (count - 1) as f64);
                certain += r * r;
                (correlations[i * n + j], correlations[j * n + i]) = (r, r);
            }
        }
        let lambda = if certain > 0.0 { (uncertain / certain).clamp(LEAST_SHRINKAGE, 1.0) } else { 1.0 };
        for i in 0..n {
            for j in 0..n {
                let kept = if i == j { 1.0 } else { (1.0 - lambda) * correlations[i * n + j] };
                correlations[i * n + j] = kept * roots[i] * roots[j];
            }
        }
        Covariance::Full(correlations)
    }
}

/// With fewer residuals than nodes an unshrunk covariance has no inverse.
const LEAST_SHRINKAGE: f64 = 1e-4;

fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.sum::<f64>() / count.max(1) as f64
}
