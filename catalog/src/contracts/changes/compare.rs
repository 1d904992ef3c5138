//! Walking over two snapshots side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::{Aspect, Change, What, policies};
use crate::contracts::entries::{
    Check, CodeRow, CodeTable, Dataset, Department, Element, Field, Open, Role, Share, Thing,
};
use crate::contracts::forms::{Mask, Type};
use crate::contracts::snapshot::Snapshot;
use crate::contracts::vocabulary::{Grade, Tag};
use crate::names::TableName;

/// Everything that is different in `after`: code tables, elements, departments, roles, policies, then datasets, each with
/// its fields and checks; all in the order of names. Empty if and only if the hashes are equal.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let mut found = Found::default();
    found.entries(before.code_tables(), after.code_tables(), |name| Thing::CodeTable(name.clone()), code_table);
    found.entries(before.elements(), after.elements(), |name| Thing::Element(name.clone()), element);
    found.entries(before.departments(), after.departments(), |name| Thing::Department(name.clone()), department);
    found.entries(before.roles(), after.roles(), |name| Thing::Role(name.clone()), role);
    policies::compare(before, after, &mut found);
    found.entries(before.datasets(), after.datasets(), |name| Thing::Dataset(name.clone()), dataset);
    found.changes
}

#[derive(Default)]
pub(super) struct Found {
    pub changes: Vec<Change>,
}

/// The changes of one thing.
pub(super) struct Notes<'a> {
    thing: Thing,
    found: &'a mut Found,
}

impl Notes<'_> {
    pub fn add(&mut self, what: What) {
        self.found.changes.push(Change { thing: self.thing.clone(), what });
    }

    fn set(&mut self, key: Aspect, from: Option<impl Display>, to: Option<impl Display>) {
        let text = |value: Option<String>| value.filter(|text| !text.is_empty());
        let (from, to) = (text(from.map(|value| value.to_string())), text(to.map(|value| value.to_string())));
        if from != to {
            self.add(What::Set { key, from, to });
        }
    }
}

impl Found {
    /// Entries that came, went, or are different; `compare` tells how.
    pub fn entries<K: Ord, V: PartialEq>(
        &mut self,
        before: &BTreeMap<K, V>,
        after: &BTreeMap<K, V>,
        thing: impl Fn(&K) -> Thing,
        compare: impl Fn(&K, &V, &V, &mut Notes),
    ) {
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let mut notes = Notes { thing: thing(name), found: self };
            match (before.get(name), after.get(name)) {
                (Some(one), Some(other)) if one != other => compare(name, one, other, &mut notes),
                (Some(_), None) => notes.add(What::Removed),
                (None, Some(_)) => notes.add(What::Added),
                _ => {}
            }
        }
    }
}

fn code_table(_: &String, before: &CodeTable, after: &CodeTable, notes: &mut Notes) {
    if before.rows != after.rows {
        notes.add(codes(&before.rows, &after.rows));
    }
    notes.set(Aspect::Origin, Some(before.origin), Some(after.origin));
    let told = |table: &CodeTable| CodeTable { rows: Vec::new(), origin: after.origin, ..table.clone() };
    if told(before) != told(after) {
        notes.add(What::Reworded);
    }
}

fn codes(before: &[CodeRow], after: &[CodeRow]) -> What {
    let grouped = |rows: &[CodeRow]| {
        let mut groups: BTreeMap<String, Vec<CodeRow>> = BTreeMap::new();
        for row in rows {
            groups.entry(row.code.clone()).or_default().push(row.clone());
        }
        groups
    };
    let (before, after) = (grouped(before), grouped(after));
    let only_in = |one: &BTreeMap<String, Vec<CodeRow>>, other: &BTreeMap<String, Vec<CodeRow>>| {
        one.keys().filter(|code| !other.contains_key(*code)).cloned().collect::<Vec<_>>()
    };
    let changed = before.iter().filter(|(code, rows)| after.get(*code).is_some_and(|other| other != *rows));
    What::CodesChanged {
        added: only_in(&after, &before),
        removed: only_in(&before, &after),
        changed: changed.map(|(code, _)| code.clone()).collect(),
    }
}

fn element(_: &String, before: &Element, after: &Element, notes: &mut Notes) {
    column_type(before.column_type, after.column_type, notes);
    grade(before.grade, after.grade, notes);
    tags(&before.tags, &after.tags, notes);
    mask(before.mask.as_ref(), after.mask.as_ref(), notes);
    notes.set(Aspect::Format, before.format.as_ref(), after.format.as_ref());
    notes.set(Aspect::CodeTable, before.code.as_ref(), after.code.as_ref());
    notes.set(Aspect::Range, before.range.as_ref(), after.range.as_ref());
    notes.set(Aspect::Comparator, before.comparator, after.comparator);
    notes.set(Aspect::Origin, Some(before.origin), Some(after.origin));
    let told = |element: &Element| {
        let Element { labels, description, standard, release, .. } = element.clone();
        (labels, description, standard, release)
    };
    if told(before) != told(after) {
        notes.add(What::Reworded);
    }
}

fn department(_: &String, before: &Department, after: &Department, notes: &mut Notes) {
    notes.set(Aspect::Code, before.code.as_ref(), after.code.as_ref());
    notes.set(Aspect::Parent, before.parent.as_ref(), after.parent.as_ref());
    notes.set(Aspect::Approvers, Some(list(&before.approvers)), Some(list(&after.approvers)));
    if before.labels != after.labels {
        notes.add(What::Reworded);
    }
}

/// Nothing but texts.
fn role(_: &String, _: &Role, _: &Role, notes: &mut Notes) {
    notes.add(What::Reworded);
}

fn dataset(name: &TableName, before: &Dataset, after: &Dataset, notes: &mut Notes) {
    let begin = notes.found.changes.len();
    notes.set(Aspect::Owner, Some(&before.owner), Some(&after.owner));
    share(&before.share, &after.share, notes);
    open(&before.open, &after.open, notes);
    notes.set(Aspect::Cycle, Some(before.cycle), Some(after.cycle));
    grade(before.grade, after.grade, notes);
    notes.set(Aspect::Key, Some(list(&before.key)), Some(list(&after.key)));
    let told = |dataset: &Dataset| {
        let Dataset { labels, summary, basis, retention, contact, .. } = dataset.clone();
        (labels, summary, basis, retention, contact)
    };
    if told(before) != told(after) {
        notes.add(What::Reworded);
    }
    order(before, after, notes);
    let fields = |dataset: &Dataset| -> BTreeMap<String, Field> {
        dataset.fields.iter().map(|field| (field.name.clone(), field.clone())).collect()
    };
    let thing = |column: &String| Thing::Field(name.clone(), column.clone());
    let (fields_before, fields_after) = (fields(before), fields(after));
    notes.found.entries(&fields_before, &fields_after, thing, field);
    let new = fields_after.iter().filter(|(column, field)| field.required && !fields_before.contains_key(*column));
    for (column, _) in new {
        notes.found.changes.push(Change { thing: thing(column), what: What::BecameRequired });
    }
    let checks = |dataset: &Dataset| -> BTreeMap<String, Check> {
        dataset.checks.iter().map(|check| (check.name.clone(), check.clone())).collect()
    };
    let thing = |check: &String| Thing::Check(name.clone(), check.clone());
    notes.found.entries(&checks(before), &checks(after), thing, check);
    // What is said about one field stands together.
    notes.found.changes[begin..].sort_by(|one, other| one.thing.cmp(&other.thing));
}

/// The order of what both have.
fn order(before: &Dataset, after: &Dataset, notes: &mut Notes) {
    let shared = |one: &Dataset, other: &Dataset| {
        let names = one.fields.iter().map(|field| field.name.clone());
        names.filter(|name| other.field(name).is_some()).collect::<Vec<_>>()
    };
    let checks = |one: &Dataset, other: &Dataset| {
        let names = one.checks.iter().map(|check| check.name.clone());
        names.filter(|name| other.checks.iter().any(|check| check.name == *name)).collect::<Vec<_>>()
    };
    if shared(before, after) != shared(after, before) || checks(before, after) != checks(after, before) {
        notes.add(What::Reordered);
    }
}

fn field(_: &String, before: &Field, after: &Field, notes: &mut Notes) {
    column_type(before.column_type, after.column_type, notes);
    grade(before.grade, after.grade, notes);
    mask(before.mask.as_ref(), after.mask.as_ref(), notes);
    tags(&before.tags, &after.tags, notes);
    share(&before.share, &after.share, notes);
    open(&before.open, &after.open, notes);
    match (before.required, after.required) {
        (false, true) => notes.add(What::BecameRequired),
        (true, false) => notes.add(What::BecameOptional),
        _ => {}
    }
    notes.set(Aspect::Element, before.element.as_ref(), after.element.as_ref());
    notes.set(Aspect::Format, before.format.as_ref(), after.format.as_ref());
    notes.set(Aspect::CodeTable, before.code.as_ref(), after.code.as_ref());
    notes.set(Aspect::Range, before.range.as_ref(), after.range.as_ref());
    notes.set(Aspect::Comparator, before.comparator, after.comparator);
    notes.set(Aspect::Owner, Some(&before.owner), Some(&after.owner));
    notes.set(Aspect::Cycle, Some(before.cycle), Some(after.cycle));
    let told = |field: &Field| (field.labels.clone(), field.description.clone(), field.release.clone());
    if told(before) != told(after) {
        notes.add(What::Reworded);
    }
}

fn check(_: &String, before: &Check, after: &Check, notes: &mut Notes) {
    notes.set(Aspect::Rule, Some(&before.rule), Some(&after.rule));
    notes.set(Aspect::Severity, Some(before.severity), Some(after.severity));
    notes.set(Aspect::Tolerance, before.tolerance, after.tolerance);
    if before.dimension != after.dimension {
        notes.add(What::Reworded);
    }
}

fn column_type(from: Type, to: Type, notes: &mut Notes) {
    if from != to {
        notes.add(if from.fits_into(to) { What::TypeWidened { from, to } } else { What::TypeChanged { from, to } });
    }
}

fn grade(from: Grade, to: Grade, notes: &mut Notes) {
    if from != to {
        notes.add(if from < to { What::GradeRaised { from, to } } else { What::GradeLowered { from, to } });
    }
}

fn mask(before: Option<&Mask>, after: Option<&Mask>, notes: &mut Notes) {
    match (before.cloned(), after.cloned()) {
        (None, Some(to)) => notes.add(What::MaskAdded { to }),
        (Some(from), None) => notes.add(What::MaskRemoved { from }),
        (Some(from), Some(to)) if from != to => {
            let stricter = from.cmp_strictness(&to).is_lt();
            notes.add(if stricter { What::MaskStricter { from, to } } else { What::MaskWeaker { from, to } });
        }
        _ => {}
    }
}

fn tags(before: &BTreeSet<Tag>, after: &BTreeSet<Tag>, notes: &mut Notes) {
    let (added, removed): (Vec<Tag>, Vec<Tag>) =
        (after.difference(before).copied().collect(), before.difference(after).copied().collect());
    if !added.is_empty() {
        notes.add(What::TagsAdded(added));
    }
    if !removed.is_empty() {
        notes.add(What::TagsRemoved(removed));
    }
}

/// Another condition may let more through or less; as it cannot be known, it counts as less protection.
fn share(before: &Share, after: &Share, notes: &mut Notes) {
    if before != after {
        let (from, to) = (before.to_string(), after.to_string());
        let less = before.sharing() < after.sharing();
        notes.add(match (before.sharing() == after.sharing(), after) {
            (true, Share::None { .. }) => What::Reworded,
            _ if less => What::SharedLess { from, to },
            _ => What::SharedMore { from, to },
        });
    }
}

fn open(before: &Open, after: &Open, notes: &mut Notes) {
    if before != after {
        let (from, to) = (before.to_string(), after.to_string());
        let less = after.degree() < before.degree();
        notes.add(if less { What::OpenedLess { from, to } } else { What::OpenedMore { from, to } });
    }
}

fn list(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
