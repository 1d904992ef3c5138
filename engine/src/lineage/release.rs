use huitong_catalog::contracts::{Dataset, Grade, Snapshot};

use super::{Graph, inherited};

/// A field whose contract says a lower grade than its data have, and not why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreleased {
    pub field: String,
    pub says: Grade,
    pub inherits: Grade,
    /// Whether the contract that is in force says so already.
    pub is_known: bool,
}

impl Unreleased {
    pub fn sign(&self) -> char {
        if self.is_known { '=' } else { '!' }
    }

    pub fn english(&self) -> String {
        let Self { says, inherits, .. } = self;
        format!("grade {says}, though it comes from data of grade {inherits}; `release: …` would say why")
    }

    pub fn chinese(&self) -> String {
        let (says, inherits) = (self.says.chinese(), self.inherits.chinese());
        format!("{says}，但其来源数据为{inherits}；应以 `release: …` 说明降级理由")
    }
}

/// Such fields of a dataset of a planned model, with those of the model in force to compare.
pub(crate) fn unreleased(graph: &Graph, planned: &Snapshot, force: &Snapshot, dataset: &Dataset) -> Vec<Unreleased> {
    let mut found = Vec::new();
    for field in dataset.fields.iter().filter(|field| field.release.is_none()) {
        let inherits = inherited(graph, planned, &dataset.name, &field.name).grade;
        if inherits > field.grade {
            let before = force.dataset(&dataset.name).and_then(|dataset| dataset.field(&field.name));
            let is_known = before.is_some_and(|before| before.grade <= field.grade && before.release.is_none());
            found.push(Unreleased { field: field.name.clone(), says: field.grade, inherits, is_known });
        }
    }
    found
}
