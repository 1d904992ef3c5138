//! `elements.yaml`, and what a field and an element have in common.

use std::collections::BTreeSet;

use super::layout::ELEMENTS;
use super::names;
use super::{Compiler, Known, flag, form, owned, texts, word};
use crate::contracts::entries::{Element, Range, Thing};
use crate::contracts::files::Files;
use crate::contracts::forms::{Format, Mask, Type, Value};
use crate::contracts::keys;
use crate::contracts::mistake::{Mistakes, Refusal, shown};
use crate::contracts::vocabulary::{Grade, Origin, Tag};
use crate::contracts::yaml::{Content, Entry, Node};

impl Compiler {
    pub(super) fn elements(&mut self, origin: Origin, files: &Files) {
        let tree = self.tree(files, ELEMENTS, &keys::ELEMENTS);
        self.known.elements.partial |= files.has(ELEMENTS) && !tree.as_ref().is_some_and(Node::is_map);
        for entry in tree.as_ref().map(Node::entries).unwrap_or_default() {
            self.element(origin, entry);
        }
    }

    fn element(&mut self, origin: Origin, entry: &Entry) {
        if !names::require_name("element", entry, &mut self.mistakes) {
            return;
        }
        let overrides = flag(&entry.value, "overrides").unwrap_or(false);
        names::require_place("element", entry, overrides, &self.known.elements, &mut self.mistakes);
        let element = read(origin, &entry.value, &self.known, &mut self.mistakes);
        let replaced = self.known.elements.entries.get(&entry.key).and_then(Option::as_ref);
        if let Some(element) = &element
            && overrides == replaced.is_some()
        {
            require_release(&entry.value, element, replaced, &mut self.mistakes);
        }
        self.known.elements.entries.insert(entry.key.clone(), element);
        self.places.insert(Thing::Element(entry.key.clone()), entry.at.clone());
    }
}

fn read(origin: Origin, node: &Node, known: &Known, mistakes: &mut Mistakes) -> Option<Element> {
    let column_type: Option<Type> = form(node, "type", mistakes);
    let traits = column_type.map(|column_type| Traits::read(node, column_type, known, mistakes));
    let Traits { format, code, range, mask } = traits?;
    Some(Element {
        origin,
        labels: names::labels(node)?,
        description: owned(node, "description"),
        column_type: column_type?,
        format,
        code,
        range,
        grade: word(node, "grade").unwrap_or(Grade::One),
        tags: tags(node),
        mask,
        comparator: word(node, "match"),
        standard: owned(node, "standard"),
        release: owned(node, "release"),
    })
}

/// An override must not be the quiet way around what the nation protects.
fn require_release(node: &Node, element: &Element, replaced: Option<&Element>, mistakes: &mut Mistakes) {
    let weaker = replaced.and_then(|national| {
        let weaker_mask = match (&element.mask, &national.mask) {
            (Some(own), Some(of_nation)) => own.cmp_strictness(of_nation).is_lt(),
            (own, of_nation) => own.is_none() && of_nation.is_some(),
        };
        let weaker = [
            ("grade", element.grade < national.grade),
            ("mask", weaker_mask),
            ("tags", !element.tags.is_superset(&national.tags)),
        ];
        weaker.into_iter().find(|(_, weaker)| *weaker).map(|(key, _)| key)
    });
    match (weaker, node.get("release")) {
        (Some(key), None) => {
            let at = node.get(key).map_or(&node.at, |value| &value.at);
            let refusal = Refusal::new(format!("by its {key} this protects less than the national element"));
            mistakes.add(at, refusal.help("say why that is right with `release: …`"));
        }
        (None, Some(release)) => {
            let refusal = Refusal::new("nothing is released here: this protects no less than a national element");
            mistakes.add(&release.at, refusal.help("leave out `release`"));
        }
        _ => {}
    }
}

pub(super) fn tags(node: &Node) -> BTreeSet<Tag> {
    texts(node, "tags").into_iter().filter_map(|(_, text)| text.parse().ok()).collect()
}

/// What depends on the type: elements and fields say it in the same words.
pub(super) struct Traits {
    pub format: Option<Format>,
    pub code: Option<String>,
    pub range: Option<Range>,
    pub mask: Option<Mask>,
}

impl Traits {
    pub fn read(node: &Node, column_type: Type, known: &Known, mistakes: &mut Mistakes) -> Self {
        Self {
            format: format(node, column_type, mistakes),
            code: code(node, column_type, known, mistakes),
            range: range(node, column_type, mistakes),
            mask: mask(node, column_type, mistakes),
        }
    }
}

pub(super) fn format(node: &Node, column_type: Type, mistakes: &mut Mistakes) -> Option<Format> {
    let format = form(node, "format", mistakes)?;
    if !column_type.is_string() {
        mistakes.add(&node.get("format")?.at, format!("a format is for texts, not for type {column_type}"));
    }
    Some(format)
}

/// The name of a code table, whose codes fit the type.
pub(super) fn code(node: &Node, column_type: Type, known: &Known, mistakes: &mut Mistakes) -> Option<String> {
    let value = node.get("code")?;
    let name = value.as_text()?;
    let table = names::find("code table", value, name, &known.codes, mistakes);
    let too_long = match column_type {
        Type::String { length: None } => None,
        Type::String { length: Some(length) } => {
            let fits = |code: &str| code.chars().count() <= length as usize;
            table.and_then(|table| table.rows.iter().find(|row| !fits(&row.code)))
        }
        _ => {
            let refusal = Refusal::new(format!("codes are texts, and this is of type {column_type}"));
            mistakes.add(&value.at, refusal.help("leading zeros belong to a code"));
            return None;
        }
    };
    if let Some(row) = too_long {
        mistakes.add(
            &value.at,
            format!("code `{}` of `{}` does not fit into {column_type}", shown(&row.code), shown(name)),
        );
    }
    Some(name.to_owned())
}

fn range(node: &Node, column_type: Type, mistakes: &mut Mistakes) -> Option<Range> {
    let list = node.get("range")?;
    let [min, max] = list.items() else { return None };
    read_range(list, Some(min), Some(max), column_type, mistakes)
}

/// Bounds that the type reads and orders.
pub(super) fn read_range(
    at: &Node,
    min: Option<&Node>,
    max: Option<&Node>,
    column_type: Type,
    mistakes: &mut Mistakes,
) -> Option<Range> {
    let mut bound = |node: Option<&Node>| {
        let node = node?;
        let text = node.as_text()?;
        match Value::read(column_type, text) {
            Ok(value) => Some((text.to_owned(), value)),
            Err(refusal) => {
                mistakes.add(&node.at, refusal);
                None
            }
        }
    };
    let (min, max) = (bound(min), bound(max));
    if let (Some((low, one)), Some((high, other))) = (&min, &max)
        && one.order(other).is_some_and(std::cmp::Ordering::is_gt)
    {
        mistakes.add(&at.at, format!("the lower bound {} is above the upper, {}", shown(low), shown(high)));
    }
    let ordered = |(_, value): &(String, Value)| value.order(value).is_some();
    if !min.iter().chain(&max).all(ordered) {
        mistakes.add(&at.at, format!("a range is for numbers and times, not for type {column_type}"));
    }
    let text = |bound: Option<(String, Value)>| bound.map(|(text, _)| text);
    Some(Range { min: text(min), max: text(max) })
}

fn mask(node: &Node, column_type: Type, mistakes: &mut Mistakes) -> Option<Mask> {
    let value = node.get("mask")?;
    let mask = match value.content {
        Content::Null { written: true } => Mask::Null,
        _ => form(node, "mask", mistakes)?,
    };
    if let Err(refusal) = mask.require_type(column_type) {
        mistakes.add(&value.at, refusal);
    }
    Some(mask)
}
