//! How well the records of a cluster hang together.

use std::collections::BTreeMap;

/// One cluster of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its smallest record.
    pub name: usize,
    pub records: usize,
    pub links: usize,
    /// Links over pairs of records; 1 for a record alone.
    pub density: f64,
}

/// Clusters sorted by name, and the links, by place, without which a cluster falls in two: the first ones to be looked at by a clerk.
/// Loops count for nothing; links are given once each.
pub fn shapes(records: usize, links: &[(usize, usize)]) -> (Vec<Shape>, Vec<usize>) {
    let graph = graph(records, links);
    let mut walk =
        Walk { graph: &graph, entered: vec![NONE; records], lowest: vec![NONE; records], time: 0, bridges: Vec::new() };
    let mut shapes = Vec::new();
    for root in 0..records {
        if walk.entered[root] == NONE {
            let (records, ends) = walk.from(root);
            let pairs = records as f64 * (records as f64 - 1.0) / 2.0;
            let links = ends / 2;
            let density = if records > 1 { links as f64 / pairs } else { 1.0 };
            shapes.push(Shape { name: root, records, links, density });
        }
    }
    walk.bridges.sort_unstable();
    (shapes, walk.bridges)
}

/// How many clusters there are of each size.
pub fn sizes(shapes: &[Shape]) -> BTreeMap<usize, usize> {
    let mut sizes = BTreeMap::new();
    shapes.iter().for_each(|shape| *sizes.entry(shape.records).or_default() += 1);
    sizes
}

const NONE: usize = usize::MAX;

/// Per record, its neighbours and the links to them.
fn graph(records: usize, links: &[(usize, usize)]) -> Vec<Vec<(usize, usize)>> {
    let mut graph = vec![Vec::new(); records];
    for (link, (one, other)) in links.iter().enumerate().filter(|(_, (one, other))| one != other) {
        graph[*one].push((*other, link));
        graph[*other].push((*one, link));
    }
    graph
}

/// Depth-first search with lowest reachable times (Tarjan, *A note on finding the bridges of a graph*, IPL 2, 1974), without recursion:
/// clusters can be long chains.
struct Walk<'a> {
    graph: &'a [Vec<(usize, usize)>],
    entered: Vec<usize>,
    lowest: Vec<usize>,
    time: usize,
    bridges: Vec<usize>,
}

impl Walk<'_> {
    fn enter(&mut self, record: usize) {
        self.entered[record] = self.time;
        self.lowest[record] = self.time;
        self.time += 1;
    }

    /// The number of records and of ends of links in the cluster.
    fn from(&mut self, root: usize) -> (usize, usize) {
        let (mut records, mut ends) = (0, 0);
        // A record, the link by which it was entered, and how many of its neighbours were looked at.
        let mut path = vec![(root, NONE, 0)];
        self.enter(root);
        while let Some((record, link, looked)) = path.last_mut() {
            let (record, link) = (*record, *link);
            if let Some((next, by)) = self.graph[record].get(*looked).copied() {
                *looked += 1;
                if self.entered[next] == NONE {
                    self.enter(next);
                    path.push((next, by, 0));
                } else if by != link {
                    self.lowest[record] = self.lowest[record].min(self.entered[next]);
                }
                continue;
            }
            records += 1;
            ends += self.graph[record].len();
            path.pop();
            if let Some((above, ..)) = path.last() {
                self.lowest[*above] = self.lowest[*above].min(self.lowest[record]);
                if self.lowest[record] > self.entered[*above] {
                    self.bridges.push(link);
                }
            }
        }
        (records, ends)
    }
}
