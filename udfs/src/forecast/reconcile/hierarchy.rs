//! Which series add up to which.

/// A path from the whole to a part: `[city, district, sector]`. A missing level at the end, an empty name and `*` mean all.
pub type Path = Vec<String>;

/// Nodes and the bottom series they are sums of.
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    /// Per node, the places among the nodes of the bottom series it contains; a bottom series contains itself.
    pub parts: Vec<Vec<usize>>,
    /// The bottom nodes.
    pub bottom: Vec<usize>,
    /// The other nodes.
    pub sums: Vec<usize>,
}

/// Why nodes are no hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("node `{0}` occurs more than once at one time")]
    Repeated(String),
    #[error("no nodes")]
    Empty,
    #[error("{nodes} nodes are too many; at most {most} can be reconciled together")]
    TooMany { nodes: usize, most: usize },
}

/// Work grows with the third power of the nodes.
const NODES_MAX: usize = 2000;

impl Hierarchy {
    /// From the paths of all nodes: a node contains those whose path agrees with its own where it names something. Nodes that
    /// contain no other are the bottom. Crossed classifications (`[*, sector]` beside `[district, *]`) are hierarchies too.
    ///
    /// # Errors
    /// A node twice, none, or too many.
    pub fn new(paths: &[Path]) -> Result<Self, Error> {
        if paths.is_empty() {
            return Err(Error::Empty);
        }
        if paths.len() > NODES_MAX {
            return Err(Error::TooMany { nodes: paths.len(), most: NODES_MAX });
        }
        let plain: Vec<Vec<&str>> = paths.iter().map(normal).collect();
        let mut sorted: Vec<&Vec<&str>> = plain.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::Repeated(pair[0].join("/")));
        }
        let inside = |node: usize| (0..plain.len()).filter(move |other| *other != node);
        let is_sum: Vec<bool> =
            (0..plain.len()).map(|node| inside(node).any(|other| contains(&plain[node], &plain[other]))).collect();
        let of_kind = |sum: bool| (0..plain.len()).filter(|node| is_sum[*node] == sum).collect::<Vec<_>>();
        let (bottom, sums) = (of_kind(false), of_kind(true));
        let part_of = |node: usize| match is_sum[node] {
            true => bottom.iter().copied().filter(|part| contains(&plain[node], &plain[*part])).collect(),
            false => vec![node],
        };
        Ok(Hierarchy { parts: (0..plain.len()).map(part_of).collect(), bottom, sums })
    }

    pub fn nodes(&self) -> usize {
        self.parts.len()
    }

    /// Sums of the bottom values of `values` (one per node), for all nodes.
    pub fn add_up(&self, values: &[f64]) -> Vec<f64> {
        self.parts.iter().map(|parts| parts.iter().map(|part| values[*part]).sum()).collect()
    }
}

/// Names, `""` for all, without what is all at the end.
fn normal(path: &Path) -> Vec<&str> {
    let mut names: Vec<&str> = path.iter().map(|name| if name == "*" { "" } else { name.as_str() }).collect();
    while names.last().is_some_and(|name| name.is_empty()) {
        names.pop();
    }
    names
}

fn contains(node: &[&str], other: &[&str]) -> bool {
    node != other && node.iter().enumerate().all(|(level, name)| name.is_empty() || other.get(level) == Some(name))
}
