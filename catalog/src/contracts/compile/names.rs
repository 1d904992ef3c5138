//! Names: which ones an entry may have, and what somebody meant who wrote one that is not there.

use std::collections::BTreeMap;

use crate::contracts::entries::{Labelled, Labels};
use crate::contracts::mistake::{Mistakes, Refusal, shown};
use crate::contracts::yaml::{Entry, Node};
use crate::names::check_name;
use crate::policy;

/// The entries of one kind by name. One that has mistakes is there as `None`: what refers to it is right, and cannot be
/// looked at further.
#[derive(Debug)]
pub struct Register<T> {
    pub entries: BTreeMap<String, Option<T>>,
    /// Whether there may be entries that could not be read: then a name that is not here is no mistake.
    pub partial: bool,
}

impl<T> Default for Register<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), partial: false }
    }
}

impl<T: Labelled> Register<T> {
    /// What policies may name.
    pub fn for_policies(&self) -> policy::Known {
        let labels = |entry: &Option<T>| entry.as_ref().map(|entry| entry.labels().clone());
        let entries = self.entries.iter().map(|(name, entry)| (name.clone(), labels(entry)));
        policy::Known { entries: entries.collect(), partial: self.partial }
    }
}

/// The labels of an entry, when it has both.
pub fn labels(node: &Node) -> Option<Labels> {
    Some(Labels { zh: node.text("zh")?.to_owned(), en: node.text("en")?.to_owned() })
}

/// Refuses a name that could be no name of a file or a column.
pub fn require_name(what: &str, entry: &Entry, mistakes: &mut Mistakes) -> bool {
    match check_name(what, &entry.key) {
        Ok(()) => true,
        Err(error) => {
            mistakes.add(&entry.at, error);
            false
        }
    }
}

/// Refuses an entry of the name of an earlier one when it does not say that it overrides it, and one that overrides nothing.
pub fn require_place<T>(what: &str, entry: &Entry, overrides: bool, known: &Register<T>, mistakes: &mut Mistakes) {
    match (known.entries.contains_key(&entry.key), overrides) {
        (true, false) => {
            let message = format!("{what} `{}` is already defined in the national standards", entry.key);
            mistakes.add(
                &entry.at,
                Refusal::new(message).help("write `overrides: yes` to replace it, or choose another name"),
            );
        }
        (false, true) => {
            let refusal = Refusal::new(format!("{what} `{}` overrides nothing", entry.key));
            mistakes.add(&entry.at, refusal.choose(&entry.key, known.entries.keys().map(String::as_str)));
        }
        _ => {}
    }
}

/// What a name leads to; a mistake when nothing has that name. `None` for an entry that has mistakes of its own.
pub fn find<'a, T: Labelled>(
    what: &str,
    node: &Node,
    name: &str,
    known: &'a Register<T>,
    mistakes: &mut Mistakes,
) -> Option<&'a T> {
    match known.entries.get(name) {
        Some(entry) => entry.as_ref(),
        None if known.partial => None,
        None => {
            mistakes.add(&node.at, unknown(what, name, &known.entries));
            None
        }
    }
}

/// Whoever writes `公安局` where `police` stands means the same; the key is what is written.
fn unknown<T: Labelled>(what: &str, name: &str, known: &BTreeMap<String, Option<T>>) -> Refusal {
    let refusal = Refusal::new(format!("there is no {what} `{}`", shown(name)));
    let labelled = known.iter().find(|(_, entry)| {
        entry.as_ref().is_some_and(|entry| {
            let Labels { zh, en } = entry.labels();
            zh == name || en.eq_ignore_ascii_case(name)
        })
    });
    match labelled {
        Some((key, _)) => refusal.help(format!("did you mean `{key}`?")),
        None => refusal.choose(name, known.keys().map(String::as_str)),
    }
}
