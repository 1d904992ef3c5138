use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Int64Type;

use super::one_to_one::{EXACT_MAX, choose};
use crate::series::testing::{ask, try_ask};

struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// The largest sum by trying every choice.
fn best(edges: &[(usize, usize, f64)], lefts: u64, rights: u64) -> f64 {
    let Some(((left, right, weight), rest)) = edges.split_first() else { return 0.0 };
    let without = best(rest, lefts, rights);
    if lefts >> left & 1 == 1 || rights >> right & 1 == 1 {
        return without;
    }
    without.max(weight + best(rest, lefts | 1 << left, rights | 1 << right))
}

fn graph(draws: &mut Draws, rows: u64, columns: u64, percent: u64) -> Vec<(usize, usize, f64)> {
    let mut edges = Vec::new();
    for left in 0..rows {
        for right in 0..columns {
            if draws.below(100) < percent {
                // Few different weights: ties; some are not worth a link.
                edges.push((left as usize, right as usize, draws.below(9) as f64 / 2.0 - 0.5));
            }
        }
    }
    edges
}

#[test]
fn no_choice_weighs_more() {
    let mut draws = Draws(1);
    for round in 0..400 {
        let (rows, columns) = (draws.below(5) + 1, draws.below(5) + 1);
        let edges = graph(&mut draws, rows, columns, 30 + round % 50);
        let chosen = choose(&edges, EXACT_MAX);
        let sum: f64 = chosen.iter().map(|link| link.weight).sum();
        assert!((sum - best(&edges, 0, 0)).abs() < 1e-9, "{edges:?} {chosen:?}");
        for (at, link) in chosen.iter().enumerate() {
            assert!(edges.contains(&(link.left, link.right, link.weight)) && link.is_exact && link.weight > 0.0);
            assert!(chosen[..at].iter().all(|other| other.left != link.left && other.right != link.right));
        }
    }
}

#[test]
fn greedy_is_within_half_and_says_so() {
    let mut draws = Draws(2);
    for _ in 0..100 {
        let edges = graph(&mut draws, 6, 6, 60);
        let (exact, greedy) = (choose(&edges, EXACT_MAX), choose(&edges, 0));
        let sum = |links: &[super::one_to_one::Link]| links.iter().map(|link| link.weight).sum::<f64>();
        assert!(sum(&greedy) <= sum(&exact) + 1e-9 && 2.0 * sum(&greedy) >= sum(&exact) - 1e-9);
    }
    let chain = [(0, 0, 2.0), (0, 1, 3.0), (1, 1, 2.0)];
    assert_eq!(choose(&chain, EXACT_MAX).len(), 2);
    let greedy = choose(&chain, 0);
    assert!(greedy.len() == 1 && !greedy[0].is_exact);
}

#[test]
fn large_components_are_solved_in_seconds() {
    let mut draws = Draws(3);
    let mut edges: Vec<(usize, usize, f64)> = (0..12_000)
        .map(|_| (draws.below(2000) as usize, draws.below(2000) as usize, draws.below(1000) as f64 / 10.0))
        .collect();
    edges.sort_by_key(|edge| (edge.0, edge.1));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    let start = std::time::Instant::now();
    let chosen = choose(&edges, EXACT_MAX);
    println!("2000 x 2000, {} candidates: {} links in {:?}", edges.len(), chosen.len(), start.elapsed());
    assert!(chosen.iter().all(|link| link.is_exact));
    assert!(chosen.len() > 1900);
}

#[test]
fn the_aggregate_keeps_the_heaviest_of_repeated_links() {
    let left: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(2), Some(1), None, Some(7)]));
    let right: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "b", "a", "a", "z"]));
    let weight: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(1.0), Some(3.0), Some(2.5), Some(2.0), Some(99.0), None]));
    let found = ask("one_to_one", &[left.clone(), right.clone(), weight]);
    assert_eq!(found.column("id_l").as_primitive::<Int64Type>().values(), &[1, 2]);
    assert_eq!(found.texts("id_r"), ["a", "b"]);
    assert_eq!(found.numbers("weight"), [2.0, 2.5]);
    let wrong: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN; 6]));
    assert!(try_ask("one_to_one", &[left.clone(), right.clone(), wrong]).unwrap_err().to_string().contains("finite"));
    let none: ArrayRef = Arc::new(Float64Array::from(vec![None; 6]));
    assert_eq!(ask("one_to_one", &[left, right, none]).0.value(0).len(), 0);
}
