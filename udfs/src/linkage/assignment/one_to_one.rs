//! One-to-one links among weighted candidates: the heaviest matching, component by component.

use super::matching;
use crate::linkage::components::forest::Forest;

/// Above that product of rows and edges of a component, links are taken greedily: the heaviest first.
pub const EXACT_MAX: usize = 200_000_000;

/// A link by the places of its two records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub left: usize,
    pub right: usize,
    pub weight: f64,
    /// Whether its component was solved exactly.
    pub is_exact: bool,
}

/// Chooses links so that no record has two and their weights add up to the most. Links of weight 0 and below are never chosen. Sorted by
/// left; the same for the same candidates, which are sorted by left and right and without repetition.
pub fn choose(candidates: &[(usize, usize, f64)], exact_max: usize) -> Vec<Link> {
    let mut chosen: Vec<Link> =
        components(candidates).iter().flat_map(|component| solve(component, exact_max)).collect();
    chosen.sort_unstable_by_key(|link| link.left);
    chosen
}

/// Candidates that hang together, each component in the order given.
fn components(candidates: &[(usize, usize, f64)]) -> Vec<Vec<(usize, usize, f64)>> {
    let mut forest = Forest::default();
    // Records of the two sides are different ones, also if their places are equal.
    let sides = |left: usize, right: usize| ((left, false), (right, true));
    let positive = || candidates.iter().filter(|(.., weight)| *weight > 0.0);
    positive().for_each(|(left, right, _)| {
        let (left, right) = sides(*left, *right);
        forest.link(left, right);
    });
    let sets = forest.sets();
    let mut places = std::collections::HashMap::new();
    let mut components: Vec<Vec<(usize, usize, f64)>> = Vec::new();
    for candidate in positive() {
        let of = (candidate.0, false);
        let Ok(at) = sets.binary_search_by(|(node, _)| node.cmp(&of)) else { continue };
        let place = *places.entry(sets[at].1).or_insert(components.len());
        if place == components.len() {
            components.push(Vec::new());
        }
        components[place].push(*candidate);
    }
    components
}

fn solve(component: &[(usize, usize, f64)], exact_max: usize) -> Vec<Link> {
    if let [(left, right, weight)] = component {
        return vec![Link { left: *left, right: *right, weight: *weight, is_exact: true }];
    }
    let (lefts, rights) =
        (distinct(component.iter().map(|edge| edge.0)), distinct(component.iter().map(|edge| edge.1)));
    if lefts.len().min(rights.len()).saturating_mul(component.len()) > exact_max {
        return greedy(component);
    }
    let place = |of: &[usize], record: usize| of.binary_search(&record).unwrap_or(0);
    let is_turned = rights.len() < lefts.len();
    let edge = |(left, right, weight): &(usize, usize, f64)| {
        let (left, right) = (place(&lefts, *left), place(&rights, *right));
        // Work grows with the rows: the smaller side.
        if is_turned { (right, left, *weight) } else { (left, right, *weight) }
    };
    let edges: Vec<matching::Edge> = component.iter().map(edge).collect();
    let (rows, columns) = if is_turned { (rights.len(), lefts.len()) } else { (lefts.len(), rights.len()) };
    let found = matching::heaviest(rows, columns, &edges);
    let is_chosen = |(row, column, _): &matching::Edge| found[*row] == Some(*column);
    let chosen = edges.iter().zip(component).filter(|(edge, _)| is_chosen(edge));
    chosen
        .map(|(_, (left, right, weight))| Link { left: *left, right: *right, weight: *weight, is_exact: true })
        .collect()
}

fn greedy(component: &[(usize, usize, f64)]) -> Vec<Link> {
    let mut order: Vec<&(usize, usize, f64)> = component.iter().collect();
    order.sort_by(|one, other| other.2.total_cmp(&one.2));
    let (mut lefts, mut rights) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    let mut chosen = Vec::new();
    for (left, right, weight) in order {
        if !lefts.contains(left) && !rights.contains(right) {
            lefts.insert(*left);
            rights.insert(*right);
            chosen.push(Link { left: *left, right: *right, weight: *weight, is_exact: false });
        }
    }
    chosen
}

fn distinct(records: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut records: Vec<usize> = records.collect();
    records.sort_unstable();
    records.dedup();
    records
}
