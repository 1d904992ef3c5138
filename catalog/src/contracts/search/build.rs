use super::hit::{Kind, Part};
use super::texts::{TextId, Texts};
use super::{Entry, Index};
use crate::contracts::entries::{Field, Labels};
use crate::contracts::snapshot::Snapshot;
use crate::contracts::vocabulary::Grade;

impl Index {
    /// Costs about as much as reading the snapshot; worth keeping as long as that.
    pub fn new(snapshot: &Snapshot) -> Self {
        let tables = snapshot.datasets().keys().cloned().collect();
        let mut index = Self { tables, texts: Texts::default(), entries: Vec::new() };
        index.add_datasets(snapshot);
        index.add_fields(snapshot);
        index.add_elements(snapshot);
        index.add_code_tables(snapshot);
        index
    }

    fn add_datasets(&mut self, snapshot: &Snapshot) {
        for (table, (name, dataset)) in snapshot.datasets().iter().enumerate() {
            let summary = dataset.summary.as_ref();
            let others = [
                (Part::Name, Some(name.table())),
                (Part::Description, summary.map(|summary| summary.zh.as_str())),
                (Part::Description, summary.map(|summary| summary.en.as_str())),
            ];
            let place = (Kind::Dataset, Some(table));
            self.add(place, &name.to_string(), &dataset.labels, Some(dataset.grade), &others);
        }
    }

    fn add_fields(&mut self, snapshot: &Snapshot) {
        for (table, dataset) in snapshot.datasets().values().enumerate() {
            let mut fields: Vec<&Field> = dataset.fields.iter().collect();
            fields.sort_by_key(|field| &field.name);
            for field in fields {
                let element = field.element.as_ref().and_then(|name| snapshot.elements().get(name));
                let others = [
                    (Part::Description, field.description.as_deref()),
                    (Part::Element, field.element.as_deref()),
                    (Part::Element, element.map(|element| element.labels.zh.as_str())),
                    (Part::Element, element.map(|element| element.labels.en.as_str())),
                ];
                self.add((Kind::Field, Some(table)), &field.name, &field.labels, Some(field.grade), &others);
            }
        }
    }

    fn add_elements(&mut self, snapshot: &Snapshot) {
        for (name, element) in snapshot.elements() {
            let description = (Part::Description, element.description.as_deref());
            let others = [description, (Part::Description, element.standard.as_deref())];
            self.add((Kind::Element, None), name, &element.labels, Some(element.grade), &others);
        }
    }

    fn add_code_tables(&mut self, snapshot: &Snapshot) {
        for (name, table) in snapshot.code_tables() {
            let others = [(Part::Description, Some(table.standard.as_str()))];
            self.add((Kind::CodeTable, None), name, &table.labels, None, &others);
        }
    }

    fn add(
        &mut self,
        (kind, table): (Kind, Option<usize>),
        name: &str,
        labels: &Labels,
        grade: Option<Grade>,
        others: &[(Part, Option<&str>)],
    ) {
        let texts = &mut self.texts;
        let others: Vec<(Part, TextId)> =
            others.iter().filter_map(|(part, text)| Some((*part, texts.add((*text)?)))).collect();
        let (name, zh, en) = (texts.add(name), texts.add_spoken(&labels.zh), texts.add(&labels.en));
        self.entries.push(Entry { kind, table, name, zh, en, grade, others: others.into() });
    }
}
