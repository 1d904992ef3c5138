//! Sets of what is linked: union by size with halved paths (Tarjan and van Leeuwen, *Worst-case analysis of set union algorithms*,
//! JACM 31, 1984).

use std::collections::HashMap;
use std::hash::Hash;

/// Nodes and the sets they are in. A set is named by its smallest node, whatever came in which order.
#[derive(Debug, Clone)]
pub struct Forest<T> {
    places: HashMap<T, usize>,
    parents: Vec<usize>,
    sizes: Vec<usize>,
}

impl<T> Default for Forest<T> {
    fn default() -> Self {
        Forest { places: HashMap::new(), parents: Vec::new(), sizes: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash + Ord> Forest<T> {
    /// The node's place; it is alone if it is new.
    pub fn add(&mut self, node: T) -> usize {
        let next = self.parents.len();
        let place = *self.places.entry(node).or_insert(next);
        if place == next {
            self.parents.push(next);
            self.sizes.push(1);
        }
        place
    }

    pub fn link(&mut self, one: T, other: T) {
        let (one, other) = (self.add(one), self.add(other));
        self.join(one, other);
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (large, small) = if self.sizes[one] >= self.sizes[other] { (one, other) } else { (other, one) };
        self.parents[small] = large;
        self.sizes[large] += self.sizes[small];
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.parents[place] != place {
            self.parents[place] = self.parents[self.parents[place]];
            place = self.parents[place];
        }
        place
    }

    pub fn len(&self) -> usize {
        self.parents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<(T, usize)>() + 2 * self.parents.capacity() * size_of::<usize>()
    }

    /// Each node with the smallest node of its set, sorted by node.
    pub fn sets(&mut self) -> Vec<(T, T)> {
        let mut nodes: Vec<(T, usize)> = self.places.iter().map(|(node, place)| (node.clone(), *place)).collect();
        nodes.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut smallest: Vec<Option<usize>> = vec![None; self.parents.len()];
        let mut roots = Vec::with_capacity(nodes.len());
        for (at, (_, place)) in nodes.iter().enumerate() {
            let root = self.root(*place);
            roots.push(*smallest[root].get_or_insert(at));
        }
        nodes.iter().zip(roots).map(|((node, _), first)| (node.clone(), nodes[first].0.clone())).collect()
    }
}
