//! Why a pair weighs what it weighs.

use super::Model;

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// A comparison; `prior` in front.
    pub field: String,
    /// The label of the level that holds; none of the prior.
    pub level: Option<String>,
    pub weight: f64,
    /// What the frequency of the value adds.
    pub term_weight: f64,
    /// The sum so far, with this step.
    pub total: f64,
}

/// The lines of a pair, whose last total is its weight. `values` are those of its levels; `frequency` gives that of one of the
/// model's `term_fields`.
pub fn explain(model: &Model, values: &[i8], frequency: impl Fn(usize) -> Option<f64>) -> Vec<Line> {
    let mut total = model.prior_weight;
    let prior = Line { field: "prior".to_owned(), level: None, weight: model.prior_weight, term_weight: 0.0, total };
    let mut lines = vec![prior];
    for (at, (comparison, value)) in model.spec.comparisons.iter().zip(values).enumerate() {
        let weight = model.weight(at, *value);
        let term_weight = model.term_weight(at, *value, &frequency);
        total = total + weight + term_weight;
        let level = comparison.level(*value).map(|level| level.label.clone());
        lines.push(Line { field: comparison.name.clone(), level, weight, term_weight, total });
    }
    lines
}
