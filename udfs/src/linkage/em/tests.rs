use serde_json::json;

use super::super::model::defaults;
use super::super::spec::Spec;
use super::{Counts, DETERMINISTIC, MATCHES, PAIRS, Parameters, SAMPLE, fit, run};

/// Chances by value, the last level first.
const M: [[f64; 3]; 3] = [[0.05, 0.15, 0.8], [0.1, 0.2, 0.7], [0.02, 0.08, 0.9]];
const U: [[f64; 3]; 3] = [[0.9, 0.09, 0.01], [0.7, 0.25, 0.05], [0.95, 0.03, 0.02]];

fn spec() -> Spec {
    let comparison = |name: &str| json!({"column": name, "levels": [{"when": "null"}, {"when": "exact"}, {"when": {"jaro": 0.9}}, {"when": "else"}]});
    let text = json!({
        "comparisons": [comparison("a"), comparison("b"), comparison("c")],
        "prior": {"rules": [["a", "b"]], "recall": 0.5},
        "training": {"sessions": [{"name": "by a", "equal": ["a"]}, {"name": "by b", "equal": ["b"]}],
                     "max_iterations": 500, "convergence": 1e-9}});
    Spec::parse(&text.to_string()).unwrap()
}

/// How many of a million pairs have each pattern, if a share `lambda` matches and comparison `fixed` is always exact.
fn expected(lambda: f64, fixed: Option<usize>, nulls: f64) -> Vec<(Vec<i8>, f64)> {
    let values = [-1_i8, 0, 1, 2];
    let mut all = Vec::new();
    for a in values {
        for b in values {
            for c in values {
                let chance = |of: &[[f64; 3]; 3]| -> f64 {
                    let one = |(at, value): (usize, i8)| match (fixed == Some(at), usize::try_from(value)) {
                        (true, value) => f64::from(u8::from(value == Ok(2))),
                        (false, Ok(value)) => (1.0 - nulls) * of[at][value],
                        (false, Err(_)) => nulls,
                    };
                    [a, b, c].into_iter().enumerate().map(one).product()
                };
                let pairs = 1e6 * (lambda * chance(&M) + (1.0 - lambda) * chance(&U));
                all.push((vec![a, b, c], pairs));
            }
        }
    }
    all
}

fn code(spec: &Spec, values: &[i8]) -> i64 {
    let digits = values.iter().zip(spec.radices());
    digits.fold((0, 1), |(code, place), (value, radix)| (code + place * (i64::from(*value) + 1), place * radix)).0
}

fn add(spec: &Spec, counts: &mut Counts, source: &str, patterns: &[(Vec<i8>, f64)]) {
    patterns.iter().for_each(|(values, pairs)| counts.add(source, code(spec, values), pairs.round() as u64));
}

fn start(lambda: f64) -> Parameters {
    let spec = spec();
    let reversed = |chances: Vec<f64>| chances[1..].iter().rev().copied().collect();
    let m = spec.comparisons.iter().map(|comparison| reversed(defaults::m(comparison))).collect();
    Parameters { lambda, m, u: U.map(|u| u.to_vec()).to_vec() }
}

#[test]
fn planted_parameters_are_found_and_the_likelihood_never_falls() {
    let learned = run(&expected(0.3, None, 0.1), start(0.05), &[true; 3], &vec![vec![false; 3]; 3], 500, 1e-10);
    assert!((learned.parameters.lambda - 0.3).abs() < 1e-5, "{learned:?}");
    for (found, planted) in learned.parameters.m.iter().flatten().zip(M.iter().flatten()) {
        assert!((found - planted).abs() < 1e-4, "{found} {planted}");
    }
    assert!(learned.log_likelihood.len() > 3);
    assert!(learned.log_likelihood.windows(2).all(|pair| pair[1] >= pair[0] - 1e-6));
    assert!(learned.observed.iter().flatten().all(|observed| *observed));
}

#[test]
fn a_model_is_fitted_from_counts_of_all_kinds() {
    let (spec, mut counts) = (spec(), Counts::default());
    add(&spec, &mut counts, SAMPLE, &expected(0.0, None, 0.05));
    add(&spec, &mut counts, "by a", &expected(0.4, Some(0), 0.05));
    add(&spec, &mut counts, "by b", &expected(0.2, Some(1), 0.05));
    counts.add(DETERMINISTIC, 0, 50);
    counts.add(PAIRS, 0, 1_000_000);
    let model = fit(spec, &counts).unwrap();
    assert!((model.prior.value - 1e-4).abs() < 1e-12);
    for (at, comparison) in model.comparisons.iter().enumerate() {
        for (level, value) in comparison.levels[1..].iter().zip([2, 1, 0]) {
            assert!((level.u.unwrap() - U[at][value]).abs() < 1e-4, "{level:?}");
            assert!((level.m.unwrap() - M[at][value]).abs() < 1e-3, "{level:?}");
        }
    }
    assert_eq!(model.trace["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(model.trace["not_observed"], json!([]));
    // The same from the JSON of the model.
    assert_eq!(Spec::parse(&model.to_json()).unwrap(), model);
}

#[test]
fn excluded_fixed_and_unobserved_levels_stay() {
    let (mut spec, mut counts) = (spec(), Counts::default());
    spec.comparisons[1].levels[2].m = Some(0.123);
    spec.comparisons[1].levels[2].fix_m = true;
    spec.comparisons[2].levels[2].u = Some(0.0456);
    spec.comparisons[2].levels[2].fix_u = true;
    let patterns: Vec<_> = expected(0.4, Some(0), 0.0).into_iter().filter(|(values, _)| values[2] != 1).collect();
    add(&spec, &mut counts, "by a", &patterns);
    add(&spec, &mut counts, SAMPLE, &patterns);
    let before = defaults::m(&spec.comparisons[0]);
    let model = fit(spec, &counts).unwrap();
    assert_eq!(model.comparisons[0].levels[1].m, Some(before[1]));
    assert_eq!(model.comparisons[1].levels[2].m, Some(0.123));
    assert_eq!(model.comparisons[2].levels[2].u, Some(0.0456));
    assert!((model.comparisons[2].levels[2].m.unwrap() - 0.05 / 2.0).abs() < 1e-12);
    let told = model.trace["not_observed"].to_string();
    assert!(told.contains("\"a\"") && told.contains("\"c\"") && !told.contains("\"b\""), "{told}");
}

#[test]
fn known_matches_are_learned_from() {
    let (spec, mut counts) = (spec(), Counts::default());
    add(&spec, &mut counts, MATCHES, &expected(1.0, None, 0.0));
    let model = fit(spec, &counts).unwrap();
    assert!((model.comparisons[0].levels[1].m.unwrap() - 0.8).abs() < 1e-5);
}

#[test]
fn degenerate_counts_have_defined_results() {
    let fitted = |add: &dyn Fn(&Spec, &mut Counts)| {
        let (spec, mut counts) = (spec(), Counts::default());
        add(&spec, &mut counts);
        fit(spec, &counts)
    };
    let chances_are_defined = |model: &Spec| {
        let levels = model.comparisons.iter().flat_map(|comparison| &comparison.levels[1..]);
        levels
            .flat_map(|level| [level.m, level.u])
            .all(|chance| chance.is_some_and(|chance| (0.0..=1.0).contains(&chance)))
    };
    assert!(chances_are_defined(&fitted(&|_, _| {}).unwrap()));
    for values in [[-1, -1, -1], [2, 2, 2], [0, 0, 0]] {
        let model = fitted(&|spec, counts| {
            counts.add("by a", code(spec, &values), u64::MAX);
            counts.add("by a", code(spec, &values), 5);
            counts.add(SAMPLE, code(spec, &values), 1);
        });
        assert!(chances_are_defined(&model.unwrap()), "{values:?}");
    }
    let error = fitted(&|_, counts| counts.add("by c", 0, 1)).unwrap_err().to_string();
    assert!(error.contains("`by c`") && error.contains("`by a`"), "{error}");
    assert!(fitted(&|_, counts| counts.add("by a", 64, 1)).unwrap_err().to_string().contains("64"));
    let error = fitted(&|_, counts| {
        counts.add(DETERMINISTIC, 0, 80);
        counts.add(PAIRS, 0, 100);
    });
    assert!(error.unwrap_err().to_string().contains("recall"));
}
