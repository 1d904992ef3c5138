use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int64Type;

use super::contraction;
use super::forest::Forest;
use crate::series::testing::ask;

fn sets(edges: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut forest = Forest::default();
    edges.iter().for_each(|(one, other)| forest.link(*one, *other));
    forest.sets()
}

/// A long chain, numbered in no order; a star; a tree; and noise.
fn graphs() -> Vec<Vec<(i64, i64)>> {
    let mixed = |at: i64| at * 7919 % 10_007;
    let chain = (0..10_000).map(|at| (mixed(at), mixed(at + 1))).collect();
    let star = (1..3000).map(|at| (at, 0)).collect();
    let tree = (1..4000).map(|at| (at, (at - 1) / 3)).collect();
    // Ends drawn by their products: few vertices have most edges.
    let power = (0..6000_i64).map(|at| (at * at % 4001 * (at % 7) % 900, at * 31 % 3001)).collect();
    vec![chain, star, tree, power, vec![(5, 5)], vec![]]
}

#[test]
fn sets_are_named_by_their_smallest() {
    assert_eq!(sets(&[(9, 4), (4, 7), (2, 2), (8, 3)]), [(2, 2), (3, 3), (4, 4), (7, 4), (8, 3), (9, 4)]);
    assert_eq!(sets(&[(i64::MAX, i64::MIN)]), [(i64::MIN, i64::MIN), (i64::MAX, i64::MIN)]);
}

#[test]
fn contraction_finds_the_same_sets_in_few_rounds() {
    for edges in graphs() {
        let (found, rounds) = contraction::components(&edges);
        println!("{} edges: {rounds} rounds", edges.len());
        assert!(rounds <= 16, "{rounds}");
        let mut smallest: BTreeMap<i64, i64> = BTreeMap::new();
        for (node, of) in &found {
            smallest.entry(*of).and_modify(|least| *least = *node.min(least)).or_insert(*node);
        }
        let named: Vec<(i64, i64)> = found.iter().map(|(node, of)| (*node, smallest[of])).collect();
        assert_eq!(named, sets(&edges));
    }
}

#[test]
fn ranks_are_a_permutation() {
    for vertex in [0, 1, -1, i64::MIN, i64::MAX, 42, 1 << 40] {
        for round in [0, 1, 2, u64::MAX] {
            assert_eq!(contraction::vertex(contraction::rank(vertex, round), round), vertex);
            assert_eq!(contraction::rank(contraction::vertex(vertex, round), round), vertex);
        }
        assert_ne!(contraction::rank(vertex, 1), contraction::rank(vertex, 2));
    }
}

#[test]
fn the_aggregate_links_numbers_and_texts() {
    let left: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), Some(2), None, None, Some(8)]));
    let right: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(3), Some(9), None, Some(8)]));
    let found = ask("link_components", &[left.clone(), right]);
    let numbers = |name: &str| found.column(name).as_primitive::<Int64Type>().values().to_vec();
    assert_eq!((numbers("id"), numbers("cluster_id")), (vec![1, 2, 3, 8, 9], vec![1, 1, 1, 8, 9]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["乙", "b", "c", "", "a"]));
    let others: ArrayRef = Arc::new(StringArray::from(vec!["甲", "a", "b", "", "c"]));
    let found = ask("link_components", &[texts.clone(), others]);
    assert_eq!(found.texts("id"), ["", "a", "b", "c", "乙", "甲"]);
    assert_eq!(found.texts("cluster_id"), ["", "a", "a", "a", "乙", "乙"]);
    // A number beside a text is its digits.
    assert_eq!(ask("link_components", &[left, texts]).texts("cluster_id").len(), 8);
    let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
    assert_eq!(ask("link_components", &[none.clone(), none]).0.value(0).len(), 0);
}

#[test]
fn chains_of_many_records_are_fast() {
    let edges: Vec<(i64, i64)> = (0..300_000).map(|at| (at, at + 1)).collect();
    let start = std::time::Instant::now();
    assert!(sets(&edges).iter().all(|(_, of)| *of == 0));
    println!("300 000 links: {:?}", start.elapsed());
}
