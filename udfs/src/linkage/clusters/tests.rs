use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion_common::ScalarValue;

use super::agreement::agreement;
use super::shape::{shapes, sizes};
use crate::linkage::components::forest::Forest;
use crate::series::testing::try_value;

#[test]
fn pairs_and_records_are_scored() {
    // Clusters {1,2,3},{4,5}; truth {1,2},{3,4,5}.
    let shared = BTreeMap::from([((1, 'a'), 2), ((1, 'b'), 1), ((2, 'b'), 2)]);
    let found = agreement(&shared);
    assert_eq!((found.records, found.clusters, found.true_clusters, found.largest), (5, 2, 2, 3));
    // Of 4 pairs said and 4 true ones, {1,2} and {4,5} are both.
    assert_eq!((found.pairs.precision, found.pairs.recall, found.pairs.f1), (0.5, 0.5, 0.5));
    let truth = (2.0 * 2.0 / 3.0 + 1.0 / 3.0 + 2.0) / 5.0;
    assert!((found.b_cubed.precision - truth).abs() < 1e-12 && (found.b_cubed.recall - truth).abs() < 1e-12);
    let alone = agreement(&BTreeMap::from([((1, 1), 1_u64)]));
    assert!(alone.pairs.precision.is_nan() && alone.b_cubed.f1 == 1.0);
    assert_eq!(agreement(&BTreeMap::<(i32, i32), u64>::new()).records, 0);
}

#[test]
fn bridges_are_the_links_that_hold_a_cluster_together() {
    // A triangle, a bridge to a square, a tail; a loop; a record alone.
    let links = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (3, 6), (6, 7), (8, 8)];
    let (found, bridges) = shapes(10, &links);
    assert_eq!(bridges, [3, 8]);
    let told: Vec<(usize, usize, usize)> = found.iter().map(|shape| (shape.name, shape.records, shape.links)).collect();
    assert_eq!(told, [(0, 8, 9), (8, 1, 0), (9, 1, 0)]);
    assert!((found[0].density - 9.0 / 28.0).abs() < 1e-12);
    assert_eq!(sizes(&found), BTreeMap::from([(1, 2), (8, 1)]));
}

/// By definition: take the link away and see whether there are more sets.
#[test]
fn bridges_by_definition() {
    for seed in 0..60_usize {
        let mut links: Vec<(usize, usize)> =
            (0..14).map(|at| ((at * 7 + seed * 3) % 12, (at * at * 5 + seed * 11) % 12)).collect();
        links.iter_mut().for_each(|(one, other)| (*one, *other) = (*one.min(other), *one.max(other)));
        links.sort_unstable();
        links.dedup();
        let count = |links: &[(usize, usize)]| {
            let mut forest = Forest::default();
            (0..12).for_each(|record| {
                forest.add(record);
            });
            links.iter().for_each(|(one, other)| forest.link(*one, *other));
            forest.sets().iter().filter(|(record, name)| record == name).count()
        };
        let all = count(&links);
        let truth: Vec<usize> = (0..links.len())
            .filter(|at| {
                let mut less = links.clone();
                less.remove(*at);
                count(&less) > all
            })
            .collect();
        let (shapes, bridges) = shapes(12, &links);
        assert_eq!(bridges, truth);
        assert_eq!(shapes.len(), all);
    }
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let links: Vec<(usize, usize)> = (0..200_000).map(|at| (at, at + 1)).collect();
    assert_eq!(shapes(200_001, &links).1.len(), 200_000);
}

#[test]
fn the_aggregate_scores_columns() {
    let clusters: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(1), Some(2), Some(2), None]));
    let truth: ArrayRef =
        Arc::new(StringArray::from(vec![Some("a"), Some("a"), Some("b"), Some("b"), Some("b"), None]));
    let ScalarValue::Struct(told) = try_value("cluster_metrics", &[clusters.clone(), truth]).unwrap() else { panic!() };
    let whole = |name: &str| told.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(0);
    let number = |name: &str| told.column_by_name(name).unwrap().as_primitive::<Float64Type>().value(0);
    // The record without a cluster and without truth is alone in both.
    assert_eq!((whole("records"), whole("clusters"), whole("true_clusters"), whole("largest")), (6, 3, 3, 3));
    assert_eq!((number("pair_precision"), number("pair_recall"), number("pair_f1")), (0.5, 0.5, 0.5));
    assert!((number("b3_f1") - (11.0 / 3.0 + 1.0) / 6.0).abs() < 1e-12);
    let wrong: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 6]));
    assert!(try_value("cluster_metrics", &[clusters.clone(), wrong]).is_err());
}
