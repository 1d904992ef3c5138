//! `<library>/<name>.yaml`: the contract of one table.

use std::collections::BTreeSet;

use super::fields::{self, Inherited};
use super::layout::Layout;
use super::rules::Columns;
use super::{Compiler, names, owned, texts, word};
use crate::contracts::entries::{Dataset, Field, Labels, Open, Thing};
use crate::contracts::files::Files;
use crate::contracts::forms::Mask;
use crate::contracts::keys;
use crate::contracts::mistake::{Location, Mistakes, Refusal, shown};
use crate::contracts::vocabulary::Grade;
use crate::contracts::yaml::{Content, Node};
use crate::names::{TableName, check_name};

impl Compiler {
    pub(super) fn datasets(&mut self, files: &Files, layout: &Layout) {
        for (expected, path) in &layout.datasets {
            let tree = self.tree(files, path, &keys::DATASET);
            let name = tree.as_ref().and_then(|tree| dataset_name(tree, expected, path, &mut self.mistakes));
            // A file that cannot be read still is the dataset that it is named after: references to it are right.
            let Some(name) = name.or_else(|| read_name(expected).ok()) else { continue };
            self.require_own_spelling(&name, &Location::start_of(&files.label(path)));
            self.known.datasets.insert(name.clone(), None);
            if let Some(tree) = tree {
                let dataset = self.dataset(&tree, &name);
                self.known.datasets.insert(name, dataset);
            }
        }
    }

    fn dataset(&mut self, node: &Node, name: &TableName) -> Option<Dataset> {
        let at = node.get("dataset").map_or(&node.at, |value| &value.at);
        self.places.insert(Thing::Dataset(name.clone()), at.clone());
        let inherited = Inherited {
            owner: fields::owner(node, &self.known, &mut self.mistakes),
            share: fields::share(node, &mut self.mistakes),
            open: fields::open(node, &mut self.mistakes).unwrap_or(Open::No),
            cycle: word(node, "cycle"),
        };
        let (columns, mut fields) = self.fields(node, name, &inherited);
        let whole = fields.len() == node.get("fields").map(Node::items).unwrap_or_default().len();
        let key = key(node, &columns, &mut self.mistakes);
        for field in &mut fields {
            field.required |= key.contains(&field.name);
        }
        let checks = self.checks(node, name, &columns);
        let least: Option<Grade> = word(node, "grade");
        if !whole {
            return None;
        }
        let grade = fields.iter().map(|field| field.grade).chain(least).max();
        Some(Dataset {
            name: name.clone(),
            labels: names::labels(node)?,
            summary: summary(node),
            owner: inherited.owner?,
            share: inherited.share?,
            open: inherited.open,
            cycle: inherited.cycle?,
            basis: owned(node, "basis")?,
            grade: grade?,
            key,
            fields,
            checks,
            retention: owned(node, "retention"),
            contact: owned(node, "contact"),
        })
    }

    /// Two names that differ only in case are one to SQL without quotes, and to some file systems.
    fn require_own_spelling(&mut self, name: &TableName, at: &Location) {
        let same = |other: &&TableName| other.to_string().to_lowercase() == name.to_string().to_lowercase();
        if let Some(other) = self.known.datasets.keys().find(same) {
            self.mistakes.add(at, format!("dataset `{name}` differs from `{other}` only in upper and lower case"));
        }
    }

    /// All columns by name, and those fields that have no mistake.
    fn fields(&mut self, node: &Node, dataset: &TableName, inherited: &Inherited) -> (Columns, Vec<Field>) {
        let mut columns = Columns::default();
        let mut fields = Vec::new();
        let mut seen = BTreeSet::new();
        let items = node.get("fields").map(Node::items).unwrap_or_default();
        for item in items {
            let Some(name) = item.text("name") else { continue };
            let at = item.get("name").map_or(&item.at, |value| &value.at);
            if let Err(error) = check_name("column", name) {
                self.mistakes.add(at, error);
            }
            // Names that differ only in case are one column to many a reader of the files.
            if !seen.insert(name.to_lowercase()) {
                self.mistakes.add(at, format!("field `{}` stands here twice", shown(name)));
            }
            self.places.insert(Thing::Field(dataset.clone(), name.to_owned()), item.at.clone());
            let field = fields::read(item, inherited, &self.known, &mut self.mistakes);
            columns.add(name, field.as_ref().map(|field| field.column_type));
            fields.extend(field);
        }
        for (item, mask) in items.iter().filter_map(|item| {
            let field = fields.iter().find(|field| Some(field.name.as_str()) == item.text("name"))?;
            Some((item, field.mask.as_ref()?))
        }) {
            if let Mask::Aggregate { column, .. } = mask {
                let at = item.get("mask").unwrap_or(item);
                columns.find(at, column, &mut self.mistakes);
            }
        }
        (columns, fields)
    }
}

/// The name that the file gives; a mistake when it is none, or not that of the file.
fn dataset_name(tree: &Node, expected: &str, path: &str, mistakes: &mut Mistakes) -> Option<TableName> {
    let value = tree.get("dataset")?;
    let text = value.as_text()?;
    match read_name(text) {
        Err(refusal) => mistakes.add(&value.at, refusal),
        Ok(_) if text != expected => {
            let message = format!("the file is `{}`, the dataset `{}`", shown(path), shown(text));
            mistakes.add(&value.at, Refusal::new(message).help("give both the same name"));
        }
        Ok(name) => return Some(name),
    }
    None
}

pub(super) fn read_name(text: &str) -> Result<TableName, Refusal> {
    let Some((library, table)) = text.split_once('.') else {
        return Err(Refusal::new(format!("`{}` is not `library.table`", shown(text))));
    };
    let name = TableName::new(library, table)?;
    name.require_unreserved()?;
    Ok(name)
}

fn key(node: &Node, columns: &Columns, mistakes: &mut Mistakes) -> Vec<String> {
    let mut key: Vec<String> = Vec::new();
    for (item, column) in texts(node, "key") {
        if key.iter().any(|known| known == column) {
            mistakes.add(&item.at, format!("column `{}` stands here twice", shown(column)));
            continue;
        }
        columns.find(item, column, mistakes);
        key.push(column.to_owned());
    }
    key
}

/// A plain text stands for both languages.
fn summary(node: &Node) -> Option<Labels> {
    let value = node.get("summary")?;
    match value.content {
        Content::Map(_) => names::labels(value),
        _ => value.as_text().map(|text| Labels { zh: text.to_owned(), en: text.to_owned() }),
    }
}
