//! Who stands above themselves in a hierarchy.

use std::collections::{BTreeMap, BTreeSet};

/// Every member of a circle of parents; each node is walked over once.
pub fn members<'a>(parents: &BTreeMap<&'a str, &'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut circles = BTreeSet::new();
    for start in parents.keys().copied() {
        let mut path = Vec::new();
        let mut current = Some(start);
        while let Some(node) = current.filter(|node| seen.insert(*node)) {
            path.push(node);
            current = parents.get(node).copied();
        }
        // The walk ended at a root, at a node of an earlier walk, or at one of its own.
        if let Some(first) = path.iter().position(|node| Some(*node) == current) {
            circles.extend(&path[first..]);
        }
    }
    circles
}
