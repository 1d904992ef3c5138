//! Counts of patterns, by where the pairs came from.

use std::collections::BTreeMap;

use super::super::Error;
use super::super::spec::Spec;

/// Pairs taken at random, from which `u` is learned.
pub const SAMPLE: &str = "$sample";
/// Pairs that are known to match, from which `m` is learned besides the sessions.
pub const MATCHES: &str = "$matches";
/// How many pairs the rules of the prior join; its pattern does not matter.
pub const DETERMINISTIC: &str = "$deterministic";
/// How many pairs there are at all; its pattern does not matter.
pub const PAIRS: &str = "$pairs";

/// Pairs by source (the name of a session's rule, or one of the constants of this module) and pattern.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts(BTreeMap<String, BTreeMap<i64, u64>>);

impl Counts {
    /// Adds so many pairs; never more than can be counted.
    pub fn add(&mut self, source: &str, pattern: i64, pairs: u64) {
        if !self.0.contains_key(source) {
            self.0.insert(source.to_owned(), BTreeMap::new());
        }
        if let Some(patterns) = self.0.get_mut(source) {
            let count = patterns.entry(pattern).or_default();
            *count = count.saturating_add(pairs);
        }
    }

    /// All counts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64, u64)> {
        self.0.iter().flat_map(|(source, patterns)| {
            patterns.iter().map(move |(pattern, pairs)| (source.as_str(), *pattern, *pairs))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes, about.
    pub fn bytes(&self) -> usize {
        let per_pattern = size_of::<(i64, u64)>() + 8;
        self.0.iter().map(|(source, patterns)| source.len() + 64 + patterns.len() * per_pattern).sum()
    }

    /// How many pairs of a source, whatever their patterns; none if it was never named.
    pub(super) fn total(&self, source: &str) -> Option<f64> {
        self.0.get(source).map(|patterns| patterns.values().map(|pairs| *pairs as f64).sum())
    }

    /// The levels of each pattern of a source, with how many pairs have them.
    ///
    /// # Errors
    /// A number that is no pattern of this specification.
    pub(super) fn patterns(&self, source: &str, spec: &Spec) -> Result<Vec<(Vec<i8>, f64)>, Error> {
        let Some(patterns) = self.0.get(source) else { return Ok(Vec::new()) };
        let read = |(pattern, pairs): (&i64, &u64)| match spec.levels_of(*pattern) {
            Some(levels) => Ok((levels, *pairs as f64)),
            None => Err(Error::new(
                format!("session `{source}`"),
                format!("{pattern} is no pattern of its comparisons"),
                "take patterns from `link_levels` with the same specification",
            )),
        };
        patterns.iter().filter(|(_, pairs)| **pairs > 0).map(read).collect()
    }

    /// # Errors
    /// A source that is no session of the specification.
    pub(super) fn check(&self, spec: &Spec) -> Result<(), Error> {
        let mut known = vec![SAMPLE, MATCHES, DETERMINISTIC, PAIRS];
        known.extend(spec.training.sessions.iter().map(|session| session.rule.name.as_str()));
        match self.0.keys().find(|source| !known.contains(&source.as_str())) {
            Some(source) => Err(Error::new(
                "training.sessions",
                format!("there is no session `{source}`"),
                format!("sessions are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
            )),
            None => Ok(()),
        }
    }
}
