use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::choose::choose;
use super::hierarchy::{Error, Path};
use super::*;
use crate::forecast::{Model, forecast};

fn path(names: &[&str]) -> Path {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn city() -> Hierarchy {
    Hierarchy::new(&[path(&[]), path(&["east"]), path(&["west"])]).unwrap()
}

#[test]
fn prefixes_and_stars_contain() {
    let crossed = [
        path(&["*", "*"]),
        path(&["east"]),
        path(&["", "trade"]),
        path(&["east", "trade"]),
        path(&["east", "build"]),
        path(&["west", "trade"]),
    ];
    let found = Hierarchy::new(&crossed).unwrap();
    assert_eq!((found.bottom.as_slice(), found.sums.as_slice()), ([3, 4, 5].as_slice(), [0, 1, 2].as_slice()));
    assert_eq!((&found.parts[0], &found.parts[1], &found.parts[2]), (&vec![3, 4, 5], &vec![3, 4], &vec![3, 5]));
    assert_eq!(Hierarchy::new(&[path(&["a"]), path(&["a", "*"])]), Err(Error::Repeated("a".to_owned())));
    assert_eq!(Hierarchy::new(&[]), Err(Error::Empty));
}

#[test]
fn ordinary_least_squares_by_hand() {
    // An excess of 3 over the sum is spread evenly: the sum falls by 1, each part rises by 1.
    let hierarchy = city();
    let found = Reconciler::new(&hierarchy, Method::Ols, &[]).apply(&[13.0, 4.0, 6.0]);
    for (found, truth) in found.iter().zip([12.0, 5.0, 7.0]) {
        assert!((found - truth).abs() < 1e-12, "{found}");
    }
}

#[test]
fn weights_move_what_is_uncertain() {
    let hierarchy = city();
    // Variances 1, 2 and 1 share the excess of 4 as 1 : 2 : 1.
    let covariance = Covariance::Diagonal(vec![1.0, 2.0, 1.0]);
    let found = Reconciler::with(&hierarchy, &covariance).apply(&[14.0, 4.0, 6.0]);
    for (found, truth) in found.iter().zip([13.0, 6.0, 7.0]) {
        assert!((found - truth).abs() < 1e-12, "{found}");
    }
}

#[test]
fn variances_of_sums() {
    let hierarchy = city();
    let up = Reconciler::new(&hierarchy, Method::BottomUp, &[]).variances(&[9.0, 2.0, 1.0]);
    assert_eq!(up, [3.0, 2.0, 1.0]);
    // With right weights the variance is W less W Cᵀ (C W Cᵀ)⁻¹ C W: 1 − 1 / 4, 2 − 4 / 4, 1 − 1 / 4.
    let right = Reconciler::with(&hierarchy, &Covariance::Diagonal(vec![1.0, 2.0, 1.0])).variances(&[1.0, 2.0, 1.0]);
    for (found, truth) in right.iter().zip([0.75, 1.0, 0.75]) {
        assert!((found - truth).abs() < 1e-12, "{found}");
    }
}

#[test]
fn every_method_adds_up_and_leaves_coherent_forecasts_alone() {
    let hierarchy = city();
    let noise = |seed: u64| (0..40).map(|t| ((t * 37 + seed * 11) % 17) as f64 - 8.0).collect::<Vec<f64>>();
    let (a, b, c) = (noise(1), noise(2), noise(3));
    for method in Method::ALL {
        let reconciler = Reconciler::new(&hierarchy, method, &[&a, &b, &c]);
        let found = reconciler.apply(&[17.0, 4.0, 6.0]);
        assert_eq!(found[0], found[1] + found[2], "{method:?}");
        for (found, given) in reconciler.apply(&[10.0, 4.0, 6.0]).iter().zip([10.0, 4.0, 6.0]) {
            assert!((found - given).abs() < 1e-9, "{method:?}");
        }
    }
}

#[test]
fn shrinkage_keeps_variances_and_correlation_in_bounds() {
    let a: Vec<f64> = (0..60).map(|t| ((t * 37) % 17) as f64 - 8.0).collect();
    let b: Vec<f64> = a.iter().enumerate().map(|(t, a)| 2.0 * a + ((t * 29) % 13) as f64 / 13.0 - 0.46).collect();
    let Covariance::Full(found) = Covariance::shrunk(&[&a, &b]) else { panic!("no correlation") };
    let variances = Covariance::variances(&[&a, &b]);
    assert!((found[0] - variances[0]).abs() < 1e-9 && (found[3] - variances[1]).abs() < 1e-9);
    let r = found[1] / (found[0] * found[3]).sqrt();
    // Nearly one, so nearly certain: little shrinkage.
    assert!((0.97..1.0).contains(&r), "{r}");
    // One residual tells no correlation.
    assert!(matches!(Covariance::shrunk(&[&a[..1], &b[..1]]), Covariance::Diagonal(_)));
}

#[test]
fn errors_without_size_are_no_trouble() {
    let hierarchy = city();
    let (zero, some) = (vec![0.0; 20], (0..20).map(f64::from).collect::<Vec<_>>());
    for residuals in [[&zero[..], &zero, &zero], [&zero, &some, &zero], [&zero[..0], &zero[..0], &zero[..0]]] {
        for method in Method::ALL {
            let found = Reconciler::new(&hierarchy, method, &residuals).apply(&[17.0, 4.0, 6.0]);
            assert!(found.iter().all(|value| value.is_finite()), "{method:?}");
        }
        choose(&hierarchy, &residuals);
    }
}

/// Overnight trips by purpose, state and region; sums by state and purpose crossed.
fn tourism(states: Option<&[&str]>) -> Option<(Vec<Path>, Vec<Vec<f64>>)> {
    let Some(folder) = std::env::var_os("HUITONG_DATASETS") else {
        println!("skipped: HUITONG_DATASETS does not name a folder with hierarchy/australian_tourism.parquet");
        return None;
    };
    let file = File::open(PathBuf::from(folder).join("hierarchy/australian_tourism.parquet")).unwrap();
    let mut all: BTreeMap<Path, BTreeMap<i64, f64>> = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
        let [state, region, purpose] = ["state", "region", "purpose"].map(text);
        let quarter = cast(batch.column_by_name("quarter").unwrap(), &DataType::Int64).unwrap();
        let trips = batch.column_by_name("trips").unwrap().as_primitive::<Float64Type>().clone();
        for row in 0..batch.num_rows() {
            let [state, region, purpose] = [&state, &region, &purpose].map(|c| c.as_string::<i32>().value(row));
            if states.is_some_and(|states| !states.contains(&state)) {
                continue;
            }
            let time = quarter.as_primitive::<Int64Type>().value(row);
            for (state, region) in [("*", "*"), (state, "*"), (state, region)] {
                for purpose in ["*", purpose] {
                    let node = all.entry(path(&[state, region, purpose])).or_default();
                    *node.entry(time).or_default() += trips.value(row);
                }
            }
        }
    }
    let (paths, series): (Vec<Path>, Vec<_>) = all.into_iter().unzip();
    Some((paths, series.into_iter().map(|values| values.into_values().collect()).collect()))
}

/// Mean squared errors of four quarters, relative to those of the base forecasts, geometric mean over nodes and origins; base
/// forecasts are Theta's, residuals the one-step errors of the origins before.
fn backtest(
    paths: &[Path],
    series: &[Vec<f64>],
    origins: &[usize],
    residual_origins: usize,
) -> Vec<(&'static str, f64)> {
    const HORIZON: usize = 4;
    let hierarchy = Hierarchy::new(paths).unwrap();
    let theta = |y: &[f64], horizon: usize| forecast(y, 4, horizon, Model::Theta).unwrap().mean;
    let mut totals: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let first = origins[0] - residual_origins;
    let one_step: Vec<Vec<f64>> = series
        .iter()
        .map(|y| (first..*origins.last().unwrap()).map(|t| y[t] - theta(&y[..t], 1)[0]).collect())
        .collect();
    for origin in origins {
        let residuals: Vec<&[f64]> = one_step.iter().map(|e| &e[..origin - first]).collect();
        let base: Vec<Vec<f64>> = series.iter().map(|y| theta(&y[..*origin], HORIZON)).collect();
        let auto = choose(&hierarchy, &residuals).0;
        for (name, method) in Method::ALL.map(|method| (method.name(), method)).into_iter().chain([("auto", auto)]) {
            let reconciler = Reconciler::new(&hierarchy, method, &residuals);
            let (mut squares, mut of_base) = (vec![0.0; series.len()], vec![0.0; series.len()]);
            for h in 0..HORIZON {
                let step: Vec<f64> = base.iter().map(|base| base[h]).collect();
                for (node, value) in reconciler.apply(&step).into_iter().enumerate() {
                    squares[node] += (value - series[node][origin + h]).powi(2);
                    of_base[node] += (step[node] - series[node][origin + h]).powi(2);
                }
            }
            totals.entry(name).or_default().extend(squares.iter().zip(&of_base).map(|(s, base)| (s / base).ln()));
        }
    }
    let mean = |logs: Vec<f64>| (logs.iter().sum::<f64>() / logs.len() as f64).exp();
    totals.into_iter().map(|(name, logs)| (name, mean(logs))).collect()
}

fn check_auto(states: &[&str]) {
    let Some((paths, series)) = tourism(Some(states)) else { return };
    let start = std::time::Instant::now();
    let found: BTreeMap<&str, f64> = backtest(&paths, &series, &[68, 72, 76], 32).into_iter().collect();
    println!("{states:?}: {} nodes, {found:?}, {:?}", paths.len(), start.elapsed());
    let best = found["bu"].min(found["mint"]);
    assert!(found["auto"] <= 1.02 * best, "{found:?}");
}

#[test]
fn auto_keeps_up_with_the_better_method_in_large_states() {
    check_auto(&["Victoria"]);
    check_auto(&["New South Wales"]);
}

#[test]
fn auto_keeps_up_with_the_better_method_in_several_states() {
    check_auto(&["Queensland", "Tasmania"]);
    check_auto(&["Western Australia", "South Australia", "Northern Territory", "ACT"]);
}

/// All 425 nodes, at one origin for time's sake.
#[test]
fn auto_keeps_up_with_the_better_method_in_the_whole_country() {
    let Some((paths, series)) = tourism(None) else { return };
    let start = std::time::Instant::now();
    let found: BTreeMap<&str, f64> = backtest(&paths, &series, &[76], 18).into_iter().collect();
    println!("{} nodes, {found:?}, {:?}", paths.len(), start.elapsed());
    assert_eq!(paths.len(), 425);
    assert!(found["auto"] <= 1.02 * found["bu"].min(found["mint"]), "{found:?}");
}
