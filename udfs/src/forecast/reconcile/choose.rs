//! Which method suits a hierarchy, by what each would have done to errors it had not seen.
//!
//! A coherent truth passes through a reconciliation unchanged, so the reconciled error is the reconciliation of the base
//! error: residuals are all that a backtest needs. Each fold estimates the covariance from the residuals before it.

use super::{Hierarchy, Method, Reconciler};

/// Residuals that the first fold must have behind it.
const HISTORY_MIN: usize = 8;
/// Folds, over the last third of the residuals: a covariance from a third of them would not be the one that is used.
const FOLDS: usize = 4;
/// What a method must gain over `mint`, which is the best in theory, to be preferred: scores of few folds are noisy.
const MARGIN: f64 = 0.95;

/// The method of clearly smallest reconciled error over folds at the end of the residuals, and the score of each: the geometric mean
/// over nodes of the mean squared error relative to that of the base forecasts. With too few residuals for a backtest,
/// variances are all that can be trusted: `wls`; with none, `ols`.
pub fn choose(hierarchy: &Hierarchy, residuals: &[&[f64]]) -> (Method, Vec<(Method, f64)>) {
    let count = residuals.first().map_or(0, |e| e.len());
    if count < 2 * HISTORY_MIN {
        return (if count < 2 { Method::Ols } else { Method::Wls }, vec![]);
    }
    let scores: Vec<(Method, f64)> = Method::ALL.map(|method| (method, score(hierarchy, residuals, method))).into();
    let handicapped = |(method, score): &(Method, f64)| if *method == Method::MinT { score * MARGIN } else { *score };
    let best = scores.iter().min_by(|a, b| handicapped(a).total_cmp(&handicapped(b)));
    (best.map_or(Method::MinT, |(method, _)| *method), scores)
}

fn score(hierarchy: &Hierarchy, residuals: &[&[f64]], method: Method) -> f64 {
    let count = residuals[0].len();
    let length = (count / 3 / FOLDS).max(1);
    let first = count - FOLDS * length;
    let mut squares = vec![0.0; hierarchy.nodes()];
    let mut base = vec![0.0; hierarchy.nodes()];
    for fold in 0..FOLDS {
        let start = first + fold * length;
        let before: Vec<&[f64]> = residuals.iter().map(|e| &e[..start]).collect();
        let reconciler = Reconciler::new(hierarchy, method, &before);
        for t in start..start + length {
            let errors: Vec<f64> = residuals.iter().map(|e| e[t]).collect();
            let reconciled = reconciler.apply(&errors);
            for node in 0..errors.len() {
                squares[node] += reconciled[node] * reconciled[node];
                base[node] += errors[node] * errors[node];
            }
        }
    }
    let ratios = squares.iter().zip(&base).filter(|(_, base)| **base > 0.0);
    let logs: Vec<f64> = ratios.map(|(square, base)| (square / base).max(1e-12).ln()).collect();
    (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp()
}
