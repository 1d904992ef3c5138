//! One run of expectation and maximisation.

/// Chances of the levels of each comparison, by value, and of a match.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    pub lambda: f64,
    pub m: Vec<Vec<f64>>,
    pub u: Vec<Vec<f64>>,
}

/// What a run says.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    pub parameters: Parameters,
    /// Whether any pair fell into a level, as `parameters.m`.
    pub observed: Vec<Vec<bool>>,
    /// The logarithm (base e) of the likelihood before each iteration and after the last, which never falls while the levels are
    /// observed.
    pub log_likelihood: Vec<f64>,
    /// The largest change of a parameter in the last iteration.
    pub largest_change: f64,
}

/// Of a level that no pair falls into, while others are estimated; as Splink has it.
const UNOBSERVED: f64 = 1e-6;
const CHANCE_LEAST: f64 = 1e-300;

/// Estimates `m` and the chance of a match from patterns (the value of each comparison's level, -1 for nulls, and how many pairs
/// have them) with `u` as it is given. `used` says which comparisons take part, `fixed` which levels' `m` stays.
pub fn run(
    patterns: &[(Vec<i8>, f64)],
    start: Parameters,
    used: &[bool],
    fixed: &[Vec<bool>],
    max_iterations: u64,
    convergence: f64,
) -> Learned {
    let mut parameters = start;
    let observed = observed(patterns, &parameters);
    let mut log_likelihood = Vec::new();
    let mut largest_change = f64::INFINITY;
    for _ in 0..max_iterations {
        let (expected, likelihood) = expect(patterns, &parameters, used);
        log_likelihood.push(likelihood);
        let next = maximise(&parameters, expected, used, fixed);
        largest_change = change(&parameters, &next);
        parameters = next;
        if largest_change < convergence {
            break;
        }
    }
    log_likelihood.push(expect(patterns, &parameters, used).1);
    Learned { parameters, observed, log_likelihood, largest_change }
}

fn observed(patterns: &[(Vec<i8>, f64)], parameters: &Parameters) -> Vec<Vec<bool>> {
    let mut observed: Vec<Vec<bool>> = parameters.m.iter().map(|m| vec![false; m.len()]).collect();
    for (values, _) in patterns {
        for (observed, value) in observed.iter_mut().zip(values) {
            if let Some(seen) = usize::try_from(*value).ok().and_then(|value| observed.get_mut(value)) {
                *seen = true;
            }
        }
    }
    observed
}

/// Matches that are expected in all and in each level.
struct Expected {
    pairs: f64,
    matches: f64,
    by_level: Vec<Vec<f64>>,
}

fn expect(patterns: &[(Vec<i8>, f64)], parameters: &Parameters, used: &[bool]) -> (Expected, f64) {
    let by_level = parameters.m.iter().map(|m| vec![0.0; m.len()]).collect();
    let mut expected = Expected { pairs: 0.0, matches: 0.0, by_level };
    let mut likelihood = 0.0;
    let logs = |chances: &[Vec<f64>]| -> Vec<Vec<f64>> {
        chances.iter().map(|chances| chances.iter().map(|chance| chance.max(CHANCE_LEAST).ln()).collect()).collect()
    };
    let (m, u) = (logs(&parameters.m), logs(&parameters.u));
    let prior = [parameters.lambda, 1.0 - parameters.lambda].map(|chance| chance.max(CHANCE_LEAST).ln());
    for (values, pairs) in patterns {
        let levels = || {
            let of = |(at, value): (usize, &i8)| usize::try_from(*value).ok().map(|value| (at, value));
            values.iter().enumerate().filter(|(at, _)| used[*at]).filter_map(of)
        };
        let sum = |logs: &[Vec<f64>]| levels().map(|(at, value)| logs[at][value]).sum::<f64>();
        let (of_match, of_other) = (prior[0] + sum(&m), prior[1] + sum(&u));
        let most = of_match.max(of_other);
        let of_pattern = most + ((of_match - most).exp() + (of_other - most).exp()).ln();
        likelihood += pairs * of_pattern;
        let matches = pairs * (of_match - of_pattern).exp();
        expected.pairs += pairs;
        expected.matches += matches;
        levels().for_each(|(at, value)| expected.by_level[at][value] += matches);
    }
    (expected, likelihood)
}

/// Shares of the expected matches. A chance that is fixed stays; the others are what was found, as in Splink, so that they need not
/// add up to one with it.
fn maximise(before: &Parameters, expected: Expected, used: &[bool], fixed: &[Vec<bool>]) -> Parameters {
    let mut next = before.clone();
    if expected.pairs > 0.0 {
        next.lambda = (expected.matches / expected.pairs).clamp(CHANCE_LEAST, 1.0 - f64::EPSILON / 2.0);
    }
    for (at, m) in next.m.iter_mut().enumerate().filter(|(at, _)| used[*at]) {
        let found = &expected.by_level[at];
        let total: f64 = found.iter().sum();
        if total <= 0.0 {
            continue;
        }
        for ((chance, _), matches) in m.iter_mut().zip(&fixed[at]).zip(found).filter(|((_, fixed), _)| !**fixed) {
            *chance = if *matches > 0.0 { matches / total } else { UNOBSERVED };
        }
    }
    next
}

fn change(before: &Parameters, after: &Parameters) -> f64 {
    let levels = before.m.iter().zip(&after.m).flat_map(|(before, after)| before.iter().zip(after));
    levels.map(|(before, after)| (after - before).abs()).fold((after.lambda - before.lambda).abs(), f64::max)
}
