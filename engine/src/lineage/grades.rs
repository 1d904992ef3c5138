use std::collections::BTreeSet;

use huitong_catalog::contracts::{Grade, Snapshot, Tag};
use huitong_catalog::names::TableName;

use super::graph::{Ends, Graph, Place};

/// What a column's data are, as rules see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    pub grade: Grade,
    pub tags: BTreeSet<Tag>,
}

impl Default for Graded {
    fn default() -> Self {
        Self { grade: Grade::One, tags: BTreeSet::new() }
    }
}

impl Graded {
    fn join(&mut self, grade: Grade, tags: &BTreeSet<Tag>) {
        self.grade = self.grade.max(grade);
        self.tags.extend(tags);
    }
}

/// The grade of a column: as its contract says, or else what it inherits.
pub fn grade_of(graph: &Graph, contracts: &Snapshot, table: &TableName, column: &str) -> Graded {
    match contracts.dataset(table).and_then(|dataset| dataset.field(column)) {
        Some(field) => Graded { grade: field.grade, tags: field.tags.clone() },
        None => inherited(graph, contracts, table, column),
    }
}

/// The highest grade and all tags of what a column comes from, whatever its own contract says. Contracts on the way have the last word
/// about what comes through them.
pub fn inherited(graph: &Graph, contracts: &Snapshot, table: &TableName, column: &str) -> Graded {
    let place = Place::new(table.clone(), column);
    joined(graph, contracts, graph.above(&place).map(Ends::start))
}

/// The same of all columns of a table together.
pub fn inherited_by_table(graph: &Graph, contracts: &Snapshot, table: &TableName) -> Graded {
    joined(graph, contracts, graph.sources(table).map(Ends::start))
}

fn joined(graph: &Graph, contracts: &Snapshot, sources: impl Iterator<Item = Place>) -> Graded {
    let mut graded = Graded::default();
    for source in graph.origins(sources, |table| contracts.dataset(table).is_some()) {
        let Some(dataset) = contracts.dataset(&source.table) else { continue };
        match dataset.field(&source.column) {
            Some(field) => graded.join(field.grade, &field.tags),
            // That there are rows tells nothing that the contract grades.
            None if source.is_rows() => {}
            None => graded.join(dataset.grade, &BTreeSet::new()),
        }
    }
    graded
}
