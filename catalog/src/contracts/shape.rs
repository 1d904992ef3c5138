//! What may stand where in a file of a model: one description that the reader checks by and editors complete from.

use super::mistake::{Mistakes, Refusal, shown};
use super::yaml::{Content, Entry, Node};

/// One key of a mapping.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub need: Need,
    pub shape: Shape,
    pub doc: &'static str,
    pub doc_zh: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
    /// Exactly one of the keys of this kind stands in the mapping.
    OneOfThese,
}

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// Any text; numbers and dates are texts, too.
    Text,
    /// A text of a fixed form. The pattern is for editors; whoever reads the text says what is wrong with it.
    Form(&'static str),
    /// A mask: a form, and YAML's own `null`, which is one of the masks.
    Mask(&'static str),
    /// `yes`, `no`, `true` or `false`.
    Flag,
    /// One of a closed list.
    Word(&'static [&'static str]),
    /// A list with at least so many items.
    List(&'static Shape, usize),
    /// Two bounds, one of which may be `null`.
    Bounds,
    /// A mapping with these keys.
    Keys(&'static [Key]),
    /// A mapping from names, which the model gives, to values of one shape.
    Named(&'static Shape),
    /// A scalar, or a mapping in its place.
    Either(&'static Shape, &'static Shape),
}

/// Notes everything in `node` that is not as the shape says: unknown and missing keys, wrong kinds of values, words that
/// are not on their list. The readers pass over what is noted here.
pub fn check(node: &Node, shape: &Shape, name: &str, mistakes: &mut Mistakes) {
    match (shape, &node.content) {
        (Shape::Either(_, mapping), Content::Map(_)) => check(node, mapping, name, mistakes),
        (Shape::Either(scalar, _), _) => check(node, scalar, name, mistakes),
        (Shape::Keys(keys), Content::Map(entries)) => check_keys(node, keys, entries, name, mistakes),
        (Shape::Named(of), Content::Map(entries)) => {
            for entry in entries {
                check(&entry.value, of, &entry.key, mistakes);
            }
        }
        (Shape::List(of, least), Content::List(items)) => {
            if items.len() < *least {
                mistakes.add(&node.at, format!("`{}` is an empty list", shown(name)));
            }
            for item in items {
                check(item, of, name, mistakes);
            }
        }
        (Shape::Bounds, Content::List(items)) => check_bounds(node, items, name, mistakes),
        (Shape::Mask(_), Content::Null { written: true }) => {}
        (Shape::Word(words), Content::Scalar(text)) => check_word(node, words, text.trim(), name, mistakes),
        (Shape::Flag, Content::Scalar(text)) => check_word(node, FLAGS, text.trim(), name, mistakes),
        (Shape::Text | Shape::Form(_) | Shape::Mask(_), Content::Scalar(text)) if !text.trim().is_empty() => {}
        (_, Content::Null { .. }) => mistakes.add(&node.at, format!("`{}` is empty", shown(name))),
        (_, Content::Scalar(text)) if text.trim().is_empty() => {
            mistakes.add(&node.at, format!("`{}` is empty", shown(name)));
        }
        _ => {
            let message = format!("`{}` must be {}, not {}", shown(name), wanted(shape), node.kind());
            mistakes.add(&node.at, message);
        }
    }
}

/// Both spellings: `yes` as models say it, and `true`, which many write out of habit.
pub const FLAGS: &[&str] = &["yes", "no", "true", "false"];

pub fn read_flag(text: &str) -> Option<bool> {
    match text {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

fn check_keys(node: &Node, keys: &[Key], entries: &[Entry], name: &str, mistakes: &mut Mistakes) {
    for entry in entries {
        match keys.iter().find(|key| key.name == entry.key) {
            Some(key) => check(&entry.value, &key.shape, key.name, mistakes),
            None => {
                let refusal = Refusal::new(format!("unknown key `{}` in `{}`", shown(&entry.key), shown(name)));
                mistakes.add(&entry.at, refusal.choose(&entry.key, keys.iter().map(|key| key.name)));
            }
        }
    }
    let stands = |key: &Key| entries.iter().any(|entry| entry.key == key.name);
    for key in keys.iter().filter(|key| key.need == Need::Required && !stands(key)) {
        let refusal = Refusal::new(format!("`{}` lacks the key `{}`", shown(name), key.name));
        mistakes.add(&node.at, refusal.help(format!("write `{}: …`, {}", key.name, key.doc)));
    }
    let alternatives = || keys.iter().filter(|key| key.need == Need::OneOfThese);
    let standing = alternatives().filter(|key| stands(key)).count();
    // A misspelt one was told already.
    let misspelt = standing == 0 && entries.iter().any(|entry| keys.iter().all(|key| key.name != entry.key));
    if alternatives().next().is_some() && standing != 1 && !misspelt {
        let names: Vec<&str> = alternatives().map(|key| key.name).collect();
        let refusal = Refusal::new(format!("`{}` needs exactly one of these keys", shown(name)));
        mistakes.add(&node.at, refusal.help(names.join(", ")));
    }
}

fn check_word(node: &Node, words: &[&str], text: &str, name: &str, mistakes: &mut Mistakes) {
    if text.is_empty() {
        mistakes.add(&node.at, format!("`{}` is empty", shown(name)));
    } else if !words.contains(&text) {
        let refusal = Refusal::new(format!("`{}` cannot be `{}`", shown(name), shown(text)));
        mistakes.add(&node.at, refusal.choose(text, words.iter().copied()));
    }
}

fn check_bounds(node: &Node, items: &[Node], name: &str, mistakes: &mut Mistakes) {
    let scalars = items.iter().all(|item| matches!(item.content, Content::Null { .. } | Content::Scalar(_)));
    if items.len() != 2 || !scalars || items.iter().all(|item| item.as_text().is_none()) {
        mistakes.add(&node.at, Refusal::new(format!("`{}` must be two bounds", shown(name))).help(BOUNDS_HELP));
    }
}

const BOUNDS_HELP: &str = "write [least, most], with null for a side without a bound";

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Form(_) | Shape::Mask(_) | Shape::Word(_) => "a text",
        Shape::Flag => "yes or no",
        Shape::List(..) => "a list",
        Shape::Bounds => "a list of two bounds",
        Shape::Keys(_) | Shape::Named(_) => "a mapping",
        Shape::Either(..) => "a text or a mapping",
    }
}
