//! From files to a snapshot: every file is read, every name is looked up, every mistake is told.

mod circles;
mod codes;
mod datasets;
mod elements;
mod fields;
mod layout;
mod names;
mod organisation;
mod rules;

use std::collections::BTreeMap;

use super::entries::{CodeTable, Dataset, Department, Element, Role, Thing};
use super::files::Files;
use super::mistake::{Location, Mistakes, Refusal};
use super::shape::{Shape, check};
use super::snapshot::{Content, Snapshot};
use super::vocabulary::Origin;
use super::yaml::{self, Node};
use crate::names::TableName;
use crate::policy;
use layout::Layout;
use names::Register;

/// A model without mistakes.
#[derive(Clone, Debug)]
pub struct Model {
    pub snapshot: Snapshot,
    /// Where each thing is written, for messages of those who find something wrong with it later.
    pub places: BTreeMap<Thing, Location>,
}

/// Compiles the national standards and a city's model on top of them. With any mistake there is no model, and all
/// mistakes are told.
pub fn compile(standards: &Files, city: &Files) -> Result<Model, Mistakes> {
    let mut compiler = Compiler::default();
    let parts = [(Origin::National, standards), (Origin::City, city)];
    let layouts = parts.map(|(origin, files)| (origin, files, Layout::of(files, origin, &mut compiler.mistakes)));
    for (origin, files, layout) in &layouts {
        compiler.codes(*origin, files, layout);
    }
    for (_, files, _) in &layouts {
        compiler.organisation(files);
    }
    for (origin, files, _) in &layouts {
        compiler.elements(*origin, files);
    }
    for (_, files, layout) in &layouts {
        compiler.datasets(files, layout);
        compiler.policies(files, layout);
    }
    compiler.finish()
}

/// What has been read so far. A dataset that has mistakes is known by its name, as `None`: what refers to it is right,
/// and cannot be looked at further.
#[derive(Debug, Default)]
struct Known {
    codes: Register<CodeTable>,
    elements: Register<Element>,
    departments: Register<Department>,
    roles: Register<Role>,
    datasets: BTreeMap<TableName, Option<Dataset>>,
    policies: BTreeMap<String, String>,
}

impl Known {
    /// What policies may name.
    fn for_policies(&self) -> policy::Names {
        policy::Names {
            roles: self.roles.for_policies(),
            departments: self.departments.for_policies(),
            elements: self.elements.for_policies(),
            ..policy::Names::default()
        }
        .with_datasets(self.datasets.iter().map(|(name, dataset)| (name, dataset.as_ref())))
    }
}

#[derive(Debug, Default)]
struct Compiler {
    known: Known,
    mistakes: Mistakes,
    places: BTreeMap<Thing, Location>,
    /// References between datasets, looked up when all are read.
    references: Vec<rules::Reference>,
}

impl Compiler {
    /// The tree of a file, when it is there and is YAML; with its structure checked.
    fn tree(&mut self, files: &Files, path: &str, shape: &Shape) -> Option<Node> {
        let text = files.text(path, &mut self.mistakes)?;
        let node = yaml::parse(&files.label(path), text, &mut self.mistakes)?;
        check(&node, shape, path, &mut self.mistakes);
        Some(node)
    }

    fn policies(&mut self, files: &Files, layout: &Layout) {
        let mut rules = Vec::new();
        for path in &layout.policies {
            if let Some(text) = files.text(path, &mut self.mistakes) {
                let text = text.replace("\r\n", "\n");
                let names = self.known.for_policies();
                policy::check(path, &files.label(path), &text, &names, &mut rules, &mut self.mistakes);
                self.known.policies.insert(path.clone(), text);
                self.places.insert(Thing::Policy(path.clone()), Location::start_of(&files.label(path)));
            }
        }
    }

    fn finish(mut self) -> Result<Model, Mistakes> {
        self.look_up_references();
        if !self.mistakes.is_empty() {
            return Err(self.mistakes.in_order());
        }
        let Known { codes, elements, departments, roles, datasets, policies } = self.known;
        let content = Content {
            codes: whole(codes.entries),
            elements: whole(elements.entries),
            departments: whole(departments.entries),
            roles: whole(roles.entries),
            datasets: whole(datasets),
            policies,
        };
        Ok(Model { snapshot: Snapshot::seal(content), places: self.places })
    }
}

/// Without mistakes, every entry is there.
fn whole<K: Ord, V>(entries: BTreeMap<K, Option<V>>) -> BTreeMap<K, V> {
    entries.into_iter().filter_map(|(name, entry)| entry.map(|entry| (name, entry))).collect()
}

/// The text of a key, read as what it has to be; a mistake at its place when it cannot be read.
fn form<T: std::str::FromStr<Err = Refusal>>(node: &Node, key: &str, mistakes: &mut Mistakes) -> Option<T> {
    let value = node.get(key)?;
    match value.as_text()?.parse() {
        Ok(found) => Some(found),
        Err(refusal) => {
            mistakes.add(&value.at, refusal);
            None
        }
    }
}

/// A word of a closed list; one that is not on it was told when the structure was checked.
fn word<T: std::str::FromStr>(node: &Node, key: &str) -> Option<T> {
    node.text(key)?.parse().ok()
}

fn flag(node: &Node, key: &str) -> Option<bool> {
    super::shape::read_flag(node.text(key)?)
}

fn owned(node: &Node, key: &str) -> Option<String> {
    node.text(key).map(str::to_owned)
}

/// The texts of a list; what is no text was told when the structure was checked.
fn texts<'a>(node: &'a Node, key: &str) -> Vec<(&'a Node, &'a str)> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((item, item.as_text()?))).collect()
}

#[cfg(test)]
mod tests;
