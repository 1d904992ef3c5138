//! A text of a row, after what is taken of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, StringViewArray};
use regex::Regex;

use super::super::spec::{Spec, Step};

/// The regular expressions of a specification, compiled once.
#[derive(Debug, Default)]
pub struct Patterns(BTreeMap<String, Arc<Regex>>);

impl Patterns {
    pub fn of(spec: &Spec) -> Self {
        let levels = spec.comparisons.iter().flat_map(|comparison| &comparison.levels);
        let steps = levels.flat_map(|level| level.condition.operands()).flat_map(|operand| &operand.expression.steps);
        let pattern = |step: &Step| match step {
            Step::Extract { pattern, .. } => Some((pattern.clone(), Arc::new(Regex::new(pattern).ok()?))),
            _ => None,
        };
        Patterns(steps.filter_map(pattern).collect())
    }

    fn find(&self, pattern: &str) -> Option<Arc<Regex>> {
        self.0.get(pattern).cloned()
    }
}

/// A column of texts and what is done to each.
#[derive(Debug, Clone)]
pub struct Texts {
    array: StringViewArray,
    steps: Vec<Ready>,
}

#[derive(Debug, Clone)]
enum Ready {
    Substring { start: usize, length: usize },
    Lower,
    Upper,
    Extract { pattern: Arc<Regex>, group: usize },
    EmptyIsNull,
}

impl Texts {
    /// Or what is wrong with a step.
    pub fn new(array: StringViewArray, steps: &[Step], patterns: &Patterns) -> Result<Self, String> {
        let ready = |step: &Step| match step {
            Step::Substring { start, length } => Ok(Some(Ready::Substring { start: *start, length: *length })),
            Step::Lower => Ok(Some(Ready::Lower)),
            Step::Upper => Ok(Some(Ready::Upper)),
            Step::Extract { pattern, group } => {
                let pattern = patterns.find(pattern).ok_or_else(|| format!("`{pattern}` is no regular expression"))?;
                Ok(Some(Ready::Extract { pattern, group: *group }))
            }
            Step::EmptyIsNull => Ok(Some(Ready::EmptyIsNull)),
            Step::Text => Ok(None),
            Step::Date { .. } | Step::Year | Step::Month | Step::Day => Err("a day is no text".to_owned()),
        };
        let steps = steps.iter().map(ready).filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Texts { array, steps })
    }

    pub fn get(&self, row: usize) -> Option<Cow<'_, str>> {
        if self.array.is_null(row) {
            return None;
        }
        let text = Cow::Borrowed(self.array.value(row));
        if self.steps.is_empty() {
            return Some(text);
        }
        self.steps.iter().try_fold(text, |text, step| step.of(text))
    }
}

impl Ready {
    fn of<'a>(&self, text: Cow<'a, str>) -> Option<Cow<'a, str>> {
        match self {
            Ready::Substring { start, length } => Some(part(text, |text| substring(text, *start, *length))),
            Ready::Lower => Some(Cow::Owned(text.to_lowercase())),
            Ready::Upper => Some(Cow::Owned(text.to_uppercase())),
            Ready::Extract { pattern, group } => Some(part(text, |text| extract(text, pattern, *group))),
            Ready::EmptyIsNull => Some(text).filter(|text| !text.is_empty()),
        }
    }
}

/// A part of a text; borrowed from where the text is.
fn part<'a>(text: Cow<'a, str>, of: impl FnOnce(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text)),
        Cow::Owned(text) => Cow::Owned(of(&text).to_owned()),
    }
}

fn substring(text: &str, start: usize, length: usize) -> &str {
    let place = |text: &str, characters: usize| match text.is_ascii() {
        true => characters.min(text.len()),
        false => text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at),
    };
    let rest = &text[place(text, start.saturating_sub(1))..];
    &rest[..place(rest, length)]
}

fn extract<'a>(text: &'a str, pattern: &Regex, group: usize) -> &'a str {
    match group {
        0 => pattern.find(text).map_or("", |found| found.as_str()),
        _ => pattern.captures(text).and_then(|found| found.get(group)).map_or("", |found| found.as_str()),
    }
}
